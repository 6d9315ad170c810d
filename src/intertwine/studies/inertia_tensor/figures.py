"""The plots: errors against the number of samples, and against the number of points."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from intertwine.report.content import Figure, Table
from intertwine.report.style import COLOURS, MARKERS
from intertwine.studies.inertia_tensor.configuration import NETWORKS, InertiaTensorConfiguration
from intertwine.studies.inertia_tensor.training import test_kinds, train_step

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

    from intertwine.studies.store import Store

KINDS = ("as trained", "turned")


def errors(c: InertiaTensorConfiguration, results: Store, network: str, kind: str) -> np.ndarray:
    """Relative errors [size, instance] on one test set; NaN where a perceptron has no place for the points."""
    column = test_kinds(c).index(kind)
    return np.array([results.arrays(train_step(network, size))["error"][:, column] for size in c.sizes])


def learning_curves(c: InertiaTensorConfiguration, results: Store) -> Figure:
    """Two panels: clouds as in training, and turned ones."""
    found = {(name, kind): errors(c, results, name, kind) for name in NETWORKS for kind in KINDS}

    def draw(canvas: Canvas) -> None:
        panels = canvas.subplots(1, 2, sharex=True, sharey=True)
        for kind, axes in zip(KINDS, panels, strict=True):
            for index, name in enumerate(NETWORKS):
                y = found[name, kind]
                axes.plot(c.sizes, np.median(y, axis=1), color=COLOURS[index], marker=MARKERS[index], label=name)
                axes.fill_between(c.sizes, y.min(axis=1), y.max(axis=1), color=COLOURS[index], alpha=0.18, linewidth=0)
            axes.axhline(1e-6, color="#9aa0a8", linewidth=0.8, linestyle=":")
            axes.set(xscale="log", yscale="log", title=f"test clouds {kind}", xlabel="training samples")
        panels[0].set_ylabel("relative error")
        panels[0].legend()

    rows = [
        (name, kind, size, float(np.median(y)), float(y.min()), float(y.max()))
        for (name, kind), every in found.items()
        for size, y in zip(c.sizes, every, strict=True)
    ]
    last = "; ".join(
        f"{name}: " + ", ".join(f"{np.median(found[name, kind][-1]):.1e} {kind}" for kind in KINDS) for name in NETWORKS
    )
    return Figure(
        "learning-curves", "Learning curves",
        "√(Σ|f − I|²/Σ|I|²) on the test set; dotted: 1e-6. Lines: the median instance; bands: from the lowest to the "
        "highest.",
        f"Relative errors against the number of training samples; at {c.sizes[-1]}, {last}.",
        Table("learning-curves", "", ("network", "test set", "samples", "median", "lowest", "highest"), rows), draw,
        (10.0, 4.2),
    )  # fmt: skip


def other_numbers(c: InertiaTensorConfiguration, results: Store) -> Figure:
    """Error against the number of points of the test clouds, after training on the most samples."""
    found = {
        name: [float(np.median(errors(c, results, name, f"{points} points")[-1])) for points in c.tested_points]
        for name in NETWORKS
    }

    def draw(canvas: Canvas) -> None:
        axes = canvas.subplots()
        for index, name in enumerate(NETWORKS):
            axes.plot(c.tested_points, found[name], color=COLOURS[index], marker=MARKERS[index], label=name)
        axes.axvspan(*c.points, color="#9aa0a8", alpha=0.2, linewidth=0, label="seen in training")
        axes.set(xscale="log", yscale="log", xlabel="points of a test cloud", ylabel="relative error")
        axes.legend()

    rows = [
        (name, points, None if value != value else value)
        for name in NETWORKS
        for points, value in zip(c.tested_points, found[name], strict=True)
    ]
    last = "; ".join(f"{name}: " + ", ".join(f"{value:.1e}" for value in found[name]) for name in NETWORKS)
    return Figure(
        "other-numbers", "Other numbers of points",
        f"After training on {c.sizes[-1]} clouds of {c.points[0]} to {c.points[1]} points (grey); the median instance. "
        f"Perceptrons have room for {c.room}.",
        f"Relative errors for clouds of {', '.join(map(str, c.tested_points))} points. {last}.",
        Table("other-numbers", "", ("network", "points", "median relative error"), rows), draw,
    )  # fmt: skip
