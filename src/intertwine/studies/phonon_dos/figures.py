"""The plots: spectra by quartile of the error, errors of all networks, learning curves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from intertwine.report.content import Figure, Table
from intertwine.report.style import COLOURS, INK, MARKERS
from intertwine.studies.phonon_dos.results import KINDS, MEAN, Results

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

SHOWN = 5
"""Crystals of each quartile."""
TRUTH = "#9aa0a8"


def quartile_crystals(errors: np.ndarray) -> list[np.ndarray]:
    """Places of up to `SHOWN` crystals of each quartile of the errors, evenly spaced in rank; best quartile first."""
    return [
        part[np.unique(np.linspace(0, len(part) - 1, min(SHOWN, len(part))).round().astype(int))]
        for part in np.array_split(np.argsort(errors, kind="stable"), 4)
    ]


def quartiles(results: Results) -> Figure:
    """Four rows, one a quartile of the error: predicted spectra beside the truth."""
    name = results.configuration.reference
    tested = results.tested(name)
    errors, nu = tested.errors, results.frequencies
    rows_of = quartile_crystals(errors)
    formulas = [results.formula(one) for one in tested.crystals.tolist()]

    def draw(canvas: Canvas) -> None:
        panels = canvas.subplots(4, SHOWN, sharex=True, sharey=True, squeeze=False)
        for quartile, (row, places) in enumerate(zip(panels, rows_of, strict=True)):
            for axes in row[len(places) :]:
                axes.set_axis_off()
            for axes, place in zip(row, places, strict=False):
                axes.fill_between(nu, tested.true[place], color=TRUTH, alpha=0.45, linewidth=0, label="true")
                axes.plot(nu, tested.found[place], color=COLOURS[quartile], linewidth=1.4, label="predicted")
                axes.set_title(formulas[place], fontsize=10, pad=3)
                axes.text(0.97, 0.9, f"{errors[place]:.2g}", transform=axes.transAxes, ha="right", va="top", fontsize=8)
                axes.set(xlim=(0, nu[-1]), ylim=(0, 1.05), yticks=[0, 0.5, 1])
            row[0].set_ylabel(("best quarter", "second", "third", "worst quarter")[quartile], color=INK)
        for axes in panels[-1]:
            axes.set_xlabel("cm⁻¹")
        panels[0][0].legend(fontsize=8, loc="center right", handlelength=1.2)

    data = [
        (
            quartile + 1,
            formulas[place],
            float(errors[place]),
            float(f),
            float(tested.true[place, k]),
            float(tested.found[place, k]),
        )
        for quartile, places in enumerate(rows_of)
        for place in places
        for k, f in enumerate(nu)
    ]
    edges = np.quantile(errors, (0.25, 0.5, 0.75))
    return Figure(
        "quartiles", "Spectra by quartile of the error",
        f"Test crystals of the {name} network, evenly spaced in rank within each quarter of the mean squared error "
        "(the number in each panel); grey: true, lines: predicted. Densities of states over their maximum.",
        f"Four rows of predicted and true densities of states; quartiles of the error are {edges[0]:.2g}, "
        f"{edges[1]:.2g} and {edges[2]:.2g}.",
        Table("quartiles", "", ("quarter", "crystal", "error", "frequency", "true", "predicted"), data), draw,
        (11.0, 7.5),
    )  # fmt: skip


def error_distributions(results: Results) -> Figure:
    """The share of crystals below an error, one panel for crystals as given and one for turned ones."""
    names = [*results.configuration.networks, MEAN]
    found = {(name, kind): np.sort(results.tested(name, kind).errors) for name in names for kind in KINDS}

    def draw(canvas: Canvas) -> None:
        for axes, kind in zip(canvas.subplots(1, 2, sharex=True, sharey=True), KINDS, strict=True):
            for index, name in enumerate(names):
                errors = found[name, kind]
                colour = TRUTH if name == MEAN else COLOURS[index]
                axes.plot(errors, (np.arange(len(errors)) + 1) / len(errors), color=colour, label=name)
            axes.set(xscale="log", title=f"crystals {kind}", xlabel="mean squared error of a crystal", ylim=(0, 1))
            if kind == KINDS[0]:
                axes.set_ylabel("share of crystals")
                axes.legend()

    rows = [(name, kind, float(error)) for (name, kind), errors in found.items() for error in errors]
    words = "; ".join(f"{name}, {kind}: {np.median(errors):.2g}" for (name, kind), errors in found.items())
    return Figure(
        "errors", "Errors of all networks",
        "Share of test crystals with an error below. Left: cells as the data set has them; right: turned at random.",
        f"Cumulative distributions of the mean squared error. Medians: {words}.",
        Table("errors", "", ("network", "crystals", "error"), rows), draw, (10.0, 4.2),
    )  # fmt: skip


def learning_curves(results: Results) -> Figure:
    """Mean error against the number of training crystals, on the folds that have all shares."""
    c = results.configuration
    folds = c.curve_folds
    found: dict[str, list[tuple[float, float, float]]] = {}
    for name in c.networks:
        rows = []
        for share in c.shares:
            errors = _curve_errors(results, name, share)
            crystals = float(np.mean([one["crystals"] for one in results.values(name, share)[:folds]]))
            rows.append(
                (crystals, float(errors.mean()), float(errors.std(ddof=min(1, len(errors) - 1)) / np.sqrt(len(errors))))
            )
        found[name] = rows

    def draw(canvas: Canvas) -> None:
        axes = canvas.subplots()
        for index, (name, rows) in enumerate(found.items()):
            x, y, spread = map(np.array, zip(*rows, strict=True))
            axes.errorbar(x, y, spread, color=COLOURS[index], marker=MARKERS[index], label=name, capsize=3)
        axes.set(xscale="log", yscale="log", xlabel="training crystals", ylabel="mean squared error, turned crystals")
        sizes = [row[0] for row in next(iter(found.values()))]
        axes.set_xticks(sizes, [f"{size:.0f}" for size in sizes])
        low, high = axes.get_ylim()
        ticks = [t for t in (0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2) if low <= t <= high]
        axes.set_yticks(ticks, [f"{t:g}" for t in ticks])
        axes.minorticks_off()
        axes.legend()

    data = [(name, *row) for name, rows in found.items() for row in rows]
    words = "; ".join(f"{name}: " + ", ".join(f"{row[1]:.2g}" for row in rows) for name, rows in found.items())
    return Figure(
        "learning-curves", "Learning curves",
        f"Mean over the test crystals of {folds} folds, each turned at random, with its standard error.",
        f"Errors against the number of training crystals. {words}.",
        Table("learning-curves", "", ("network", "training crystals", "error", "standard error"), data), draw,
    )  # fmt: skip


def _curve_errors(results: Results, name: str, share: float) -> np.ndarray:
    """Of the crystals that networks of all shares were tested on."""
    tested = results.tested(name, KINDS[1], share)
    common = results.tested(name, KINDS[1], min(results.configuration.shares)).crystals
    return tested.errors[np.isin(tested.crystals, common)]
