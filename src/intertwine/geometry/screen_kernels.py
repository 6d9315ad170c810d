"""Compiled screening of tiles in single precision: whether a tile may hold a point with |form| ≤ far."""
# mypy: disable-error-code="no-untyped-def,no-untyped-call"

from __future__ import annotations

import numpy as np

from intertwine.compilation import compiled
from intertwine.geometry.box_tree import WIDTH

_UNIT = 2.0**-24  # rounding of float32, relative
_LARGE = 1e15  # squares stay in the range of float32


@compiled()
def prepare(screen, plus, queries, row, factors, i):
    """Factors ∓2 q_a of query `row` into factors[i] (float32 [:, dim]); Q, and a bound on all that rounding does.

    The bound is inf where the query is too far away to be screened. With R² = Σ (|x_a| + |q_a|)², the largest of it,
    rounding of P costs R², of factors, coordinates and products 3 R², of four or so sums R² each, of the limits up to
    2 R², in units of 2⁻²⁴; twice as much is taken. Rounding of double precision counts where the centre is far from 0.
    """
    _, centre, extent, scale, offset = screen
    own, square, size = 0.0, 0.0, offset
    for a in range(centre.size):
        q = (queries[row, a] - centre[a]) * scale
        sign = 1.0 if a < len(plus) else -1.0
        factors[i, a] = -2.0 * sign * q if abs(q) < _LARGE else 0.0
        own += sign * q * q
        square += (extent[a] + abs(q)) * (extent[a] + abs(q))
        size = max(size, abs(queries[row, a]) * scale)
    if not square < _LARGE * _LARGE:
        return own, np.inf
    return own, _UNIT * (16.0 + 2.0 * centre.size) * square + 2.0**-48 * size * np.sqrt(square * centre.size)


@compiled(inline="always")
def may_hold(tiles, tile, plus, minus, factors, i, own, slack, far):
    """Whether the tile may have a point with |s²| ≤ far; own, slack: from `prepare`; far: in scaled units."""
    reach = far * (1.0 + 4.0 * _UNIT) + slack
    low, high = np.float32(-reach - own), np.float32(reach - own)
    near = 0
    for j in range(WIDTH):
        value = tiles[tile, 0, j]
        for a in range(len(plus) + len(minus)):
            value += factors[i, a] * tiles[tile, a + 1, j]
        near += (value >= low) & (value <= high)
    return near > 0
