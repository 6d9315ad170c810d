"""Compiled range queries: the points whose form with a query lies in [smallest, largest], counted or listed."""
# mypy: disable-error-code="no-untyped-def,no-untyped-call"

from __future__ import annotations

import numpy as np

from intertwine.compilation import compiled
from intertwine.geometry.box_tree import FAN, WIDTH
from intertwine.geometry.form_kernels import bit_count, bounds_at, hits_in


@compiled()
def within(tree, sizes, plus, minus, periods, queries, query_weights, own, smallest, largest, counts, firsts, found):
    """counts[row]: how many points; where `found` is not None, their indices from found[firsts[row]] on.

    Boxes inside of the range are counted whole. sizes: points below each child, [inner, 16].
    """
    tiles, weights, order, first_child, leaf_tile, low, high, weight_range, _, present, valid = tree
    inner = low.shape[0]
    stack = np.empty(FAN * 32, np.int64)
    for row in range(queries.shape[0]):
        # a query's form with itself is exactly 0
        total = -1 if found is None and own[row] >= 0 and smallest <= 0.0 and largest >= 0.0 else 0
        height = 1
        stack[0] = 0
        while height > 0:
            height -= 1
            node = stack[height]
            if node < inner:
                meets, inside = 0, 0
                for j in range(FAN):
                    lower, upper = bounds_at(
                        queries, query_weights, row, plus, minus, periods, low, high, weight_range, node, j
                    )
                    meets |= ((lower <= largest) & (upper >= smallest)) << j
                    inside |= ((lower >= smallest) & (upper <= largest)) << j
                meets &= present[node]
                for j in range(FAN):
                    if (meets >> j) & 1:
                        if found is None and (inside >> j) & 1:
                            total += sizes[node, j]
                        else:
                            stack[height] = first_child[node] + j
                            height += 1
            else:
                tile = leaf_tile[node - inner]
                hits = hits_in(
                    queries, query_weights, row, plus, minus, periods, tiles, weights, tile, smallest, largest
                )
                hits &= valid[tile]
                if found is None:
                    total += bit_count(hits)
                elif hits != 0:
                    for j in range(WIDTH):
                        if (hits >> j) & 1 and order[tile, j] != own[row]:
                            found[firsts[row] + total] = order[tile, j]
                            total += 1
        counts[row] = total
