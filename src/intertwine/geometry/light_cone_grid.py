"""LightConeGrid: points of 1+1 dimensional space-time sorted along both light-cone coordinates and in cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

CELL = 8  # points a cell, on average: as fast from 4 to 12
PAD = 32  # vector loops run on to a multiple of this length


@dataclass(frozen=True)
class LightConeGrid:
    """n ≥ 1 points (t, x) with u = t + x and v = t − x, so that s² = Δu Δv.

    A strip holds `stride` points that follow each other in u, a column as many in v; cells are where strips and columns
    meet. All points are there three times: in ascending order of u; of v; and cell by cell, the cells of a strip
    together.

    Attributes
    ----------
    u, v:
        float64 [n]: sorted.
    t, x:
        float64 [3 n + PAD], NaN at the end: whole vectors may be read from any place on.
    labels:
        int32 [3 n, 3]: a point's index, and by which of the orders before it can be told that it has been seen: its
        rank along u, and along v; −1 where there is no such order before.
    starts:
        int64 [strips · strips + 1]: where each cell begins in the third order.
    ranks:
        int64 [n, 2]: ranks of each point along u and v.
    stride:
        Points a strip or column.
    largest:
        The largest |t| + |x|, which bounds rounding.
    """

    u: NDArray[np.float64]
    v: NDArray[np.float64]
    t: NDArray[np.float64]
    x: NDArray[np.float64]
    labels: NDArray[np.int32]
    starts: NDArray[np.int64]
    ranks: NDArray[np.int64]
    stride: int
    largest: float

    @property
    def arrays(self) -> tuple[Any, ...]:
        """What the kernel takes, in its order."""
        return self.u, self.v, self.t, self.x, self.labels, self.starts, self.stride, self.largest

    @property
    def by_cell(self) -> NDArray[np.int64]:
        """Indices of all points, cell by cell."""
        return self.labels[2 * len(self.u) :, 0].astype(np.int64)

    def ranks_of(self, queries: NDArray[np.float64]) -> NDArray[np.int64]:
        """How many points have a smaller u and a smaller v, [queries, 2]."""
        u, v = queries[:, 0] + queries[:, 1], queries[:, 0] - queries[:, 1]
        return np.stack([np.searchsorted(self.u, u), np.searchsorted(self.v, v)], axis=1)

    def together(self, ranks: NDArray[np.int64]) -> NDArray[np.int64]:
        """An order of queries with these ranks that goes from cell to cell."""
        strips = -(-len(self.ranks) // self.stride)
        cells = (ranks // self.stride).clip(max=strips - 1)
        return np.lexsort((ranks[:, 0], cells[:, 1], cells[:, 0]))


def build_light_cone_grid(points: NDArray[np.float64]) -> LightConeGrid:
    """The grid of points [n, 2], n ≥ 1."""
    n = len(points)
    strips = max(1, round((n / CELL) ** 0.5))
    stride = -(-n // strips)
    strips = -(-n // stride)
    keys = (points[:, 0] + points[:, 1], points[:, 0] - points[:, 1])
    orders = [np.argsort(key, kind="stable") for key in keys]
    ranks = np.empty((n, 2), dtype=np.int64)
    for side, order in enumerate(orders):
        ranks[order, side] = np.arange(n)
    # strips follow each other in u already
    along_u = orders[0]
    cells = ranks[along_u, 0] // stride * strips + ranks[along_u, 1] // stride
    orders.append(along_u[np.argsort(cells, kind="stable")])
    starts = np.concatenate([[0], np.cumsum(np.bincount(cells, minlength=strips * strips))])
    everywhere = np.concatenate(orders)
    labels = np.full((3 * n, 3), -1, dtype=np.int32)
    labels[:, 0] = everywhere
    labels[n:, 1] = ranks[everywhere[n:], 0]
    labels[2 * n :, 2] = ranks[orders[2], 1]
    t, x = (np.concatenate([points[everywhere, axis], np.full(PAD, np.nan)]) for axis in (0, 1))
    u, v = (key[order] for key, order in zip(keys, orders, strict=False))
    return LightConeGrid(u, v, t, x, labels, starts, ranks, stride, float(np.abs(points).sum(axis=1).max()))
