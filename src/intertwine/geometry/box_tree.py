"""BoxTree: points sorted into tiles of WIDTH points, and boxes around them, sixteen children a node.

The tree is balanced and implicit: after binary median splits, node i of level L holds the tiles [(i T) >> L,
((i+1) T) >> L) of the T tiles. Boxes are kept for every fourth level: a node has sixteen children whose boxes lie side
by side; the bounds of all of them are one vector loop of fixed length, and so are the values at a tile's points.
What is empty is NaN, and left out by a bit mask.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

WIDTH = 64  # points a tile
FAN = 16  # children a node
LEVELS = 4  # binary splits from a node to its children


@dataclass(frozen=True)
class BoxTree:
    """n points in dim coordinates.

    Attributes
    ----------
    tiles:
        float64 [tiles, dim, 64]: the points.
    weights, order:
        [tiles, 64]: their weights, and their indices as they were given.
    first_child:
        int64 [inner + 1]: the first child of each inner node. Nodes are numbered from the root down; those from `inner`
        on are leaves. The last entry closes the list.
    leaf_tile:
        int64 [leaves]: the tile of each leaf, −1 for none.
    low, high:
        float64 [inner, dim, 16]: the boxes of each inner node's children.
    weight_range:
        float64 [inner, 2, 16]: the least and the greatest weight in them.
    least:
        int64 [inner, 16]: the smallest index in them.
    present, valid:
        int64 [inner], [tiles]: bit masks of the children and of the points that there are.
    """

    tiles: NDArray[np.float64]
    weights: NDArray[np.float64]
    order: NDArray[np.int64]
    first_child: NDArray[np.int64]
    leaf_tile: NDArray[np.int64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    weight_range: NDArray[np.float64]
    least: NDArray[np.int64]
    present: NDArray[np.int64]
    valid: NDArray[np.int64]

    @property
    def arrays(self) -> tuple[NDArray[np.float64] | NDArray[np.int64], ...]:
        """All arrays, in the order in which the kernels take them."""
        return (
            self.tiles, self.weights, self.order, self.first_child, self.leaf_tile,
            self.low, self.high, self.weight_range, self.least, self.present, self.valid,
        )  # fmt: skip


def build_box_tree(points: NDArray[np.float64], weights: NDArray[np.float64]) -> BoxTree:
    """The tree of points [n, dim], n ≥ 1, with weights [n]."""
    from intertwine.geometry import box_tree_kernels as kernels

    n, dim = points.shape
    count = -(-n // WIDTH)
    depth = (count - 1).bit_length()
    order = np.arange(n)
    kernels.split(points, order, count, WIDTH, depth)

    kept = max(
        1, -(-depth // LEVELS)
    )  # levels with boxes; the first of them has as many nodes as make the rest sixteenfold
    sizes = [1, *(1 << (depth - LEVELS * (kept - 1 - level)) for level in range(kept))]
    firsts = np.cumsum([0, *sizes])
    inner = int(firsts[kept])
    first_child = np.concatenate(
        [firsts[level + 1] + np.arange(sizes[level]) * (sizes[level + 1] // sizes[level]) for level in range(kept)]
        + [firsts[kept + 1 :]]
    )
    parent = np.repeat(np.arange(inner), np.diff(first_child))  # of node 1, 2, …

    ends = (np.arange(sizes[kept] + 1) * count) >> depth
    leaf_tile = np.where(np.diff(ends) > 0, ends[:-1], -1)
    leaves = inner + np.flatnonzero(leaf_tile >= 0)
    places = np.stack([parent[leaves - 1], leaves - first_child[parent[leaves - 1]]], axis=1)

    tiles, tile_weights = np.full((count, dim, WIDTH), np.nan), np.full((count, WIDTH), np.nan)
    tile_order = np.full((count, WIDTH), -1)
    low, high, weight_range = (np.full((inner, rows, FAN), np.nan) for rows in (dim, dim, 2))
    least = np.full((inner, FAN), n)
    boxes = (low, high, weight_range, least)
    kernels.fill_leaves(points, weights, order, places, tiles, tile_weights, tile_order, *boxes)
    kernels.fill_inner(inner, first_child, *boxes)
    present = ((low[:, 0] <= high[:, 0]) << np.arange(FAN)).sum(1)
    valid = ((tile_order >= 0) << np.arange(WIDTH)).sum(1)
    return BoxTree(tiles, tile_weights, tile_order, first_child, leaf_tile, *boxes, present, valid)


def count_below(tree: BoxTree) -> NDArray[np.int64]:
    """Points below each child of each inner node, [inner, 16]."""
    inner = len(tree.low)
    sizes = np.zeros((inner, FAN), dtype=np.int64)
    filled = (tree.order >= 0).sum(1)
    leaves = np.where(tree.leaf_tile >= 0, filled[tree.leaf_tile], 0)
    for node in range(inner - 1, -1, -1):
        first, end = int(tree.first_child[node]), int(tree.first_child[node + 1])
        if first >= inner:
            sizes[node, : end - first] = leaves[first - inner : end - inner]
        else:
            sizes[node, : end - first] = sizes[first:end].sum(1)
    return sizes
