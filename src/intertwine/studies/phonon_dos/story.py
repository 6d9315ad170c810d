"""What the results say: how good spectra and heat capacities are, and what the symmetry bought."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from intertwine.report.content import Content, Fact, Section, Table
from intertwine.studies.phonon_dos.configuration import PhononDosConfiguration
from intertwine.studies.phonon_dos.figures import error_distributions, learning_curves, quartiles
from intertwine.studies.phonon_dos.heat_figure import heat_capacities
from intertwine.studies.phonon_dos.results import KINDS, MEAN, Results, paired
from intertwine.studies.phonon_dos.thermodynamics import relative_errors

if TYPE_CHECKING:
    from intertwine.studies.store import Store

_COLUMNS = (
    "network", "parameters", "mean error", "median", "mean error, turned", "C_V error", "C_V error, turned",
    "on training crystals", "seconds",
)  # fmt: skip


def summary_rows(c: PhononDosConfiguration, store: Store) -> list[dict[str, str]]:
    """A row a network."""
    return [dict(zip(_COLUMNS, map(_word, row), strict=True)) for row in _rows(Results(c, store))]


def tell(c: PhononDosConfiguration, store: Store) -> Content:
    """The report."""
    results = Results(c, store)
    tested = results.tested(c.reference)
    at = np.array([c.temperature])
    heat = np.abs(relative_errors(results, tested, at)[:, 0])
    facts = [
        Fact(
            f"{tested.errors.mean():.4f}", f"mean squared error of the {c.reference} network, mean over test crystals"
        ),
        Fact(f"{np.median(tested.errors):.4f}", "its median"),
        Fact(f"{np.nanmedian(heat):.2%}", f"median error of the heat capacity at {c.temperature:g} K"),
    ]
    table = Table(
        "networks",
        "Mean squared errors of test spectra, means and medians over crystals; median relative error of C_V at "
        f"{c.temperature:g} K; processor seconds of one training.",
        _COLUMNS, _rows(results),
    )  # fmt: skip
    differences = Table(
        "differences",
        f"Error of each network less that of the {c.reference} one on the same test crystals: mean and standard error.",
        ("network", "crystals", "difference", "standard error"), _differences(results),
    )  # fmt: skip
    plots = [error_distributions(results), *([learning_curves(results)] if len(c.shares) > 1 else [])]
    return Content(
        "Phonon densities of states", f"after {SOURCE}", facts, [_spectra(results), _symmetry(results)],
        [
            Section("Spectra", [_data(results), _twins(results)], [quartiles(results)]),
            Section("What the symmetry bought", [_networks(results)], plots, [table, differences]),
            Section("Heat capacity", [_heat(results)], [heat_capacities(results)]),
        ],
    )  # fmt: skip


SOURCE = "Chen et al., Adv. Sci. 8, 2004214 (2021), arXiv:2009.05163"


def _spectra(results: Results) -> str:
    c = results.configuration
    tested, mean = results.tested(c.reference).errors, results.tested(MEAN).errors
    edges = ", ".join(f"{value:.4f}" for value in np.quantile(tested, (0.25, 0.5, 0.75)))
    return (
        f"Over {len(tested)} test crystals the {c.reference} network's mean squared error is {tested.mean():.4f} "
        f"(quartiles {edges}); the mean spectrum of the training crystals has {mean.mean():.4f}, "
        f"{mean.mean() / tested.mean():.1f} times as much."
    )


def _symmetry(results: Results) -> str:
    """In which of the paired differences the reference is better or worse."""
    c = results.configuration
    found: dict[tuple[str, str], list[str]] = {}
    for name, kind, difference, error in _differences(results):
        clear = abs(difference) > 2 * error
        word = ("better than" if difference > 0 else "worse than") if clear else "not distinguishable from"
        found.setdefault((word, name), []).append(kind)
    parts = [
        f"{word} {name}" + ("" if len(kinds) == len(KINDS) else f" (crystals {kinds[0]})")
        for (word, name), kinds in found.items()
    ]
    return f"On the same crystals, to two standard errors, the {c.reference} network is {', '.join(parts)}."


def _differences(results: Results) -> list[tuple[str, str, float, float]]:
    """Other network, test set, its error less that of the reference on the same crystals, and the standard error."""
    c = results.configuration
    return [
        (name, kind, *paired(results.tested(name, kind).errors, results.tested(c.reference, kind).errors))
        for name in c.networks
        for kind in KINDS
        if name != c.reference
    ]


def _data(results: Results) -> str:
    about, c = results.about, results.configuration
    elements = {symbol for one in results.structures for symbol in one.symbols}
    where = (
        "made with effective medium theory"
        + f" ({', '.join(f'{n} rejected for {reason}' for reason, n in about['rejected'].items())})"
        if about["source"] == "generated"
        else f"from {about['source']}"
    )
    return (
        f"{len(results.structures)} crystals of {len(elements)} elements, {where}; {len(about['skipped'])} entries "
        f"could not be read. Densities of states on {len(results.frequencies)} bins to {results.frequencies[-1]:g} "
        f"cm⁻¹, over their maximum. {c.folds} folds, {len(results.values(c.reference))} of them trained; every crystal "
        f"of these is tested by a network that has not seen it. Each training has {c.epochs} epochs of batches of "
        f"{c.batch}, and no validation set."
    )


def _twins(results: Results) -> str:
    tested = results.tested(results.configuration.reference)
    twin = results.twins(tested)
    if not twin.any() or twin.all():
        return (
            "No test crystal's composition is special: all have one of the same composition in training, or none has."
        )
    errors = tested.errors
    return (
        f"{int(twin.sum())} of the {len(twin)} test crystals have one of the same composition and another structure in "
        f"training: their mean error is {errors[twin].mean():.4f}, that of the others {errors[~twin].mean():.4f}."
    )


def _networks(results: Results) -> str:
    return (
        "The networks are one class with the same embedding, radial functions, cut-off and number of convolutions. "
        "`equivariant` has O(3) features to degree 1 as published; `invariant` sees lengths only; `free` has the "
        "trivial group, and its messages also see the coordinates of each edge; with `+turns` every crystal of every "
        f"batch is turned at random. The data set's cells lie along the axes, which a free network could use: "
        f"{_turned(results)}"
        f" {_directions(results)}"
    )


def _directions(results: Results) -> str:
    """Whether directions tell a free network anything."""
    c = results.configuration
    free = next((name for name, one in c.networks.items() if one.coordinates and not one.augmented), None)
    if free is None:
        return ""
    given, turned = (results.tested(free, kind).errors.mean() for kind in KINDS)
    if turned < 1.1 * given:
        return (
            "Turning the crystals hardly changes the free network's errors: around atoms of so high a symmetry "
            "directions tell it little, so that there is little for the symmetry to save."
        )
    return f"On turned crystals the free network's error is {turned / given:.1f} times as large."


def _turned(results: Results) -> str:
    parts = []
    for name in results.configuration.networks:
        given, turned = (results.tested(name, kind).errors for kind in KINDS)
        apart = float(np.abs(given - turned).max())
        parts.append(
            f"{name} has {given.mean():.4f} as given and {turned.mean():.4f} on turned crystals"
            if apart > 1e-4
            else f"{name} has {given.mean():.4f} on both"
        )
    return "; ".join(parts) + "."


def _heat(results: Results) -> str:
    c = results.configuration
    tested = results.tested(c.reference)
    errors = np.abs(relative_errors(results, tested, np.array([100.0, c.temperature, 1000.0])))
    errors = errors[np.isfinite(errors).all(axis=1)]
    parts = "; ".join(
        f"{T:g} K: median {np.median(column):.2%}, 90 % below {np.quantile(column, 0.9):.2%}"
        for T, column in zip((100.0, c.temperature, 1000.0), errors.T, strict=True)
    )
    dark = int(tested.dark.sum())
    left = f" {dark} spectra were zero everywhere and are left out." if dark else ""
    return f"Relative errors of C_V from predicted spectra, {c.reference} network. {parts}.{left}"


def _rows(results: Results) -> list[tuple[str | int | float, ...]]:
    c, rows = results.configuration, []
    at = np.array([c.temperature])
    for name in (*c.networks, MEAN):
        given, turned = (results.tested(name, kind) for kind in KINDS)
        heat = [float(np.nanmedian(np.abs(relative_errors(results, one, at)))) for one in (given, turned)]
        values = results.values(name) if name != MEAN else []
        rows.append(
            (
                name, int(values[0]["parameters"]) if values else "–", float(given.errors.mean()),
                float(np.median(given.errors)), float(turned.errors.mean()), *heat,
                float(np.mean([one["training_error"] for one in values])) if values else "–",
                round(float(np.median([one["seconds"] for one in values])), 1) if values else "–",
            )
        )  # fmt: skip
    return rows


def _word(value: str | int | float) -> str:
    return f"{value:.4f}" if isinstance(value, float) and value < 1 else str(value)
