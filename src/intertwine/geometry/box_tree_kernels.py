"""Compiled construction of a tree of boxes: balanced median splits at whole tiles, boxes from the tiles upwards."""
# mypy: disable-error-code="no-untyped-def,no-untyped-call"

from __future__ import annotations

import numpy as np

from intertwine.compilation import compiled


@compiled()
def split(points, order, tiles, width, depth):
    """Reorder `order` so that node i of level L holds the tiles [(i tiles) >> L, ((i+1) tiles) >> L).

    A node is split at the axis of its widest extent.
    """
    n, dim = points.shape
    for level in range(depth):
        for node in range(1 << level):
            start, end = ((node * tiles) >> level) * width, min(n, (((node + 1) * tiles) >> level) * width)
            middle = (((2 * node + 1) * tiles) >> (level + 1)) * width
            if not start < middle < end:
                continue
            widest, axis = -1.0, 0
            for a in range(dim):
                low, high = np.inf, -np.inf
                for j in range(start, end):
                    value = points[order[j], a]
                    low = value if value < low else low
                    high = value if value > high else high
                if high - low > widest:
                    widest, axis = high - low, a
            _select(points, axis, order, start, end - 1, middle)


@compiled()
def _select(points, axis, order, left, right, middle):
    """Hoare's quickselect: order[middle] gets its place, smaller ones before it and larger ones behind."""
    while left < right:
        # the median of three, against input that is sorted already
        centre = (left + right) // 2
        a, b, c = points[order[left], axis], points[order[centre], axis], points[order[right], axis]
        pivot = max(min(a, b), min(max(a, b), c))
        i, j = left, right
        while i <= j:
            while points[order[i], axis] < pivot:
                i += 1
            while points[order[j], axis] > pivot:
                j -= 1
            if i <= j:
                order[i], order[j] = order[j], order[i]
                i += 1
                j -= 1
        if middle <= j:
            right = j
        elif middle >= i:
            left = i
        else:
            return


@compiled()
def fill_leaves(points, weights, order, places, tile_points, tile_weights, tile_order, low, high, weight_range, least):
    """Tiles in leaf order and the boxes of the leaves; places: the box (row, column) of each tile."""
    tiles, dim, width = tile_points.shape
    n = order.size
    for tile in range(tiles):
        row, column = places[tile, 0], places[tile, 1]
        for a in range(dim):
            low[row, a, column], high[row, a, column] = np.inf, -np.inf
        weight_range[row, 0, column], weight_range[row, 1, column], least[row, column] = np.inf, -np.inf, n
        for j in range(width):
            if tile * width + j >= n:
                break  # what is left of the last tile stays NaN
            index = order[tile * width + j]
            tile_order[tile, j], tile_weights[tile, j] = index, weights[index]
            weight_range[row, 0, column] = min(weight_range[row, 0, column], weights[index])
            weight_range[row, 1, column] = max(weight_range[row, 1, column], weights[index])
            least[row, column] = min(least[row, column], index)
            for a in range(dim):
                value = points[index, a]
                tile_points[tile, a, j] = value
                low[row, a, column] = min(low[row, a, column], value)
                high[row, a, column] = max(high[row, a, column], value)


@compiled()
def fill_inner(rows, first_child, low, high, weight_range, least):
    """The boxes of inner nodes from those of their children, last row first; row r is the node r's children.

    Node c > 0 has its box in row (parent of c), column c − first_child[parent].
    """
    dim, fan = low.shape[1], low.shape[2]
    for parent in range(rows - 1, -1, -1):
        for column in range(fan):
            child = first_child[parent] + column
            if child >= rows or column >= first_child[parent + 1] - first_child[parent]:
                continue  # a leaf, or no child
            for a in range(dim):
                small, large = np.inf, -np.inf
                for j in range(fan):
                    if low[child, a, j] <= high[child, a, j]:  # not an empty one, which is NaN
                        small, large = min(small, low[child, a, j]), max(large, high[child, a, j])
                low[parent, a, column], high[parent, a, column] = small, large
            small, large, index = np.inf, -np.inf, least[child, 0]
            for j in range(fan):
                if low[child, 0, j] <= high[child, 0, j]:
                    small, large = min(small, weight_range[child, 0, j]), max(large, weight_range[child, 1, j])
                    index = min(index, least[child, j])
            weight_range[parent, 0, column], weight_range[parent, 1, column] = small, large
            least[parent, column] = index
