"""The figure of a worm: the flux with the open worm on it, the violations, and what each site contributes."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from intertwine.report.content import Figure, Table
from intertwine.report.style import INK
from intertwine.studies.worms.configuration import TRANSFERABLE
from intertwine.studies.worms.results import WormResults

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

    from intertwine.studies.worms.results import Array


def worm_figure(results: WormResults) -> Figure:
    """Bulusu et al., figure 5 of the proceedings contribution."""
    parts = results.dissection or {}

    def draw(canvas: Canvas) -> None:
        axes = canvas.subplots(1, 2 + len(TRANSFERABLE), squeeze=False)[0]
        _flux(axes[0], parts["k"], parts["path"])
        _map(axes[1], parts["violations"], "flux violations")
        for panel, family in zip(axes[2:], TRANSFERABLE, strict=True):
            _map(panel, parts[family] - _typical(parts[family]), f"{family}: contribution")

    rows = [(int(t), int(x), int(charge), float(parts["EQ"][t, x])) for (t, x), charge in _sites(parts["violations"])]
    return Figure(
        "worm", "An open worm, and where the networks look",
        "Left: flux on the links (arrows; time upwards) and a shortest path of flux from source to sink (thick). Then "
        "the violations of "
        "flux conservation, and what each site contributes to the logit before the global pooling, less its most "
        "common value, in the best instance of each family (strided networks have fewer sites there).",
        f"Four maps of one configuration on a lattice of {results.configuration.extents[0]} squared sites. "
        + looks(results),
        Table("worm", "", ("t", "x", "violation", "EQ contribution"), rows), draw, (11.0, 3.2),
    )  # fmt: skip


def looks(results: WormResults) -> str:
    """What share of the equivariant network's contributions sits where, in words."""
    import numpy as np

    parts = results.dissection or {}
    values = np.abs(parts["EQ"] - _typical(parts["EQ"])).ravel()
    top = np.sort(values)[::-1]
    share = top[:2] / max(values.sum(), 1e-300)
    strongest = f"The strongest site carries {share[0]:.0%} of the equivariant network's contributions"
    if share[0] > 0.9:
        return f"{strongest}: it looks at one of the two ends only."
    if share.sum() > 0.9:
        return f"{strongest} and the second strongest {share[1]:.0%}: it looks at the two ends and nowhere else."
    return f"{strongest} and the second strongest {share[1]:.0%}; the rest is spread over the lattice."


def _typical(values: Array) -> float:
    import numpy as np

    return float(np.median(values))


def _sites(charges: Array) -> list[tuple[tuple[int, int], int]]:
    return [((t, x), charges[t, x]) for t in range(charges.shape[0]) for x in range(charges.shape[1])]


def _flux(axes: Axes, k: Array, path: Array) -> None:
    n = k.shape[1]
    for (t, x), _ in _sites(k[0]):
        for axis in (0, 1):
            flux = int(k[axis, t, x])
            if not flux:
                continue
            forward = (x, t + 1) if axis == 0 else (x + 1, t)
            start, end = ((x, t), forward) if flux > 0 else (forward, (x, t))
            arrow = {"arrowstyle": "-|>", "color": "#7f8790", "linewidth": 0.6 + 0.5 * min(abs(flux), 4)}
            axes.annotate("", xy=end, xytext=start, arrowprops=arrow)
    for (t0, x0), (t1, x1) in pairwise(path):
        if abs(t1 - t0) <= 1 and abs(x1 - x0) <= 1:
            axes.plot([x0, x1], [t0, t1], color="#8c510a", linewidth=3, alpha=0.8, solid_capstyle="round")
        else:  # through the boundary
            axes.plot([x0, x1], [t0, t1], linestyle="", marker="x", color="#8c510a")
    axes.plot(*path[0][::-1], "o", color="#D55E00")
    axes.plot(*path[-1][::-1], "o", color="#0072B2")
    axes.set(xlim=(-0.7, n + 0.2), ylim=(-0.7, n + 0.2), aspect="equal", title="flux and worm")
    axes.grid(False)
    axes.set_xticks([])
    axes.set_yticks([])


def _map(axes: Axes, values: Array, title: str) -> None:
    limit = max(float(abs(values).max()), 1e-300)
    axes.imshow(values, origin="lower", cmap="RdBu_r", vmin=-limit, vmax=limit)
    axes.set(title=title)
    axes.grid(False)
    for spine in axes.spines.values():
        spine.set(visible=True, color=INK)
    axes.set_xticks([])
    axes.set_yticks([])
