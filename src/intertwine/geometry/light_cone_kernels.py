"""Compiled searches in 1+1 dimensions, in light-cone coordinates u = t + x, v = t − x, where s² = Δu Δv."""
# mypy: disable-error-code="no-untyped-def,no-untyped-call"

from __future__ import annotations

import numpy as np

from intertwine.compilation import compiled
from intertwine.geometry.nearest_kernels import offer, sort_best

BLOCK = 32
_ROUNDING = 64 * 2.0**-53


@compiled()
def nearest_by_windows(by_u, by_v, points, queries, own, found, found_values, counts):
    """The k points with the smallest |s²| for every query, as `nearest`; found_values are s² with its sign.

    by_u, by_v: (sorted coordinate, t, x, index) of all points. A point outside of a window |Δu| < a and outside of a
    window |Δv| < b has |s²| ≥ a b: the windows grow, the narrower first, until that exceeds the k-th |s²| found.
    A query starts with the reach of the one before, doubled, and again without bounds where that was too near.
    counts[0]: points looked at.
    """
    n, k = by_u[0].size, found.shape[1]
    best_values, best_indices, values = np.empty((1, k)), np.empty((1, k), np.int64), np.empty(BLOCK)
    largest = 0.0
    for j in range(n):
        largest = max(largest, abs(by_u[1][j]) + abs(by_u[2][j]))
    looked = 0
    row, guess = 0, np.inf
    while row < queries.shape[0]:
        t, x = queries[row, 0], queries[row, 1]
        scale = max(largest, abs(t) + abs(x))
        slack, blur = _ROUNDING * scale * scale, _ROUNDING * scale
        held, reach = 0, guess
        left_u = np.searchsorted(by_u[0], t + x)
        left_v = np.searchsorted(by_v[0], t - x)
        right_u, right_v = left_u, left_v
        while True:
            # the distance of what is not yet in either window
            below = t + x - by_u[0][left_u - 1] if left_u > 0 else np.inf
            above = by_u[0][right_u] - (t + x) if right_u < n else np.inf
            width_u = min(below, above)
            on_left_u = below <= above
            below = t - x - by_v[0][left_v - 1] if left_v > 0 else np.inf
            above = by_v[0][right_v] - (t - x) if right_v < n else np.inf
            width_v = min(below, above)
            on_left_v = below <= above
            if width_u == np.inf or width_v == np.inf:
                break
            if max(width_u - blur, 0.0) * max(width_v - blur, 0.0) - slack > reach:
                break
            along_u = width_u <= width_v
            source = by_u if along_u else by_v
            if along_u:
                start = max(left_u - BLOCK, 0) if on_left_u else right_u
                end = left_u if on_left_u else min(right_u + BLOCK, n)
                left_u, right_u = min(left_u, start), max(right_u, end)
            else:
                start = max(left_v - BLOCK, 0) if on_left_v else right_v
                end = left_v if on_left_v else min(right_v + BLOCK, n)
                left_v, right_v = min(left_v, start), max(right_v, end)
            looked += end - start
            hits = 0
            for j in range(end - start):
                a, b = t - source[1][start + j], x - source[2][start + j]
                value = abs(a * a - b * b)
                values[j] = value
                hits += value <= reach
            if hits > 0:
                for j in range(end - start):
                    index = source[3][start + j]
                    if values[j] <= reach and index != own[row]:
                        known = False  # it may have come in by the other window
                        for i in range(held):
                            known |= best_indices[0, i] == index
                        if not known:
                            held = offer(values[j], index, best_values, best_indices, 0, held)
                            if held == k:
                                reach = best_values[0, 0]
        if held < k and guess < np.inf:
            guess = np.inf
            continue
        sort_best(best_values, best_indices, 0, held)
        for j in range(held):
            index = best_indices[0, j]
            a, b = t - points[index, 0], x - points[index, 1]
            found[row, j], found_values[row, j] = index, a * a - b * b
        row += 1
        guess = 2.0 * reach
    counts[0] += looked


@compiled()
def count_dominated(first, second, order, ranks, is_point, counts):
    """counts[i]: points j with first[j] ≥ first[i] and second[j] ≥ second[i], itself included if it is a point.

    order: descending in `first`. first, second: dense ranks from 0; ranks: how many of `second`. A Fenwick tree over
    `second`: N log N in all.
    """
    tree = np.zeros(ranks + 1, np.int64)
    start = 0
    while start < order.size:
        end = start
        while end < order.size and first[order[end]] == first[order[start]]:
            if is_point[order[end]]:
                place = ranks - second[order[end]]  # reversed, so that a prefix is what is not smaller
                while place <= ranks:
                    tree[place] += 1
                    place += place & -place
            end += 1
        for i in range(start, end):
            place = ranks - second[order[i]]
            total = 0
            while place > 0:
                total += tree[place]
                place -= place & -place
            counts[order[i]] = total
        start = end
