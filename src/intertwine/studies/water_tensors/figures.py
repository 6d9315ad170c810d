"""The plot: errors by irrep against the number of molecules, turned test molecules, beside SA-GPR."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from intertwine.report.content import Figure, Table
from intertwine.report.style import COLOURS, MARKERS
from intertwine.studies.water_tensors.configuration import JOINT, SYMBOLS, WaterTensorsConfiguration
from intertwine.studies.water_tensors.references import SA_GPR, SA_GPR_SIZES
from intertwine.studies.water_tensors.tensors import parts
from intertwine.studies.water_tensors.training import KINDS, runs, train_step

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

    from intertwine.studies.store import Store

Errors = dict[tuple[str, str, str, str], np.ndarray]
"""(method, target of the network, tensor, irrep) → relative errors [size, instance, kind]."""


def errors(c: WaterTensorsConfiguration, results: Store) -> Errors:
    """Of every network and part."""
    found: Errors = {}
    for method, target, names in runs(c):
        every = np.array([results.arrays(train_step(method, target, size))["error"] for size in c.sizes])
        for place, (name, irrep, _) in enumerate(parts(names)):
            found[method, target, name, irrep.name] = every[:, :, place]
    return found


def label(method: str, target: str) -> str:
    """Of a network in legends and tables."""
    return f"{method}, {JOINT}" if target == JOINT else method


def learning_curves(c: WaterTensorsConfiguration, found: Errors) -> Figure:
    """A panel an irrep of each tensor."""
    panels = [(name, irrep.name) for name, irrep, _ in parts(c.tensors)]
    labels = list(dict.fromkeys(label(method, target) for method, target, _, _ in found))
    turned = KINDS.index("turned")

    def draw(canvas: Canvas) -> None:
        columns = 4
        every = canvas.subplots(-(-len(panels) // columns), columns, sharex=True, sharey=True, squeeze=False).ravel()
        for axes in every[len(panels) :]:
            axes.set_axis_off()
        for axes, (name, irrep) in zip(every, panels, strict=False):
            for (method, target, tensor, part), y in found.items():
                if (tensor, part) != (name, irrep):
                    continue
                index = labels.index(label(method, target))
                percent = 100 * y[:, :, turned]
                axes.plot(
                    c.sizes, np.median(percent, axis=1), color=COLOURS[index], marker=MARKERS[index],
                    label=labels[index],
                )  # fmt: skip
                axes.fill_between(
                    c.sizes, percent.min(axis=1), percent.max(axis=1), color=COLOURS[index], alpha=0.18, linewidth=0
                )
            if (name, irrep) in SA_GPR:
                axes.plot(SA_GPR_SIZES, SA_GPR[name, irrep], color="#5c636b", linestyle="--", label="SA-GPR")
            axes.set(xscale="log", yscale="log", title=f"{SYMBOLS[name]}, {irrep}")
        for axes in every[::columns]:
            axes.set_ylabel("error / %")
        for axes in every[max(0, len(panels) - columns) : len(panels)]:
            axes.set_xlabel("training molecules")
        handles = dict(zip(*reversed(every[0].get_legend_handles_labels()), strict=True))
        canvas.legend(handles.values(), handles.keys(), loc="outside upper center", ncols=5)

    rows = [
        (tensor, part, label(method, target), kind, size, *_spread(100 * y[place, :, k]))
        for (method, target, tensor, part), y in found.items()
        for place, size in enumerate(c.sizes)
        for k, kind in enumerate(KINDS)
    ]
    last = "; ".join(
        f"{name} {irrep}: {_percent(found['equivariant', name, name, irrep][-1, :, turned])}" for name, irrep in panels
    )
    return Figure(
        "learning-curves", "Learning curves",
        "√(Σ|f − y|²/Σ|y − ȳ|²) of each irrep on turned and reflected test molecules, in percent; ȳ is the mean of an "
        "invariant. Lines: the median training; bands: all of them. Dashed: kernel regression by SA-GPR.",
        "Errors in percent of dipole μ, polarisability α and hyperpolarisabilities β and γ against "
        f"the number of training molecules; equivariant network, {c.sizes[-1]}: {last}.",
        Table(
            "learning-curves", "", ("tensor", "irrep", "network", "test set", "molecules", "median %", "lowest %",
            "highest %"), rows,
        ),
        draw, (11.5, 6.2),
    )  # fmt: skip


def _spread(y: np.ndarray) -> tuple[float, float, float]:
    return float(np.median(y)), float(y.min()), float(y.max())


def _percent(y: np.ndarray) -> str:
    return f"{100 * float(np.median(y)):.2g} %"
