"""Compiled windows in a sorted list: where they begin and end, and how far away is what they leave out."""
# mypy: disable-error-code="no-untyped-def,no-untyped-call"

from __future__ import annotations

import numpy as np

from intertwine.compilation import compiled

NEAR = 64  # ranks on either side where the ends of a window are looked for first


@compiled()
def _place(keys, key, near):
    """np.searchsorted(keys, key), fast where it is not far from `near`."""
    n, step = keys.size, 16
    near = min(max(near, 0), n)
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


@compiled(inline="always")
def window(keys, low, high, rank):
    """np.searchsorted(keys, [low, high]), by counting among the keys around `rank`, else by steps away from it."""
    start = min(max(rank - NEAR, 0), keys.size - 2 * NEAR)
    below_low, below_high = 0, 0
    if start >= 0:
        near = keys[start : start + 2 * NEAR]
        for j in range(2 * NEAR):
            below_low += near[j] < low
            below_high += near[j] < high
    else:
        start = 0
    left, right = start + below_low, start + below_high
    if below_low == 0 or below_low == 2 * NEAR:
        left = _place(keys, low, left)
    if below_high == 0 or below_high == 2 * NEAR:
        right = _place(keys, high, right)
    return left, right


@compiled(inline="always")
def apart(keys, key, left, right):
    """The least distance from `key` to what is outside of keys[left : right]."""
    below = key - keys[left - 1] if left > 0 else np.inf
    above = keys[right] - key if right < keys.size else np.inf
    return min(below, above)


@compiled(inline="always")
def product(a, b):
    """a b of what is positive; infinite where one is, which says that there is nothing."""
    return np.inf if a == np.inf or b == np.inf else max(a, 0.0) * max(b, 0.0)
