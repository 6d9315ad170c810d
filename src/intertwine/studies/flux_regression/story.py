"""What the numbers say, in words that follow from them whatever they are."""

from __future__ import annotations

from math import prod

from intertwine.report.content import Content, Fact, Section, Table
from intertwine.studies.flux_regression.configuration import AUGMENTED, FAMILIES, FluxRegressionConfiguration
from intertwine.studies.flux_regression.figures import (
    OPTIMISER_NAMES,
    learning_curves,
    loss_by_lattice,
    loss_by_mu,
)
from intertwine.studies.flux_regression.numbers import count, power, times
from intertwine.studies.flux_regression.results import Results, read_results
from intertwine.studies.flux_regression.silver_blaze import silver_blaze
from intertwine.studies.flux_regression.tables import flatness, network_table, optimiser_table, rows_of
from intertwine.studies.store import Store

TITLE = "What translational equivariance buys on the lattice"
SOURCE = (
    "Regression of the particle number density n and of |φ|² from flux configurations of the complex φ⁴ theory, after "
    "Bulusu, Favoni, Ipp, Müller & Schuh, arXiv:2103.14686, figures 2 to 4 of their proceedings contribution."
)


def summary_rows(configuration: FluxRegressionConfiguration, store: Store) -> list[dict[str, str]]:
    """The table that is printed at the end."""
    return rows_of(read_results(configuration, store))


def tell(configuration: FluxRegressionConfiguration, store: Store) -> Content:
    """The report."""
    return content_of(read_results(configuration, store))


def content_of(results: Results) -> Content:
    """The report of the study."""
    sections = [
        Section(
            "Accuracy against training data", [augmentation(results)], [learning_curves(results)],
            [optimiser_table(results)],
        ),
        Section(
            "Across the Silver Blaze transition", [transition(results)], [silver_blaze(results), loss_by_mu(results)]
        ),
        Section("Other lattices", [], [loss_by_lattice(results)], [flatness_table(results)]),
        Section("The networks", [search_paragraph(results.configuration)], (), [network_table(results)]),
    ]  # fmt: skip
    if results.large is not None:
        sections.append(large_section(results))
    return Content(TITLE, SOURCE, facts(results), [accuracy(results), lattices(results)], sections)


def facts(results: Results) -> list[Fact]:
    """The headline numbers."""
    equivariant = results.curve("EQ").best
    size = max(results.configuration.sizes)
    lattice = _name(results.configuration.lattice)
    found = [
        Fact(power(equivariant), f"test MSE of the median equivariant network on {lattice}, {size} configurations")
    ]
    for family in FAMILIES[1:]:
        ratio = results.curve(family).best / equivariant
        alone = results.curve(family, "adamw").best / results.curve("EQ", "adamw").best
        found.append(
            Fact(f"{times(ratio)}", f"the error of {family} networks over it; {times(alone)} with AdamW alone")
        )
    largest = max(results.configuration.test_lattices, key=prod)
    ratio = flatness(results)[_name(largest)]
    label = f"the equivariant error on {_name(largest)} over that on {lattice}, where the networks were trained"
    found.append(Fact(times(ratio), label))
    return found


def accuracy(results: Results) -> str:
    """How the families compare at the largest training set."""
    size = max(results.configuration.sizes)
    equivariant = results.curve("EQ").best
    parts = []
    for family, words in (("ST", "strided"), ("FL", "flattening")):
        curve = results.curve(family)
        ratio = curve.best / equivariant
        compared = f"{times(ratio)} the equivariant error" if ratio > 1 else f"{times(1 / ratio)} less"
        parts.append(f"the median {words} network at {power(curve.best)} ({compared})")
    alone = results.curve("EQ", "adamw").best
    gains = []
    for family in FAMILIES[1:]:
        gains.append(f"{times(results.curve(family, 'adamw').best / alone)} for {family}")
    equal = len(set(results.configuration.finisher_iterations.values())) == 1
    budget = "the same number of steps" if equal else "about the same time"
    return (
        f"With {size} training configurations the median equivariant network predicts n and |φ|² with a mean "
        "squared error "
        f"of {power(equivariant)}; {' and '.join(parts)}. All families had the same search, the same optimisers and "
        f"{budget}. With AdamW alone the equivariant median is {power(alone)}, and the ratios to it are "
        f"{' and '.join(gains)} (the paper, with AdamW: about 10³)."
    )


def augmentation(results: Results) -> str:
    """What random translations of the training data did for the networks that break the symmetry."""
    sentences = []
    for family in AUGMENTED:
        before, after = results.curve(family).best, results.curve(f"{family}+augmentation").best
        change = f"lowers the error of {family} networks {times(before / after)}" if after < before else (
            f"raises the error of {family} networks {times(after / before)}"
        )  # fmt: skip
        gap = after / results.curve("EQ").best
        left = f"they stay {times(gap)} above the equivariant ones" if gap > 1 else "they reach the equivariant ones"
        sentences.append(f"Training on randomly translated configurations {change}, to {power(after)}; {left}.")
    return " ".join(sentences)


def transition(results: Results) -> str:
    """How well the observables are predicted away from the training point."""
    parts = []
    for item in results.transfers:
        if item.family == "EQ":
            worst = abs(item.predictions.mean(axis=1) - item.truth.mean(axis=1)).max(axis=0)
            parts.append(f"{item.name}: {power(worst[0])} in n, {power(worst[1])} in |φ|²")
    return (
        f"The networks were trained at μ = {results.configuration.mu} on {_name(results.configuration.lattice)} "
        "only. The "
        "largest deviation of the predicted from the true ensemble mean, over all chemical potentials, for the best "
        f"equivariant instance: {'; '.join(parts)}."
    )


def lattices(results: Results) -> str:
    """Whether the equivariant error is flat over lattices and chemical potentials."""
    ratios = flatness(results)
    worst = max(ratios, key=lambda name: ratios[name])
    largest = _name(max(results.configuration.test_lattices, key=prod))
    by_mu = results.transfer("EQ", results.configuration.lattice).by_mu("finisher")
    against = [
        results.transfer("ST", lattice).instances("finisher").mean()
        / results.transfer("EQ", lattice).instances("finisher").mean()
        for lattice in results.configuration.test_lattices
    ]
    flat = "is flat" if ratios[worst] <= 3 else "is not flat everywhere"
    return (
        f"Away from the training lattice the error of the equivariant networks {flat}: on {largest} it is "
        f"{times(ratios[largest])} that on the training lattice, at most {times(ratios[worst])} (on {worst}; "
        "averages over "
        f"fewer sites fluctuate more). Over the chemical potentials it varies by {times(by_mu.max() / by_mu.min())} "
        "on the "
        f"training lattice. The error of strided networks is between {times(min(against))} and "
        f"{times(max(against))} the "
        "equivariant one (means over instances); flattening networks cannot be applied to another lattice at all."
    )


def flatness_table(results: Results) -> Table:
    """Error of EQ and ST on every lattice and their ratios."""
    ratios = flatness(results)
    rows = []
    for lattice in results.configuration.test_lattices:
        equivariant, strided = (results.transfer(family, lattice) for family in ("EQ", "ST"))
        errors = [float(_median(item.instances("finisher"))) for item in (equivariant, strided)]
        by_mu = equivariant.by_mu("finisher")
        rows.append((
            equivariant.name, errors[0], ratios[equivariant.name], float(by_mu.min()), float(by_mu.max()), errors[1],
            errors[1] / errors[0],
        ))  # fmt: skip
    columns = ("lattice", "EQ", "EQ over training lattice", "EQ, best μ", "EQ, worst μ", "ST", "ST / EQ")
    return Table(
        "flatness", "Test MSE of the median instance with the finisher, over all chemical potentials.", columns, rows
    )


def search_paragraph(configuration: FluxRegressionConfiguration) -> str:
    most = configuration.finisher_iterations
    iterations = (
        str(most["EQ"])
        if len(set(most.values())) == 1
        else f"{most['EQ']} (EQ), {most['ST']} (ST) or {most['FL']} (FL), which take about the same time,"
    )
    return (
        f"For each family {configuration.trials} settings were tried, each trained {count(configuration.repeats)} for "
        f"{configuration.search_steps} steps on {configuration.search_size} configurations; the setting with the "
        "smallest mean "
        f"validation loss was trained anew {count(configuration.instances)} for {configuration.steps} steps "
        f"({OPTIMISER_NAMES['adamw']}), and then finished by up to {iterations} iterations of "
        f"Levenberg–Marquardt on up to {configuration.finisher_size} configurations."
    )


def large_section(results: Results) -> Section:
    """The 10⁷-parameter flattening network."""
    large = results.large or {}
    pairs = zip(large["mus"], large["test_mse"], strict=True)
    numbers = ", ".join(f"{power(error)} at μ = {mu}" for mu, error in pairs)
    text = (
        f"A flattening network of {large['n_parameters']} parameters after Zhou et al. (arXiv:1810.12879): {numbers}."
    )
    return Section("A large flattening network", [text])


def _median(values: object) -> float:
    import numpy as np

    return float(np.median(np.asarray(values)))


def _name(lattice: tuple[int, ...]) -> str:
    return "×".join(map(str, lattice))
