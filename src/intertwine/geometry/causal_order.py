"""CausalOrder: which points of flat space-time lie in whose future."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from intertwine.errors import ConfigurationError
from intertwine.geometry.neighbour_search import NeighbourSearch, _sorted_rows
from intertwine.geometry.spaces import Minkowski

Ints = NDArray[np.int64]
Direction = Literal["future", "past"]


class CausalOrder:
    """The causal order of points (t, x, …): y is in the future of x if Δt > 0 and Δt² ≥ |Δx|².

    Lightlike pairs count, or not with `strict`; points at one place are unrelated. The sign of Δt² − |Δx|² is that of
    exact arithmetic on the numbers given, so that the order is transitive; differences and their squares must be in
    the range of float64. Raises DataError for points that are not finite or have the wrong shape.
    """

    def __init__(self, points: ArrayLike, *, strict: bool = False, workers: int | None = None) -> None:
        points = np.asarray(points)
        dim = points.shape[1] if points.ndim == 2 else 2
        if dim < 2:
            raise ConfigurationError("no space-time", received=f"shape {points.shape}", expected="(t, x, …): [n, 2…]")
        self._search = NeighbourSearch(points, Minkowski(dim - 1), workers=workers)
        self.strict, self.dim = strict, dim
        self.opened = 0

    def counts(self, direction: Direction = "future", queries: ArrayLike | None = None) -> Ints:
        """How many points lie in the future (or past) of each query, int64 [queries]; queries None: of each point.

        In 1+1 dimensions by ranks of the light-cone coordinates, N log N; else by the tree. Raises ConfigurationError.
        """
        if self.dim == 2 and not self.strict:
            return self._by_ranks(_sign(direction), queries)
        return self._visit(direction, queries, listed=False)[0]

    def lists(self, direction: Direction = "future", queries: ArrayLike | None = None) -> tuple[Ints, Ints]:
        """Those points: offsets [queries + 1], and indices, ascending for each query. Raises ConfigurationError."""
        return _sorted_rows(*self._visit(direction, queries, listed=True))

    def _visit(self, direction: Direction, queries: ArrayLike | None, listed: bool) -> tuple[Ints, Ints]:
        from intertwine.geometry import causal_kernels

        sign, search = _sign(direction), self._search
        coordinates, _, _ = search._queries(queries)
        counts = np.zeros(len(coordinates), dtype=np.int64)
        if len(search) == 0 or len(coordinates) == 0:
            return counts, np.zeros(0, dtype=np.int64)
        arrays, sizes, minus = search._tree.arrays, search._sizes, (0,) * (self.dim - 1)
        opened = np.zeros(2, dtype=np.int64)

        def visit(rows: Ints, firsts: Any, found: Any) -> None:
            some, looked = np.zeros(len(rows), dtype=np.int64), np.zeros(2, dtype=np.int64)
            some_firsts = None if firsts is None else firsts[rows]
            arguments = (coordinates[rows], sign, int(self.strict), some, some_firsts, found, looked)
            causal_kernels.causal(arrays, sizes, minus, *arguments)
            counts[rows] = some
            opened[:] += looked

        order = search._together(coordinates, queries is None)
        result = search._count_then_list(visit, order, counts, listed)
        self.opened = int(opened[0])
        return result

    def _by_ranks(self, sign: int, queries: ArrayLike | None) -> Ints:
        from intertwine.geometry import dominance_kernels

        points = self._search._points
        asked = points if queries is None else self._search._queries(queries)[0]
        both = sign * (points if queries is None else np.concatenate([points, asked]))
        is_point = np.arange(len(both)) < len(points)
        first, second = (_exact_ranks(both[:, 0], side * both[:, 1]) for side in (1, -1))
        counts = np.zeros(len(both), dtype=np.int64)
        ranks = int(second.max(initial=0)) + 1
        dominance_kernels.count_dominated(first, second, np.argsort(-first, kind="stable"), ranks, is_point, counts)
        # those at the same place, itself among them, are not in the future
        key = first * ranks + second
        places, inverse = np.unique(key, return_inverse=True)
        same = np.bincount(inverse[is_point], minlength=len(places))[inverse]
        return (counts - same)[len(both) - len(asked) :]


def _sign(direction: str) -> int:
    if direction not in ("future", "past"):
        raise ConfigurationError("not a direction of time", received=repr(direction), expected='"future" or "past"')
    return 1 if direction == "future" else -1


def _exact_ranks(a: NDArray[np.float64], b: NDArray[np.float64]) -> Ints:
    """Dense ranks of a + b without rounding: sum and error (Knuth's two-sum) sort as the exact sum does."""
    total = a + b
    back = total - a
    error = (a - (total - back)) + (b - back)
    order = np.lexsort((error, total))
    new = (np.diff(total[order]) != 0) | (np.diff(error[order]) != 0)
    ranks = np.empty(len(a), dtype=np.int64)
    ranks[order] = np.concatenate([[0], np.cumsum(new)])[: len(a)]
    return ranks
