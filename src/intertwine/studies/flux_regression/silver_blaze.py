"""The Silver Blaze figure: predicted and true observables across the transition (Bulusu et al., figure 3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from intertwine.report.content import Figure, Table, Value
from intertwine.report.style import COLOURS, MARKERS
from intertwine.studies.flux_regression.results import Results, Transfer

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

TARGETS = ("n", "|φ|²")
_SHOWN = 120
"""Configurations drawn for each lattice where prediction is plotted against truth."""


def silver_blaze(results: Results) -> Figure:
    """Above: ensemble means against μ, predictions on top of the truth; below: configuration by configuration."""
    items = [item for item in results.transfers if item.family == "EQ"]

    def draw(canvas: Canvas) -> None:
        grid = canvas.subplots(2, len(TARGETS))
        for target, name in enumerate(TARGETS):
            for item, colour, marker in zip(items, COLOURS, MARKERS, strict=False):
                _means(grid[0, target], item, target, colour, marker)
                _configurations(grid[1, target], item, target, colour)
            grid[0, target].set(xlabel="chemical potential μ", ylabel=f"⟨{name}⟩")
            low, high = _limits(items, target)
            grid[1, target].plot((low, high), (low, high), color="#9aa0a8", linewidth=0.8, zorder=0)
            grid[1, target].set(xlabel=f"true {name}", ylabel=f"predicted {name}")
        grid[0, 0].legend(title="lattice", loc="upper left")

    largest = max(items, key=_sites)
    means = largest.truth.mean(axis=1)[:, 0]
    return Figure(
        "silver-blaze", "The Silver Blaze transition, predicted by equivariant networks trained at one μ",
        "Above: ensemble means; lines are the simulation, markers the predictions. Below: single configurations, "
        "up to "
        f"{_SHOWN} for each lattice. Training saw {'×'.join(map(str, results.configuration.lattice))} at "
        f"μ = {results.configuration.mu} only.",
        f"Particle number density and squared field against chemical potential for {len(items)} lattices. On "
        f"{largest.name} "
        f"the density goes from {means.min():.3f} to {means.max():.3f}. Predictions lie on the true values, and in "
        "the lower "
        "panels on the diagonal.",
        _data(items), draw, (10.0, 7.2),
    )  # fmt: skip


def _means(axes: Axes, item: Transfer, target: int, colour: str, marker: str) -> None:
    order = item.mus.argsort()
    axes.plot(item.mus[order], item.truth.mean(axis=1)[order, target], color=colour, linewidth=1.2, label=item.name)
    axes.plot(
        item.mus[order], item.predictions.mean(axis=1)[order, target], linestyle="none", marker=marker, markersize=4,
        markerfacecolor="none", color=colour,
    )  # fmt: skip


def _configurations(axes: Axes, item: Transfer, target: int, colour: str) -> None:
    truth, predicted = item.truth[..., target].ravel(), item.predictions[..., target].ravel()
    every = max(1, len(truth) // _SHOWN)
    axes.plot(truth[::every], predicted[::every], ".", markersize=2.5, color=colour)


def _limits(items: list[Transfer], target: int) -> tuple[float, float]:
    values = [item.truth[..., target] for item in items]
    return float(min(value.min() for value in values)), float(max(value.max() for value in values))


def _sites(item: Transfer) -> int:
    from math import prod

    return prod(item.lattice)


def _data(items: list[Transfer]) -> Table:
    """One row for each lattice, μ and configuration."""
    rows: list[list[Value]] = [
        [item.name, float(mu), index, *map(float, truth), *map(float, predicted)]
        for item in items
        for mu, truths, predictions in zip(item.mus, item.truth, item.predictions, strict=True)
        for index, (truth, predicted) in enumerate(zip(truths, predictions, strict=True))
    ]
    columns = ("lattice", "mu", "configuration", "n_true", "phi2_true", "n_predicted", "phi2_predicted")
    return Table("silver-blaze", "", columns, rows)
