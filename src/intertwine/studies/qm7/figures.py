"""The plot: errors against the number of molecules, beside what was published."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from intertwine.report.content import Figure, Table
from intertwine.report.style import COLOURS, MARKERS
from intertwine.studies.qm7.configuration import KERNELS, NETWORKS, QM7Configuration
from intertwine.studies.qm7.kernels import kernel_step
from intertwine.studies.qm7.references import PUBLISHED
from intertwine.studies.qm7.training import train_step

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

    from intertwine.studies.store import Store


def errors(c: QM7Configuration, results: Store, method: str, key: str = "test") -> np.ndarray:
    """[size, fold] of a network or kernel, kcal/mol."""
    name = train_step if method in NETWORKS else kernel_step
    return np.array([[results.values(name(method, size, fold))[key] for fold in c.folds] for size in c.sizes])


def learning_curves(c: QM7Configuration, results: Store) -> Figure:
    """Own networks and kernels as curves, published figures as points."""
    found = {method: errors(c, results, method) for method in (*NETWORKS, *KERNELS)}

    def draw(canvas: Canvas) -> None:
        axes = canvas.subplots()
        for index, (method, y) in enumerate(found.items()):
            style = "-" if method in NETWORKS else "--"
            axes.plot(
                c.sizes, y.mean(axis=1), color=COLOURS[index], marker=MARKERS[index], linestyle=style, label=method
            )
            axes.fill_between(c.sizes, y.min(axis=1), y.max(axis=1), color=COLOURS[index], alpha=0.18, linewidth=0)
        for method, source, size, error in PUBLISHED:
            if size is not None:
                axes.plot([size], [error], marker="*", markersize=9, color="#3c4148", linestyle="none")
                words = f"{source.split(' et al.')[0]} {source[-5:-1]}, {method.split(', ')[-1]}"
                note = axes.annotate(
                    words, (size, error), textcoords="offset points", xytext=(8, -3), fontsize="x-small"
                )
                note.set_in_layout(False)
        axes.axhline(1.0, color="#9aa0a8", linewidth=0.8, linestyle=":")
        axes.set(
            xscale="log", yscale="log", xlabel="training molecules", ylabel="mean absolute error / (kcal/mol)",
            xlim=(min(c.sizes) / 1.2, 3.2 * max(c.sizes)),
        )  # fmt: skip
        axes.legend(loc="lower left")

    rows = [
        (method, size, float(y[place].mean()), float(y[place].min()), float(y[place].max()))
        for method, y in found.items()
        for place, size in enumerate(c.sizes)
    ]
    last = "; ".join(f"{method}: {y[-1].mean():.2f}" for method, y in found.items())
    return Figure(
        "learning-curves", "Learning curves",
        "Mean absolute errors on a fold that is not trained on. Dashed: kernel ridge regression of Coulomb matrices, "
        "run here on the same molecules. Stars: published, four of five folds of 7165 molecules. Dotted: 1 kcal/mol.",
        f"Errors in kcal/mol against the number of training molecules; at {c.sizes[-1]}, {last}.",
        Table("learning-curves", "", ("method", "molecules", "error", "lowest fold", "highest fold"), rows), draw,
        (8.5, 5.0),
    )  # fmt: skip
