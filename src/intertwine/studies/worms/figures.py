"""The plots: loss and accuracy against μ or the number of worms, and against the size of the lattice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from intertwine.report.content import Figure, Table
from intertwine.report.style import COLOURS, MARKERS
from intertwine.studies.worms.configuration import FAMILIES, TRANSFERABLE
from intertwine.studies.worms.results import WormResults

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

    from intertwine.studies.worms.results import Array

METRICS = ("loss", "accuracy")
_FLOOR = 1e-16
"""Losses below are drawn there: they are zero to rounding."""


def by_parameter(results: WormResults) -> Figure:
    """Detection: against μ on the training lattice; counting: against the number of worms there."""
    c = results.configuration
    detecting = c.task == "detection"
    x = list(c.mus) if detecting else list(c.numbers)
    label = "chemical potential μ" if detecting else "open worms"
    series = {}
    for family in FAMILIES:
        scores = results.on(family, c.extents[0])
        series[family] = [scores.by_mu(metric) if detecting else scores.by_number(metric) for metric in METRICS]
    name = "by-mu" if detecting else "by-number"
    lattice = f"{c.extents[0]}×{c.extents[0]}"
    return _figure(
        name, f"Test loss and accuracy against the {'chemical potential' if detecting else 'number of open worms'}",
        f"On {lattice}, over all other parameters.", label, x, [str(value) for value in x], series,
    )  # fmt: skip


def by_lattice(results: WormResults) -> Figure:
    """Against the size of the lattice, for the families that exist on every lattice."""
    import numpy as np

    c = results.configuration
    series = {
        family: [np.stack([item.pooled(metric) for item in results.transfers(family)], axis=1) for metric in METRICS]
        for family in TRANSFERABLE
    }
    trained = f"{c.extents[0]}×{c.extents[0]}"
    return _figure(
        "by-lattice", "Test loss and accuracy against the size of the lattice",
        f"Trained on {trained} only; pooled over all η, μ and numbers of worms.", "lattice",
        [float(np.log2(extent)) for extent in sorted(c.extents)], [f"{n}×{n}" for n in sorted(c.extents)], series,
    )  # fmt: skip


def _figure(
    name: str, title: str, caption: str, label: str, x: list[Any], ticks: list[str], series: dict[str, list[Array]]
) -> Figure:
    def draw(canvas: Canvas) -> None:
        panels = canvas.subplots(1, 2)
        for position, (axes, metric) in enumerate(zip(panels, METRICS, strict=True)):
            for family, metrics in series.items():
                _band(axes, x, metrics[position], family, logarithmic=metric == "loss")
            axes.set(xlabel=label, ylabel=f"test {metric}")
            axes.set_xticks(x, ticks)
            if metric == "loss":
                axes.set_yscale("log")
        panels[1].legend(loc="best")

    rows = [
        (family, tick, metric, float(median), float(low), float(high))
        for family, metrics in series.items()
        for metric, values in zip(METRICS, metrics, strict=True)
        for tick, median, low, high in zip(ticks, *_statistics(values), strict=True)
    ]
    worst = ", ".join(f"{family} {float(metrics[1].min()):.1%}" for family, metrics in series.items())
    return Figure(
        name, title, f"{caption} Lines: the median instance; bands: from the lowest to the highest.",
        f"Two panels, test loss and test accuracy against {label}. Lowest accuracies: {worst}.",
        Table(name, "", ("networks", label, "metric", "median", "lowest", "highest"), rows), draw, (9.5, 4.0),
    )  # fmt: skip


def _band(axes: Axes, x: list[Any], values: Array, family: str, *, logarithmic: bool) -> None:
    index = FAMILIES.index(family)
    median, low, high = _statistics(values.clip(_FLOOR) if logarithmic else values)
    axes.plot(x, median, color=COLOURS[index], marker=MARKERS[index], label=family)
    axes.fill_between(x, low, high, color=COLOURS[index], alpha=0.18, linewidth=0)


def _statistics(values: Array) -> tuple[Array, Array, Array]:
    import numpy as np

    return np.median(values, axis=0), values.min(axis=0), values.max(axis=0)
