"""Compiled exact sign of Δt² − |Δx|²: where rounding leaves it open, sums of doubles without error decide.

Source: Shewchuk, Discrete Comput. Geom. 18, 305 (1997): two-sum, two-product, growing an expansion.
"""
# mypy: disable-error-code="no-untyped-def,no-untyped-call"

from __future__ import annotations

import numpy as np

from intertwine.compilation import compiled

_SPLITTER = 134217729.0  # 2²⁷ + 1


@compiled()
def _two_product(a, b):
    """a b = p + e exactly."""
    p = a * b
    c = _SPLITTER * a
    a_high = c - (c - a)
    c = _SPLITTER * b
    b_high = c - (c - b)
    a_low, b_low = a - a_high, b - b_high
    return p, ((a_high * b_high - p) + a_high * b_low + a_low * b_high) + a_low * b_low


@compiled()
def _grow(parts, count, value):
    """Add a number to an expansion of increasing parts that do not overlap; the new number of parts."""
    kept = 0
    for i in range(count):
        total = value + parts[i]
        back = total - value
        error = (value - (total - back)) + (parts[i] - back)
        if error != 0.0:
            parts[kept] = error
            kept += 1
        value = total
    parts[kept] = value
    return kept + 1


@compiled()
def exact_sign(queries, row, tiles, tile, j):
    """Sign of Δt² − Σ Δx² of the numbers as they are; axis 0 is time. Exact unless products over- or underflow."""
    dim = tiles.shape[1]
    parts = np.zeros(8 * dim + 8)
    count = 0
    for a in range(dim):
        x, y = queries[row, a], tiles[tile, a, j]
        # x − y = high + low exactly
        high = x - y
        back = x - high
        low = (x - (high + back)) + (back - y)
        sign = 1.0 if a == 0 else -1.0
        for first, second, factor in ((high, high, sign), (high, low, 2 * sign), (low, low, sign)):
            p, e = _two_product(first, second)
            count = _grow(parts, count, factor * e)
            count = _grow(parts, count, factor * p)
    for i in range(count - 1, -1, -1):
        if parts[i] != 0.0:
            return 1 if parts[i] > 0.0 else -1
    return 0
