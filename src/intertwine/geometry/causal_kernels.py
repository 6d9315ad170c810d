"""Compiled causal future and past in flat space-time: points with ±Δt > 0 and Δt² ≥ |Δx|², decided exactly."""
# mypy: disable-error-code="no-untyped-def,no-untyped-call"

from __future__ import annotations

import numpy as np

from intertwine.compilation import compiled
from intertwine.geometry.box_tree import FAN, WIDTH
from intertwine.geometry.exact_sign_kernels import exact_sign
from intertwine.geometry.form_kernels import bit_count

_CLEAR = 1e-14  # relative to Δt² + |Δx|²; the rounding of s² stays below for up to 20 dimensions
OPENED, CROSSED = 0, 1


@compiled()
def causal(tree, sizes, minus, queries, direction, strict, counts, firsts, found, opened):
    """counts[row]: points in the future (direction 1) or past (−1); unless `found` is None, from found[firsts[row]] on.

    strict: 1 leaves out lightlike ones. A point at the same place is neither future nor past. Boxes inside of the cone
    are counted whole; only those that its surface meets are opened. opened: leaves looked into.
    """
    tiles, _, order, first_child, leaf_tile, low, high, _, _, present, valid = tree
    inner = low.shape[0]
    stack = np.empty(FAN * 32, np.int64)
    looked = 0
    for row in range(queries.shape[0]):
        total = 0
        height = 1
        stack[0] = 0
        while height > 0:
            height -= 1
            node = stack[height]
            if node < inner:
                meets, inside = 0, 0
                for j in range(FAN):
                    up, down = high[node, 0, j] - queries[row, 0], low[node, 0, j] - queries[row, 0]
                    late, early = (up, down) if direction > 0 else (-down, -up)
                    near, far = 0.0, 0.0
                    for b in range(len(minus)):
                        above, beyond = (
                            queries[row, b + 1] - low[node, b + 1, j],
                            queries[row, b + 1] - high[node, b + 1, j],
                        )
                        least = beyond if beyond > -above else -above
                        least = least if least > 0.0 else 0.0
                        most = above if above > -beyond else -beyond
                        near += least * least
                        far += most * most
                    meets |= ((late > 0.0) & (late * late >= near * (1.0 - _CLEAR))) << j
                    inside |= ((early > 0.0) & (early * early * (1.0 - _CLEAR) > far)) << j
                meets &= present[node]
                for j in range(FAN):
                    if (meets >> j) & 1:
                        if found is None and (inside >> j) & 1:
                            total += sizes[node, j]
                        else:
                            stack[height] = first_child[node] + j
                            height += 1
            else:
                looked += 1
                tile = leaf_tile[node - inner]
                if found is None:
                    # counting is a cheaper loop than listing, and mostly all that there is to do
                    certain, possible = 0, 0
                    for j in range(WIDTH):
                        time = direction * (tiles[tile, 0, j] - queries[row, 0])
                        space = 0.0
                        for b in range(len(minus)):
                            d = queries[row, b + 1] - tiles[tile, b + 1, j]
                            space += d * d
                        square = time * time
                        certain += (time > 0.0) & (square * (1.0 - _CLEAR) > space)
                        possible += (time > 0.0) & (square >= space * (1.0 - _CLEAR))
                    if certain == possible:
                        total += certain
                        continue
                sure, open_ = 0, 0
                for j in range(WIDTH):
                    time = tiles[tile, 0, j] - queries[row, 0]
                    after = time > 0.0 if direction > 0 else time < 0.0
                    square, space = time * time, 0.0
                    for b in range(len(minus)):
                        d = queries[row, b + 1] - tiles[tile, b + 1, j]
                        space += d * d
                    doubt = _CLEAR * (square + space)
                    sure |= (after & (square - space > doubt)) << j
                    open_ |= (after & (abs(square - space) <= doubt)) << j
                sure &= valid[tile]
                open_ &= valid[tile]
                if open_ != 0:
                    for j in range(WIDTH):
                        if (open_ >> j) & 1:
                            sure |= (exact_sign(queries, row, tiles, tile, j) >= strict) << j
                if found is None:
                    total += bit_count(sure)
                elif sure != 0:
                    for j in range(WIDTH):
                        if (sure >> j) & 1:
                            found[firsts[row] + total] = order[tile, j]
                            total += 1
        counts[row] = total
    opened[OPENED] += looked
