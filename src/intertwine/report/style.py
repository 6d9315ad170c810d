"""How the plots look: colours that colour-blind readers can tell apart, and that do on light and dark paper."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

# Okabe and Ito's palette, in the order in which series are coloured.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
MARKERS = ("o", "s", "D", "^", "v", "P")

INK = "#2b2f36"
"""Axes and text; becomes the page's text colour where a figure is shown inside the page."""
GRID = "#9aa0a8"


def line_look(index: int) -> dict[str, Any]:
    """Keywords for the line number `index` of a plot: after the last colour they come again, dashed and hollow."""
    again, index = divmod(index, len(COLOURS))
    look: dict[str, Any] = {"color": COLOURS[index], "marker": MARKERS[index]}
    return look | {"linestyle": (0, (4, 2)), "markerfacecolor": "white"} if again else look


@contextmanager
def plot_style(name: str) -> Iterator[None]:
    """matplotlib's settings for one figure only; `name` makes the ids of its SVG unique and reproducible."""
    import matplotlib as mpl

    settings: dict[Any, Any] = {
        "font.size": 10.5, "font.family": ["DejaVu Sans"], "axes.titlesize": 11, "axes.titleweight": "bold",
        "text.color": INK, "axes.labelcolor": INK, "axes.edgecolor": INK, "xtick.color": INK, "ytick.color": INK,
        "axes.spines.top": False, "axes.spines.right": False, "axes.grid": True, "grid.color": GRID,
        "grid.alpha": 0.35, "grid.linewidth": 0.6, "axes.linewidth": 0.8, "lines.linewidth": 1.8, "lines.markersize": 5,
        "legend.frameon": False, "legend.fontsize": 9.5, "figure.constrained_layout.use": True,
        "svg.fonttype": "path", "svg.hashsalt": name, "pdf.fonttype": 42, "savefig.facecolor": "white",
    }  # fmt: skip
    with mpl.rc_context(settings):
        yield
