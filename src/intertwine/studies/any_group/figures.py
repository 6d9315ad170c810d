"""The plots: a learning curve for each group and task, and what the symmetry gains over all of them."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from intertwine.report.content import Figure, Table
from intertwine.report.style import COLOURS, MARKERS
from intertwine.studies.any_group.configuration import NETWORKS, TASK_WORDS
from intertwine.studies.any_group.results import AnyGroupResults

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

_COLUMNS = 4


def learning_curves(results: AnyGroupResults, task: str) -> Figure:
    """Test error against the number of training samples, one panel a group."""
    c = results.configuration

    def draw(canvas: Canvas) -> None:
        rows = ceil((len(c.groups) + 1) / _COLUMNS)
        panels = canvas.subplots(rows, _COLUMNS, sharex=True, sharey=True, squeeze=False).ravel()
        for case, axes in zip(c.groups, panels, strict=False):
            for index, network in enumerate(NETWORKS):
                curve = results.curve(case.group, task, network)
                axes.plot(c.sizes, curve.median, color=COLOURS[index], marker=MARKERS[index], label=network)
                low, high = curve.error.min(axis=1), curve.error.max(axis=1)
                axes.fill_between(c.sizes, low, high, color=COLOURS[index], alpha=0.18, linewidth=0)
            axes.axhline(1, color="#9aa0a8", linewidth=0.8, linestyle=":")
            axes.set(xscale="log", yscale="log", title=f"{case.group}: {case.inputs}")
            axes.set_xticks(c.sizes, [str(size) for size in c.sizes])
            axes.xaxis.minorticks_off()
            axes.title.set_size(9.5)
        for axes in panels[len(c.groups) :]:
            axes.set_axis_off()
        panels[len(c.groups)].legend(*panels[0].get_legend_handles_labels(), loc="center")
        canvas.supxlabel("training samples")
        canvas.supylabel("relative test error")

    rows = [
        (curve.case.group, curve.network, size, float(median), float(errors.min()), float(errors.max()))
        for curve in results.curves
        if curve.task == task
        for size, median, errors in zip(c.sizes, curve.median, curve.error, strict=True)
    ]
    last = ", ".join(
        f"{case.group} {results.curve(case.group, task, 'equivariant').median[-1]:.1e} against "
        f"{min(results.curve(case.group, task, n).median[-1] for n in NETWORKS[1:]):.1e}"
        for case in c.groups
    )
    return Figure(
        f"learning-{task}", f"Learning {TASK_WORDS[task]}",
        "Σ|f − y|²/Σ|y|² on the test set; 1, dotted, is predicting zero. Lines: the median instance; bands: from the "
        "lowest to the highest.",
        f"A panel for each group, the test error against the number of training samples for {', '.join(NETWORKS)}. "
        f"Equivariant against the better perceptron at the largest number: {last}.",
        Table(f"learning-{task}", "", ("group", "network", "samples", "median", "lowest", "highest"), rows), draw,
        (10.0, 2.6 * ceil((len(c.groups) + 1) / _COLUMNS)),
    )  # fmt: skip


def gains(results: AnyGroupResults) -> Figure:
    """Error of the better perceptron over that of the equivariant network, at the largest number of samples."""
    c = results.configuration

    def draw(canvas: Canvas) -> None:
        axes = canvas.subplots()
        width = 0.8 / len(c.tasks)
        for index, task in enumerate(c.tasks):
            at = [i + (index - (len(c.tasks) - 1) / 2) * width for i in range(len(c.groups))]
            values = [results.gain(case.group, task) for case in c.groups]
            axes.bar(at, [value - 1 for value in values], width, bottom=1, color=COLOURS[index], label=TASK_WORDS[task])
        axes.axhline(1, color="#9aa0a8", linewidth=0.8)
        axes.set_xticks(range(len(c.groups)), [case.group for case in c.groups])
        axes.set(yscale="log", ylabel="error of the perceptron over ours")
        axes.legend(loc="best")

    rows = [(case.group, task, results.gain(case.group, task)) for case in c.groups for task in c.tasks]
    words = ", ".join(f"{group} {task} {value:.2g}" for group, task, value in rows)
    return Figure(
        "gains", "What the symmetry gains",
        f"Test error of the better perceptron, with or without augmentation, over that of the equivariant network, "
        f"medians with {c.sizes[-1]} training samples. Above 1 the equivariant network is better.",
        f"Bars for each group and task: {words}.", Table("gains", "", ("group", "task", "ratio"), rows), draw,
        (8.5, 4.0),
    )  # fmt: skip
