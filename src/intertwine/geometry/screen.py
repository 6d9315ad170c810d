"""Screen: the points of a tree's tiles once more in single precision, to tell which tiles need no look in double.

With coordinates from a common centre, s² = Σ ±(x_a − q_a)² = P − 2 Σ ± q_a x_a + Q, with P = Σ ± x_a² of the point
alone and Q of the query alone: half the operations, twice the points a vector. What rounding may do is bounded.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from intertwine.geometry.box_tree import BoxTree


@dataclass(frozen=True)
class Screen:
    """Of a tree's points, with Σ ± over `plus` and `minus` axes.

    Attributes
    ----------
    tiles:
        float32 [tiles, 1 + dim, WIDTH]: P, and the coordinates, NaN where there is no point.
    centre, extent:
        float64 [dim]: the centre, and the greatest distance from it along each axis, in scaled units.
    scale:
        A power of two; coordinates are multiplied by it, so that the largest extent is about 1.
    offset:
        How large unscaled coordinates are in scaled units: the difference to the centre is rounded.
    """

    tiles: NDArray[np.float32]
    centre: NDArray[np.float64]
    extent: NDArray[np.float64]
    scale: float
    offset: float

    @property
    def arrays(self) -> tuple[Any, ...]:
        """What the kernels take, in their order."""
        return self.tiles, self.centre, self.extent, self.scale, self.offset


def build_screen(tree: BoxTree, plus: int) -> Screen | None:
    """The screen of a tree whose first `plus` axes count positively; None where single precision can tell nothing."""
    points = tree.tiles
    low, high = np.nanmin(points, axis=(0, 2)), np.nanmax(points, axis=(0, 2))
    size = float((high - low).max()) / 2
    if not 1e-100 < size < 1e100:
        return None
    scale = 2.0 ** -round(np.log2(size))
    centre = low + (high - low) / 2
    scaled = (points - centre[:, None]) * scale
    signs = np.where(np.arange(points.shape[1]) < plus, 1.0, -1.0)
    squares = np.einsum("a,taj->tj", signs, scaled**2)[:, None]
    tiles = np.concatenate([squares, scaled], axis=1, dtype=np.float32)
    extent = np.nanmax(np.abs(scaled), axis=(0, 2))
    return Screen(tiles, centre, extent, scale, float(np.maximum(np.abs(low), np.abs(high)).max()) * scale)
