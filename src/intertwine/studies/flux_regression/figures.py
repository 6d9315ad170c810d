"""The plots of the study: learning curves, loss against lattice size and chemical potential."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from intertwine.report.content import Figure, Table
from intertwine.report.style import COLOURS, MARKERS
from intertwine.studies.flux_regression.configuration import FAMILIES
from intertwine.studies.flux_regression.results import Curve, Results, Transfer
from intertwine.studies.flux_regression.training import OPTIMISERS
from intertwine.studies.flux_regression.transfer import TRANSFERABLE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

OPTIMISER_NAMES = {"adamw": "AdamW alone", "finisher": "AdamW, then Levenberg–Marquardt"}
_COLOUR = dict(zip(FAMILIES, COLOURS, strict=False))
_MARKER = dict(zip(FAMILIES, MARKERS, strict=False))


def learning_curves(results: Results) -> Figure:
    """Test error against the number of training configurations (Bulusu et al., figure 2)."""
    panels = (("EQ", "ST", "FL"), ("EQ", "ST", "ST+augmentation"), ("EQ", "FL", "FL+augmentation"))
    titles = ("without augmentation", "ST with augmentation", "FL with augmentation")

    def draw(canvas: Canvas) -> None:
        grid = canvas.subplots(len(OPTIMISERS), len(panels), sharex=True, sharey=True, squeeze=False)
        for row, optimiser in zip(grid, OPTIMISERS, strict=True):
            for axes, arms, title in zip(row, panels, titles, strict=True):
                for arm in arms:
                    _band(axes, results.curve(arm, optimiser))
                axes.set(xscale="log", yscale="log")
                sizes = results.curves[0].sizes
                axes.set_xticks(sizes, [str(size) for size in sizes])
                axes.xaxis.minorticks_off()
                axes.set_title(title if optimiser == OPTIMISERS[0] else "")
                axes.legend(loc="best")
            row[0].set_ylabel(f"{OPTIMISER_NAMES[optimiser]}\n\ntest MSE")
        for axes in grid[-1]:
            axes.set_xlabel("training configurations")

    rows = [
        (curve.arm, curve.optimiser, size, *_band_numbers(errors))
        for curve in results.curves
        for size, errors in zip(curve.sizes, curve.mse, strict=True)
    ]
    columns = ("networks", "optimiser", "training_configurations", "median", "mean", "smallest", "largest")
    best = ", ".join(f"{family} {results.curve(family).best:.1e}" for family in FAMILIES)
    return Figure(
        "learning-curves", "Test error against the number of training configurations",
        "Mean squared error of (n, |φ|²) over all chemical potentials on the training lattice. Lines: the median "
        "instance; "
        "dashes: the mean; bands: from the best instance to the worst.",
        "Two rows of three panels with the test error falling with the number of training configurations, in the "
        "upper row "
        "with AdamW alone, in the lower row with the second-order finisher. Medians at the right end of the lower "
        f"row: {best}.",
        Table("learning-curves", "", columns, rows), draw, (10.5, 6.6),
    )  # fmt: skip


def loss_by_lattice(results: Results) -> Figure:
    """Test error against the size of the lattice (Bulusu et al., figure 4)."""

    def draw(canvas: Canvas) -> None:
        axes = canvas.subplots()
        for family in TRANSFERABLE:
            items = sorted(
                (item for item in results.transfers if item.family == family), key=lambda item: _sites(item.lattice)
            )
            sites = [_sites(item.lattice) for item in items]
            for optimiser, style in zip(OPTIMISERS, ("--", "-"), strict=True):
                numbers = [_band_numbers(item.instances(optimiser)) for item in items]
                median, _, low, high = zip(*numbers, strict=True)
                label = f"{family}, {OPTIMISER_NAMES[optimiser]}"
                axes.plot(sites, median, style, color=_COLOUR[family], marker=_MARKER[family], label=label)
                axes.fill_between(sites, low, high, color=_COLOUR[family], alpha=0.15, linewidth=0)
        lattices = sorted(results.configuration.test_lattices, key=_sites)
        axes.set(xscale="log", yscale="log", xlabel="lattice $N_t$ × $N_x$", ylabel="test MSE")
        axes.set_xticks([_sites(lattice) for lattice in lattices], ["×".join(map(str, s)) for s in lattices])
        axes.minorticks_off()
        axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))

    rows = [
        (item.family, item.name, optimiser, *_band_numbers(item.instances(optimiser)))
        for item in results.transfers
        for optimiser in OPTIMISERS
    ]
    columns = ("networks", "lattice", "optimiser", "median", "mean", "smallest", "largest")
    trained = "×".join(map(str, results.configuration.lattice))
    return Figure(
        "loss-by-lattice", "Test error on lattices that the networks have not seen",
        f"Trained on {trained} only, tested on each lattice over all chemical potentials. Lines: the median instance; "
        "bands: from the best instance to the worst.",
        "Test error against lattice size on logarithmic axes: the equivariant networks lie below the strided ones "
        "on every "
        "lattice." if _below(results) else "Test error against lattice size on logarithmic axes for EQ and ST "
        "networks.",
        Table("loss-by-lattice", "", columns, rows), draw, (9.0, 4.4),
    )  # fmt: skip


def loss_by_mu(results: Results) -> Figure:
    """Test error of the equivariant networks at every chemical potential, one line a lattice."""

    def draw(canvas: Canvas) -> None:
        axes = canvas.subplots()
        for item, colour, marker in zip(_equivariant(results), COLOURS, MARKERS, strict=False):
            axes.plot(item.mus, item.by_mu("finisher"), color=colour, marker=marker, markersize=3.5, label=item.name)
        axes.axvline(results.configuration.mu, color="#9aa0a8", linewidth=1, linestyle=":")
        axes.set(yscale="log", xlabel="chemical potential μ", ylabel="test MSE of EQ, median instance")
        axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), title="lattice")

    rows = [
        (item.name, float(mu), float(mse))
        for item in _equivariant(results)
        for mu, mse in zip(item.mus, item.by_mu("finisher"), strict=True)
    ]
    return Figure(
        "loss-by-mu", "Equivariant networks away from the chemical potential that they were trained at",
        f"Median instance with the finisher; training took place at μ = {results.configuration.mu} (dotted line) only.",
        "The test error of the equivariant networks against the chemical potential, one line for each lattice.",
        Table("loss-by-mu", "", ("lattice", "mu", "median"), rows), draw, (9.0, 3.8),
    )  # fmt: skip


def _equivariant(results: Results) -> list[Transfer]:
    return [item for item in results.transfers if item.family == "EQ"]


def _band(axes: Axes, curve: Curve) -> None:
    family = curve.arm.partition("+")[0]
    augmented = "+" in curve.arm
    colour = COLOURS[3] if augmented else _COLOUR[family]
    median, mean, low, high = zip(*(_band_numbers(errors) for errors in curve.mse), strict=True)
    label = f"{family}, augmented" if augmented else family
    axes.plot(curve.sizes, median, color=colour, marker="v" if augmented else _MARKER[family], label=label)
    axes.plot(curve.sizes, mean, "--", color=colour, linewidth=1.0)
    axes.fill_between(curve.sizes, low, high, color=colour, alpha=0.18, linewidth=0)


def _band_numbers(errors: Any) -> tuple[float, float, float, float]:
    """Median, mean, smallest and largest over instances."""
    import numpy as np

    return float(np.median(errors)), float(np.mean(errors)), float(np.min(errors)), float(np.max(errors))


def _sites(lattice: tuple[int, ...]) -> int:
    from math import prod

    return prod(lattice)


def _below(results: Results) -> bool:
    return all(
        max(results.transfer("EQ", lattice).instances("finisher"))
        < min(results.transfer("ST", lattice).instances("finisher"))
        for lattice in results.configuration.test_lattices
    )
