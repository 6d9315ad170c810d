"""What the numbers of the study say, in words and tables that follow from them whatever they are."""

from __future__ import annotations

from intertwine.report.content import Content, Fact, Section, Table
from intertwine.studies.any_group.configuration import NETWORKS, TASK_WORDS, AnyGroupConfiguration
from intertwine.studies.any_group.figures import gains, learning_curves
from intertwine.studies.any_group.results import AnyGroupResults, read_results
from intertwine.studies.store import Store

SOURCE = (
    "One class of network for every group, with the group as its argument, beside perceptrons; the kind of comparison "
    "of Finzi, Welling & Wilson, arXiv:2104.09459, with the exceptional groups G2 and F4 among the groups."
)
_EXACT = 1e-3
"""Equivariance errors below are those of float32."""


def summary_rows(configuration: AnyGroupConfiguration, store: Store) -> list[dict[str, str]]:
    """The table that is printed at the end."""
    return rows_of(read_results(configuration, store))


def tell(configuration: AnyGroupConfiguration, store: Store) -> Content:
    """The report."""
    return content_of(read_results(configuration, store))


def content_of(results: AnyGroupResults) -> Content:
    """The report."""
    c = results.configuration
    sections = [
        Section(
            f"{TASK_WORDS[task].capitalize()}", [task_words(results, task)], [learning_curves(results, task)],
            [error_table(results, task)],
        )
        for task in c.tasks
    ]  # fmt: skip
    sections.append(Section("Over all groups", [], [gains(results)]))
    sections.append(Section("Parameters, time and symmetry", [cost_words(results)], (), [cost_table(results)]))
    return Content("One network for any group", SOURCE, facts(results), [summary(results), setting(results)], sections)


def facts(results: AnyGroupResults) -> list[Fact]:
    """The headline numbers."""
    import numpy as np

    c = results.configuration
    ratios = [results.gain(case.group, task) for case in c.groups for task in c.tasks]
    better = sum(ratio > 1 for ratio in ratios)
    found = [
        Fact(f"{better} of {len(ratios)}", "tasks on which the equivariant network beats both perceptrons"),
        Fact(
            _times(float(np.median(ratios))),
            f"median ratio of the better perceptron's error to the equivariant one, {c.sizes[-1]} samples",
        ),
    ]
    for group in ("G2", "F4"):
        if any(case.group == group for case in c.groups):
            ours = [results.curve(group, task, "equivariant").median[-1] for task in c.tasks]
            words = ", ".join(TASK_WORDS[task] for task in c.tasks)
            found.append(Fact(" / ".join(f"{e:.1e}" for e in ours), f"relative test errors on {group}: {words}"))
    return found


def summary(results: AnyGroupResults) -> str:
    """Who is better where, and with how much data."""
    c = results.configuration
    worse = [
        f"{case.group} ({TASK_WORDS[task]})"
        for case in c.groups
        for task in c.tasks
        if results.gain(case.group, task) <= 1
    ]
    enough = [results.enough(case.group, task) for case in c.groups for task in c.tasks]
    few = sum(n is not None and n <= c.sizes[0] for n in enough)
    exceptions = f"It is not better on: {', '.join(worse)}." if worse else "It is better on every one."
    return (
        f"The same class of network, with nothing but the group and its representations changed, was trained on "
        f"{len(c.groups)} groups and {len(c.tasks)} tasks each, and compared with the better of two perceptrons at "
        f"{c.sizes[-1]} samples. {exceptions} On {few} of the {len(enough)} its median with {c.sizes[0]} samples is "
        f"already below that of both perceptrons with {c.sizes[-1]}."
    )


def setting(results: AnyGroupResults) -> str:
    """Data and budgets."""
    c = results.configuration
    rates = " or ".join(f"{rate:g}" for rate in c.learning_rates)
    return (
        "Inputs are standard normal in the basis of the representation. The targets are made from the group's bilinear "
        "maps with random coefficients: ⟨x, B(x, x)⟩; B(x, x) with values in one irrep; and "
        "Σ_k tanh(s_k(x, x)) (A_k x + B_k(x, x)). Every network had the same samples, "
        f"{c.steps} steps of Adam with batches of {c.batch} and a cosine schedule from {rates} (the validation error "
        f"chooses), and keeps the parameters that did best on {c.n_validation} validation samples; {c.instances} "
        f"instances for each number of samples. Augmentation draws one of {c.elements} group elements for each sample "
        "of each batch. The architecture was not searched for."
    )


def task_words(results: AnyGroupResults, task: str) -> str:
    """The range of the gains on one task."""
    c = results.configuration
    ratios = {case.group: results.gain(case.group, task) for case in c.groups}
    least, most = min(ratios, key=ratios.__getitem__), max(ratios, key=ratios.__getitem__)
    helped = sum(
        results.curve(g, task, "mlp+augmentation").median[-1] < results.curve(g, task, "mlp").median[-1] for g in ratios
    )
    return (
        f"With {c.sizes[-1]} samples the better perceptron's error is between {_times(ratios[least])} ({least}) and "
        f"{_times(ratios[most])} ({most}) that of the equivariant network. Augmentation lowers the perceptron's error "
        f"on {helped} of {len(ratios)} groups."
    )


def error_table(results: AnyGroupResults, task: str) -> Table:
    """Medians at the smallest and the largest number of samples."""
    c = results.configuration
    rows = []
    for case in c.groups:
        curves = [results.curve(case.group, task, network) for network in NETWORKS]
        dims = results.dims[case.group, task]
        rows.append((
            case.group, f"{case.inputs} → {'1' if task == 'cubic' else case.target}", f"{dims[0]} → {dims[1]}",
            *(float(curve.median[0]) for curve in curves), *(float(curve.median[-1]) for curve in curves),
            results.enough(case.group, task),
        ))  # fmt: skip
    columns = (
        "group", "representations", "dimensions", *(f"{name}, {c.sizes[0]}" for name in NETWORKS),
        *(f"{name}, {c.sizes[-1]}" for name in NETWORKS), "samples that are enough",
    )  # fmt: skip
    return Table(
        f"errors-{task}",
        f"Relative test error, medians, with {c.sizes[0]} and {c.sizes[-1]} samples. Enough: the smallest number with "
        "which the equivariant network beats both perceptrons at their largest.",
        columns, rows,
    )  # fmt: skip


def cost_words(results: AnyGroupResults) -> str:
    """Whether the equivariant networks are equivariant to rounding, and what they cost."""
    import numpy as np

    exact = [float(c.equivariance.max()) for c in results.curves if c.network == "equivariant"]
    learned = [float(np.median(c.equivariance[-1])) for c in results.curves if c.network == "mlp+augmentation"]
    verdict = "exact to rounding in float32" if max(exact) < _EXACT else "larger than rounding explains"
    return (
        f"The equivariance error |f(ρx) − ρf(x)|/|ρf(x)| of the equivariant networks is at most {max(exact):.0e}, "
        f"{verdict}; augmentation leaves the perceptrons with {min(learned):.2g} to {max(learned):.2g}. An equivariant "
        "network is slower a sample, since it computes products of representations; times are those of this machine, "
        "all members of an ensemble trained side by side."
    )


def cost_table(results: AnyGroupResults) -> Table:
    """Parameters and times, averaged over the tasks."""
    import numpy as np

    c = results.configuration
    rows = []
    for case in c.groups:
        for network in ("equivariant", "mlp"):
            curves = [results.curve(case.group, task, network) for task in c.tasks]
            rows.append((
                case.group, network, int(np.mean([curve.parameters for curve in curves])),
                f"{1e3 * np.mean([curve.training_seconds for curve in curves]):.2f}",
                f"{1e6 * np.mean([curve.prediction_seconds for curve in curves]):.1f}",
                f"{max(float(np.median(curve.equivariance[-1])) for curve in curves):.0e}",
            ))  # fmt: skip
    columns = ("group", "network", "parameters", "ms a training step", "µs a prediction", "equivariance error")
    return Table("costs", "Averages over the tasks; processor time on one core.", columns, rows)


def rows_of(results: AnyGroupResults) -> list[dict[str, str]]:
    """The table that the command prints."""
    c = results.configuration
    return [
        {
            "group": case.group, "task": task,
            **{name: f"{results.curve(case.group, task, name).median[-1]:.1e}" for name in NETWORKS},
            "ratio": _times(results.gain(case.group, task)),
        }
        for case in c.groups
        for task in c.tasks
    ]  # fmt: skip


def _times(ratio: float) -> str:
    return f"{ratio:.1f}×" if ratio < 100 else f"{ratio:.0f}×" if ratio < 10_000 else f"{ratio:.0e}×"
