"""Compiled values of a separable form, at the points of a tile and over boxes.

The form is (Σ_{a < p} w_a² − Σ_{a ≥ p} w_a²) / (weight_q weight_x), with w_a the distance of query and point along axis
a, the shorter way round where there are periods. `plus` and `minus` are tuples as long as there are axes of either
sign; with `periods` and `query_weights` that may be None, each kind of form is compiled for itself.
Arrays are passed whole, with a row: a view of one costs more here than the work that is done with it.

The bounds over a box are made of the same operations in the same order as the values. Rounding is monotone, so that
they hold for the rounded values: the search finds exactly what comparing all rounded values would find.
"""
# mypy: disable-error-code="no-untyped-def,no-untyped-call"

from __future__ import annotations

from intertwine.compilation import compiled
from intertwine.geometry.box_tree import WIDTH


@compiled(inline="always")
def value_at(queries, query_weights, row, plus, minus, periods, tiles, weights, tile, j):
    """The form between query `row` and point j of a tile; NaN where there is none."""
    total = 0.0
    for a in range(len(plus)):
        d = queries[row, a] - tiles[tile, a, j]
        if periods is not None:
            d = abs(d)
            d = min(d, periods[a] - d)
        total += d * d
    for b in range(len(minus)):
        a = len(plus) + b
        d = queries[row, a] - tiles[tile, a, j]
        if periods is not None:
            d = abs(d)
            d = min(d, periods[a] - d)
        total -= d * d
    if query_weights is not None:
        total /= query_weights[row] * weights[tile, j]
    return total


@compiled(inline="always")
def hits_in(queries, query_weights, row, plus, minus, periods, tiles, weights, tile, smallest, largest):
    """Bit j is set where the form with point j of the tile lies in [smallest, largest]; one vector loop."""
    hits = 0
    for j in range(WIDTH):
        value = value_at(queries, query_weights, row, plus, minus, periods, tiles, weights, tile, j)
        hits |= ((value >= smallest) & (value <= largest)) << j
    return hits


@compiled(inline="always")
def bounds_at(queries, query_weights, row, plus, minus, periods, low, high, weight_range, node, j):
    """The range of the form over the box of a node's child j; NaN where there is none."""
    least, most = 0.0, 0.0
    for a in range(len(plus)):
        near, far = _near_and_far(queries[row, a], low[node, a, j], high[node, a, j], periods, a)
        least += near * near
        most += far * far
    for b in range(len(minus)):
        a = len(plus) + b
        near, far = _near_and_far(queries[row, a], low[node, a, j], high[node, a, j], periods, a)
        least -= far * far
        most -= near * near
    if query_weights is not None:
        light = query_weights[row] * weight_range[node, 0, j]
        heavy = query_weights[row] * weight_range[node, 1, j]
        least /= heavy if least >= 0.0 else light
        most /= light if most >= 0.0 else heavy
    return least, most


@compiled(inline="always")
def _near_and_far(q, low, high, periods, axis):
    """Least and greatest distance along one axis from q to [low, high]."""
    above, below = q - low, low - q
    beyond = q - high
    near = beyond if beyond > below else below
    near = near if near > 0.0 else 0.0
    far = above if above > -beyond else -beyond
    if periods is not None:
        # the shorter way round grows up to half the period and shrinks beyond
        period = periods[axis]
        near_round, far_round = min(near, period - near), min(far, period - far)
        # compared so that an empty box, which is NaN, stays NaN
        most = near_round if near_round > far_round else far_round
        half = 0.5 * period
        far = half if near <= half and half <= far else most
        near = far_round if far_round < near_round else near_round
    return near, far


@compiled(inline="always")
def bit_count(bits):
    """Number of bits that are set, of 64."""
    bits = bits - ((bits >> 1) & 0x5555555555555555)
    bits = (bits & 0x3333333333333333) + ((bits >> 2) & 0x3333333333333333)
    bits = (bits + (bits >> 4)) & 0x0F0F0F0F0F0F0F0F
    return (bits * 0x0101010101010101) >> 56
