"""Compiled k-nearest search in 1+1 dimensions, in light-cone coordinates u = t + x, v = t − x, where s² = Δu Δv."""
# mypy: disable-error-code="no-untyped-def,no-untyped-call"

from __future__ import annotations

import numpy as np

from intertwine.compilation import compiled
from intertwine.geometry.best_kernels import FEW, write_best
from intertwine.geometry.light_cone_grid import PAD
from intertwine.geometry.window_kernels import apart, product, window

GROWTH = 1.6  # of the usual k-th |s²|: few queries have to look again
MOST = 1024  # points in a block that is worth being looked through
ROUNDING = 64 * 2.0**-53


@compiled(inline="always")
def _look(grid_t, grid_x, start, end, t, x, limit, values, hits, held):
    """Append the places in [start, end) with |s²| ≤ limit to the hits; the number held."""
    # views: an index that might be negative is not vectorised; whole vectors: remainders cost more than they bring
    count = end - start
    whole = (count + PAD - 1) // PAD * PAD
    times, places = grid_t[start : start + whole], grid_x[start : start + whole]
    for j in range(whole):
        a, b = t - times[j], x - places[j]
        values[j] = abs(a * a - b * b)
    for j in range(count):  # without branches, which would be mispredicted
        hits[held] = start + j
        held += values[j] <= limit
    return held


@compiled(inline="always")
def _without_doubles(grid_t, grid_x, labels, t, x, own, seen, hits, held, candidates, indices):
    """From places to points and s², but for the query itself and what the windows `seen` hold already; how many."""
    kept = 0
    for i in range(held):
        place = hits[i]
        a, b = t - grid_t[place], x - grid_x[place]
        index, u, v = labels[place, 0], labels[place, 1], labels[place, 2]
        candidates[0, kept], indices[0, kept] = a * a - b * b, index
        kept += (index != own) & ((u < seen[0]) | (u >= seen[1])) & ((v < seen[2]) | (v >= seen[3]))
    return kept


@compiled()
def nearest_by_windows(grid, queries, query_ranks, rows, are_points, found, found_values, counts):
    """The k points with the smallest |s²| for the queries in `rows`, into these rows; found_values: s² with its sign.

    grid: `LightConeGrid.arrays`; query_ranks: `ranks_of`; rows: best near each other. are_points: whether query i is
    point i, which is then no neighbour of its own.

    Outside of the windows |Δu| < a and |Δv| < a is |s²| ≥ a². Most of what they hold is near one of the light rays and
    far away. So a block of three by three cells around the query is looked through: what is outside of it has
    |Δu| ≥ b or |Δv| ≥ b, and windows of the width a²/b suffice. Where the block is crowded or small, b = a instead.
    With a² a little above what the k-th |s²| was for the queries before, all of it is looked through once; where it
    holds fewer than k points that near, once more with a larger a. What the windows and the block really leave out
    decides, not these estimates. counts[0]: points looked at.
    """
    grid_u, grid_v, grid_t, grid_x, labels, starts, stride, largest = grid
    n, k = grid_u.size, found.shape[1]
    strips = (n + stride - 1) // stride
    values, hits = np.empty(n + PAD), np.empty(3 * n + 1, np.int32)
    candidates, indices = np.empty((1, n + FEW)), np.empty((1, n + FEW), np.int64)
    heap = np.empty((1, k)), np.empty((1, k), np.int64)
    ranked = np.empty(FEW, np.int64), np.empty(FEW), np.empty(FEW, np.int64)
    usual, looked = -1.0, 0
    for row in rows:
        t, x = queries[row, 0], queries[row, 1]
        u, v = t + x, t - x
        own = row if are_points else -1
        rank_u, rank_v = query_ranks[row, 0], query_ranks[row, 1]
        scale = max(largest, abs(t) + abs(x))
        slack, blur = ROUNDING * scale * scale, ROUNDING * scale
        guess = GROWTH * usual
        if usual <= 0.0:
            # the k-th |s²| among the 4 k neighbours along u
            start, end = max(rank_u - 2 * k, 0), min(rank_u + 2 * k, n)
            held = _look(grid_t, grid_x, start, end, t, x, np.inf, values, hits, 0)
            held = _without_doubles(
                grid_t, grid_x, labels, t, x, own, (0, 0, 0, 0), hits, held, candidates, indices
            )  # fmt: skip
            looked += end - start
            guess = np.inf
            if held >= k:
                guess = write_best(candidates, indices, 0, held, heap, ranked, found, found_values, row)
        # the block, and how far it reaches
        strip, column = min(rank_u // stride, strips - 1), min(rank_v // stride, strips - 1)
        strip_0, strip_1 = max(strip - 1, 0), min(strip + 2, strips)
        column_0, column_1 = max(column - 1, 0), min(column + 2, strips)
        size = 0
        for s in range(strip_0, strip_1):
            size += starts[s * strips + column_1] - starts[s * strips + column_0]
        block_u = apart(grid_u, u, strip_0 * stride, min(strip_1 * stride, n)) - blur
        block_v = apart(grid_v, v, column_0 * stride, min(column_1 * stride, n)) - blur
        width = np.sqrt(guess + slack) + blur
        while True:
            width_u, width_v = width, width
            blocked = size <= MOST and min(block_u, block_v) > 2.0 * width
            if blocked:
                width_u, width_v = width * (width / block_v) + blur, width * (width / block_u) + blur
            left_u, right_u = window(grid_u, u - width_u, u + width_u, rank_u)
            left_v, right_v = window(grid_v, v - width_v, v + width_v, rank_v)
            looked += right_u - left_u + right_v - left_v
            held = _look(grid_t, grid_x, left_u, right_u, t, x, guess, values, hits, 0)
            held = _look(grid_t, grid_x, n + left_v, n + right_v, t, x, guess, values, hits, held)
            # the least |Δu| and |Δv| outside of the windows
            apart_u = apart(grid_u, u, left_u, right_u) - blur
            apart_v = apart(grid_v, v, left_v, right_v) - blur
            bound = product(apart_u, apart_v)
            if blocked:
                looked += size
                for s in range(strip_0, strip_1):
                    start, end = 2 * n + starts[s * strips + column_0], 2 * n + starts[s * strips + column_1]
                    held = _look(grid_t, grid_x, start, end, t, x, guess, values, hits, held)
                bound = min(product(max(apart_u, block_u), apart_v), product(apart_u, max(apart_v, block_v)))
            seen = (left_u, right_u, left_v, right_v)
            held = _without_doubles(grid_t, grid_x, labels, t, x, own, seen, hits, held, candidates, indices)
            everything = bound == np.inf
            if held >= k or everything:
                reach = write_best(candidates, indices, 0, held, heap, ranked, found, found_values, row)
                if (everything and (held >= k or guess == np.inf)) or (not everything and bound - slack > reach):
                    break
            if everything:
                guess = np.inf  # no bound is needed
            else:
                guess = 4.0 * guess + slack
                width = 2.0 * width + blur + 1e-300  # 0 would stay 0
        if held >= k:
            usual = reach if usual <= 0.0 else 0.8 * usual + 0.2 * reach
    counts[0] += looked
