"""The report of `top-tagging`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from intertwine.evaluation.roc_curve import roc
from intertwine.report.content import Content, Fact, Figure, Section, Table
from intertwine.report.style import line_look
from intertwine.studies.jets.tagging_results import METRICS, SMALL, UNCONSTRAINED, Tagging, read_results
from intertwine.studies.jets.top_tagging import TopTaggingConfiguration

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

    from intertwine.studies.store import Store

SOURCE = (
    "After Bogatskiy et al., arXiv:2203.06153, sections 4 and 5: hadronically decaying top quarks against QCD dijets, "
    "Pythia 8, anti-k_T jets of R = 0.8 with p_T from 550 to 650 GeV, 0.05 × 0.05 towers above 0.5 GeV."
)


def summary_rows(configuration: TopTaggingConfiguration, store: Store) -> list[dict[str, str]]:
    """The table that is printed at the end."""
    return rows_of(read_results(configuration, store))


def tell(configuration: TopTaggingConfiguration, store: Store) -> Content:
    """The report."""
    return content_of(read_results(configuration, store))


def content_of(results: Tagging) -> Content:
    """The whole report."""
    sections = [
        Section("Against the number of jets", [], [learning_curves(results)], [lead_table(results)]),
        Section("Background rejection", [], [rejection_figure(results)], [metric_table(results)]),
        Section("What the networks cost", [COSTS], (), [cost_table(results)]),
        Section("Training", [training_words(results)], (), [training_table(results)]),
    ]
    return Content("Tagging top jets", SOURCE, facts(results), [lead_words(results)], sections)


def facts(results: Tagging) -> list[Fact]:
    """AUC of the best small equivariant network and of ParticleNet, at the largest size."""
    size = results.sizes[-1]
    names = [name for name in (results.best_small(size), UNCONSTRAINED) if name in results.configuration.networks]
    return [
        Fact(f"{results.values(name, size, 'AUC').mean():.4f}", f"AUC of {name}, {size} jets") for name in names if name
    ]


def rows_of(results: Tagging) -> list[dict[str, str]]:
    """One row a network, at the largest size."""
    size = results.sizes[-1]
    return [
        {
            "network": name,
            "parameters": str(results.parameters(name)),
            **{metric: spread(results.values(name, size, metric)) for metric in METRICS},
        }
        for name in results.configuration.networks
    ]


def spread(values: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> str:
    """Mean ± standard deviation over instances."""
    digits = 4 if abs(values.mean()) < 2 else 1
    text, width = f"{values.mean():.{digits}f}", deviation(values)
    return text if width is None else f"{text} ± {width:.{digits}f}"


def deviation(values: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> float | None:
    """Standard deviation over instances, where there are several and all are finite."""
    return float(values.std(ddof=1)) if len(values) > 1 and np.isfinite(values).all() else None


def number(value: float | None) -> float | str | None:
    """A number for a table: none where there is none, a sign where it is infinite."""
    if value is None or np.isnan(value):
        return None
    return "∞" if np.isinf(value) else float(value)


def lead_words(results: Tagging) -> str:
    """Whether the best small equivariant network beats ParticleNet, size by size."""
    parts = []
    for size in results.sizes:
        lead, best = results.lead(size), results.best_small(size)
        if lead is None:
            continue
        verdict = "better" if lead.positive else "worse" if lead.high < 0 else "not to be told apart"
        parts.append(
            f"{size} jets: {best} is {verdict} (ΔAUC {lead.value:+.4f}, 95 % from {lead.low:+.4f} to {lead.high:+.4f})"
        )
    if not parts:
        return (
            f"Without {UNCONSTRAINED} and an equivariant network below {SMALL} parameters there is nothing to compare."
        )
    return (
        f"The equivariant network of at most {SMALL} parameters that is best on validation, against "
        f"{UNCONSTRAINED}, by a paired bootstrap over test jets and instances. {'; '.join(parts)}."
    )


def lead_table(results: Tagging) -> Table:
    rows = []
    for size in results.sizes:
        lead = results.lead(size)
        if lead is not None:
            rows.append((size, results.best_small(size), *map(number, (lead.value, lead.error, lead.low, lead.high))))
    return Table(
        "lead", f"AUC of the best small equivariant network minus that of {UNCONSTRAINED}.",
        ("training jets", "network", "difference", "error", "2.5 %", "97.5 %"), rows,
    )  # fmt: skip


def learning_curves(results: Tagging) -> Figure:
    """AUC and accuracy against the number of training jets."""
    looks = {name: line_look(index) for index, name in enumerate(results.configuration.networks)}
    metrics = ("AUC", "accuracy")

    def draw(canvas: Canvas) -> None:
        panels = canvas.subplots(1, 2)
        for axes, metric in zip(panels, metrics, strict=True):
            for name, look in looks.items():
                values = [results.values(name, size, metric) for size in results.sizes]
                axes.errorbar(
                    results.sizes, [v.mean() for v in values], [deviation(v) or 0.0 for v in values],
                    label=name, capsize=2, **look,
                )  # fmt: skip
            axes.set(xlabel="training jets", ylabel=f"test {metric}", xscale="log")
            axes.set_xticks(results.sizes, [f"{size}" for size in results.sizes])
            axes.minorticks_off()
        # below, where no curve is
        canvas.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=4)

    rows = [
        (name, size, metric, index, number(value))
        for name in looks
        for size in results.sizes
        for metric in metrics
        for index, value in enumerate(results.values(name, size, metric))
    ]
    return Figure(
        "learning-curves", "Learning curves", "Means over instances; bars: their standard deviation.",
        "Two panels, AUC and accuracy on the test jets against the number of training jets, one line a network.",
        Table("learning-curves", "", ("network", "training jets", "metric", "instance", "value"), rows), draw,
        (9.5, 4.6),
    )  # fmt: skip


def rejection_figure(results: Tagging) -> Figure:
    """1/ε_B against ε_S at the largest size, first instance."""
    size = results.sizes[-1]
    grid = np.linspace(0.1, 1.0, 91)
    curves = {}
    for name in results.configuration.networks:
        curve = roc(results.scores[name, size][0], results.signal)
        curves[name] = [curve.rejection(float(efficiency)) for efficiency in grid]

    def draw(canvas: Canvas) -> None:
        axes = canvas.subplots()
        for index, (name, curve) in enumerate(curves.items()):
            finite = np.where(np.isfinite(curve), curve, np.nan)
            axes.plot(grid, finite, label=name, markevery=(3 * index % 20, 20), ms=4, **line_look(index))
        axes.set(xlabel="signal efficiency ε_S", ylabel="background rejection 1/ε_B", yscale="log")
        axes.legend(loc="best")

    rows = [(name, float(e), number(r)) for name, c in curves.items() for e, r in zip(grid, c, strict=True)]
    return Figure(
        "rejection", "Background rejection", f"First instance of each network, {size} training jets. A line ends where "
        "no background jet of the test sample passes.",
        "Background rejection on a logarithmic axis against signal efficiency, one falling line a network.",
        Table("rejection", "", ("network", "signal efficiency", "rejection"), rows), draw, (7.0, 4.5),
    )  # fmt: skip


def metric_table(results: Tagging) -> Table:
    """Every metric at every size: mean and standard deviation over instances, error of the test sample."""
    rows = []
    for name in results.configuration.networks:
        for size in results.sizes:
            for metric in METRICS:
                values = results.values(name, size, metric)
                error = results.error(name, size, metric)
                rows.append(
                    (name, size, metric, *map(number, (values.mean(), deviation(values), error.error)), len(values))
                )
    return Table(
        "metrics", "Test sample; the last error is that of the finite test sample (bootstrap, first instance).",
        ("network", "training jets", "metric", "mean", "deviation of instances", "error of the sample", "instances"),
        rows,
    )  # fmt: skip


COSTS = (
    "Operations are those of matrix products that torch counts, for one jet, forward; memory is what a forward pass "
    "keeps for the backward pass, for one jet; latency is one jet alone, throughput a batch. Times are of this "
    "machine, whatever else it did. The ant factor is 10⁵ (1/ε_B at ε_S = 0.3) / parameters."
)


def cost_table(results: Tagging) -> Table:
    rows = []
    for name in results.configuration.networks:
        cost = results.costs[name]
        rows.append((
            name, results.parameters(name), cost["flops"] / 1e6, cost["activations"] / 1e6, 1e3 * cost["latency"],
            cost["throughput"], number(results.ant_factor(name)),
        ))  # fmt: skip
    return Table(
        "costs",
        "",
        ("network", "parameters", "MFLOP a jet", "MB a jet", "latency, ms", "jets a second", "ant factor"),
        rows,
    )


def training_words(results: Tagging) -> str:
    """Same budget, and whether it was enough."""
    c, size = results.configuration, results.sizes[-1]
    falling = {name: results.still_falling(name, size) for name in c.networks}
    still = ", ".join(f"{name} {value:.1%}" for name, value in falling.items())
    return (
        f"Every network: {c.steps} steps of {c.batch_size} jets, AdamW, {len(c.learning_rates)} learning rate(s) tried "
        f"on {c.tuning_size} jets, weights of the best validation loss. How much the best validation loss still fell "
        f"in the last quarter of the training on {size} jets: {still}. A network whose loss still "
        "falls has not shown what it can do."
    )


def training_table(results: Tagging) -> Table:
    rows = [
        (name, size, index, one["learning_rate"], one["validation_loss"], one["best_step"])
        for (name, size), instances in results.trainings.items()
        for index, one in enumerate(instances)
    ]
    return Table(
        "trainings", "", ("network", "training jets", "instance", "learning rate", "validation loss", "best step"), rows
    )
