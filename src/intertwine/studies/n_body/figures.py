"""The plots: errors beside published ones, learning curves, and the drift of what is conserved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from intertwine.report.content import Figure, Table, Value
from intertwine.report.style import COLOURS, MARKERS
from intertwine.studies.n_body.configuration import NBodyConfiguration
from intertwine.studies.n_body.rollout import QUANTITIES, rollout_step
from intertwine.studies.n_body.training import train_step

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

    from intertwine.studies.store import Store

PUBLISHED = {"EGNN": 0.0071, "SEGNN": 0.0043, "CGENN": 0.0039}
"""Test errors of 2102.09844 (table 2), 2110.02905 (table 1) and 2305.11141 (table 1) on the published files."""


def curves(c: NBodyConfiguration, results: Store) -> Figure:
    """Validation error against the step."""
    series = {name: results.values(train_step(name, 0))["history"] for name in c.networks}
    rows = [
        [name, int(step), loss]
        for name, one in series.items()
        for step, loss in zip(one["step"], one["validation"], strict=True)
    ]

    def draw(canvas: Canvas) -> None:
        axes = canvas.subplots()
        for index, (name, one) in enumerate(series.items()):
            axes.loglog(one["step"], one["validation"], color=COLOURS[index], label=name)
        for name, value in PUBLISHED.items():
            axes.axhline(value, linestyle=":", linewidth=1, color="#9aa0a8")
            axes.annotate(name, (1, value), xycoords=("axes fraction", "data"), ha="right", va="bottom", fontsize=8)
        axes.set_xlabel("optimiser step")
        axes.set_ylabel("validation error")
        axes.legend()

    return Figure(
        "curves", "Validation error against the step",
        "Mean squared error a coordinate; dotted lines: test errors that were published.",
        "Curves falling with the step, one a network.", Table("curves", "", ("network", "step", "error"), rows), draw,
    )  # fmt: skip


def drifts(c: NBodyConfiguration, results: Store) -> Figure:
    """Median change of each conserved quantity along rolled-out trajectories."""
    import numpy as np

    series = {}
    for name in c.propagators:
        found = results.arrays(rollout_step(name))
        series[name] = {quantity: np.median(found[quantity], axis=1) for quantity in QUANTITIES}
        series["simulator"] = {quantity: np.median(found[f"true_{quantity}"], axis=1) for quantity in QUANTITIES}
    steps = c.stride * np.arange(len(next(iter(series.values()))["energy"]))
    rows: list[list[Value]] = [
        [name, quantity, int(step), float(value)]
        for name, one in series.items()
        for quantity, values in one.items()
        for step, value in zip(steps, values, strict=True)
    ]

    def draw(canvas: Canvas) -> None:
        for axes, quantity in zip(canvas.subplots(1, 3, sharex=True), QUANTITIES, strict=True):
            for index, (name, one) in enumerate(series.items()):
                shown = np.where(np.isfinite(one[quantity]), np.maximum(one[quantity], 1e-9), np.nan)
                axes.semilogy(
                    steps, shown, color=COLOURS[index], label=name, marker=MARKERS[index],
                    markevery=max(1, len(steps) // 6),
                )  # fmt: skip
            axes.set_title(quantity.replace("_", " "))
            axes.set_xlabel("time steps")
        canvas.axes[0].set_ylabel("median change")
        canvas.axes[0].legend()

    return Figure(
        "drifts", "Drift of what is conserved",
        f"Median over {c.n_rolled} trajectories of |change|; one application stands for {c.stride} steps.",
        "Three panels: energy, momentum and angular momentum against rolled-out steps.",
        Table("drifts", "", ("propagator", "quantity", "step", "median change"), rows), draw, (10.0, 4.0),
    )  # fmt: skip
