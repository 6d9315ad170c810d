"""Compiled searches in 1+1 dimensions, in light-cone coordinates u = t + x, v = t − x, where s² = Δu Δv."""
# mypy: disable-error-code="no-untyped-def,no-untyped-call"

from __future__ import annotations

import numpy as np

from intertwine.compilation import compiled
from intertwine.geometry.nearest_kernels import is_before, offer, sort_best

GROWTH = 1.5  # of the usual k-th |s²|: few queries have to look again
FEW = 32  # best ones kept in order; more in a heap
_ROUNDING = 64 * 2.0**-53


@compiled(inline="always")
def _insert(value, index, best_values, best_indices, held):
    """Into the k best in ascending order; the number held afterwards. For small k faster than a heap."""
    k = best_values.shape[1]
    place = min(held, k - 1)
    if held == k and not is_before(value, index, best_values[0, place], best_indices[0, place]):
        return held
    while place > 0 and is_before(value, index, best_values[0, place - 1], best_indices[0, place - 1]):
        best_values[0, place], best_indices[0, place] = best_values[0, place - 1], best_indices[0, place - 1]
        place -= 1
    best_values[0, place], best_indices[0, place] = value, index
    return min(held + 1, k)


@compiled(inline="always")
def _scan(source, start, end, left, right, t, x, own, reach, values, best_values, best_indices, held):
    """Offer what lies in [start, end) of one side, but for what has a rank in [left, right) on the other side.

    Returns the number held, and the reach: the k-th value once there is one.
    """
    # views: an index that might be negative is not vectorised
    k = best_values.shape[1]
    times, places = source[1][start:end], source[2][start:end]
    indices, ranks = source[3][start:end], source[4][start:end]
    for j in range(end - start):
        a, b = t - times[j], x - places[j]
        values[j] = abs(a * a - b * b)
    for j in range(end - start):
        if values[j] <= reach:
            index, rank = indices[j], ranks[j]
            if index != own and not left <= rank < right:
                if k > FEW:
                    held = offer(values[j], index, best_values, best_indices, 0, held)
                else:
                    held = _insert(values[j], index, best_values, best_indices, held)
                if held == k:
                    reach = best_values[0, 0] if k > FEW else best_values[0, k - 1]
    return held, reach


@compiled()
def _place(keys, key, near):
    """np.searchsorted(keys, key), fast where it is not far from `near`."""
    n, step = keys.size, 16
    low, high = near, near
    if near < n and keys[near] < key:
        while high < n and keys[high] < key:
            low, high, step = high, high + step, 2 * step
    else:
        while low > 0 and keys[low - 1] >= key:
            high, low, step = low, low - step, 2 * step
    low, high = max(low, 0), min(high, n)
    while low < high:
        middle = (low + high) >> 1
        if keys[middle] < key:
            low = middle + 1
        else:
            high = middle
    return low


@compiled()
def nearest_by_windows(by_u, by_v, largest, points, queries, own, found, found_values, counts):
    """The k points with the smallest |s²| for every query, as `nearest`; found_values are s² with its sign.

    by_u, by_v: (sorted coordinate, t, x, index, rank on the other side) of all points; largest: the largest |t| + |x|.
    A point outside of both windows |Δu| < a and |Δv| < a has |s²| ≥ a². With a² a little above what the k-th |s²| was
    for the queries before, the two windows are looked through once; where they hold fewer than k points that near, once
    more with a larger a.
    The first of all takes for a² the k-th |s²| among its 4 k neighbours along u. counts[0]: points looked at.
    """
    n, k = by_u[0].size, found.shape[1]
    best_values, best_indices, values = np.empty((1, k)), np.empty((1, k), np.int64), np.empty(n)
    looked = 0
    usual = -1.0
    left_u, right_u, left_v, right_v = 0, 0, 0, 0
    for row in range(queries.shape[0]):
        t, x = queries[row, 0], queries[row, 1]
        scale = max(largest, abs(t) + abs(x))
        slack, blur = _ROUNDING * scale * scale, _ROUNDING * scale
        guess = GROWTH * usual
        if usual <= 0.0:
            centre = np.searchsorted(by_u[0], t + x)
            start, end = max(centre - 2 * k, 0), min(centre + 2 * k, n)
            looked += end - start
            held, guess = _scan(by_u, start, end, 0, 0, t, x, own[row], np.inf, values, best_values, best_indices, 0)
        width = np.sqrt(guess + slack) + blur
        while True:
            left_u = _place(by_u[0], t + x - width, left_u)
            right_u = _place(by_u[0], t + x + width, right_u)
            left_v = _place(by_v[0], t - x - width, left_v)
            right_v = _place(by_v[0], t - x + width, right_v)
            looked += right_u - left_u + right_v - left_v
            held, reach = _scan(
                by_u, left_u, right_u, 0, 0, t, x, own[row], guess, values, best_values, best_indices, 0
            )  # fmt: skip
            held, reach = _scan(
                by_v, left_v, right_v, left_u, right_u, t, x, own[row], reach, values, best_values, best_indices, held
            )  # fmt: skip
            # the distance of what is in neither window
            below = t + x - by_u[0][left_u - 1] if left_u > 0 else np.inf
            above = by_u[0][right_u] - (t + x) if right_u < n else np.inf
            width_u = min(below, above)
            below = t - x - by_v[0][left_v - 1] if left_v > 0 else np.inf
            above = by_v[0][right_v] - (t - x) if right_v < n else np.inf
            width_v = min(below, above)
            if width_u == np.inf or width_v == np.inf:
                if held == k or guess == np.inf:
                    break
                guess = np.inf  # all points are in the windows: no bound is needed
            elif held == k and max(width_u - blur, 0.0) * max(width_v - blur, 0.0) - slack > reach:
                break
            else:
                guess = 4.0 * guess + slack
                width = 2.0 * width + blur + 1e-300  # 0 would stay 0
        if held == k:
            usual = reach if usual <= 0.0 else 0.8 * usual + 0.2 * reach
        sort_best(best_values, best_indices, 0, held)
        for j in range(held):
            index = best_indices[0, j]
            a, b = t - points[index, 0], x - points[index, 1]
            found[row, j], found_values[row, j] = index, a * a - b * b
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
