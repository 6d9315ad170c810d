"""NeighbourSearch: points in a space that need not be Euclidean, and exact answers about their neighbours."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from intertwine.errors import ConfigurationError
from intertwine.geometry.box_tree import BoxTree, build_box_tree, count_below
from intertwine.geometry.spaces import QuadraticForm, Space

Ints = NDArray[np.int64]
CHUNK = 512  # queries a task


class NeighbourSearch:
    """A search tree over n points of a space.

    Branch and bound: a tree of boxes, the exact range of the form over each box, and only those boxes opened that may
    hold an answer. Answers are the same as those of comparing all points, number by number: forms are compared as
    float64, ties go to the smaller index. In 1+1 dimensional Minkowski space k-nearest queries and causal counts use
    light-cone coordinates instead.

    Parameters
    ----------
    points:
        As the space takes them; n = 0 is fine.
    space:
        `Minkowski(3)`, `QuadraticForm(G)`, `Euclidean(3)`, `Sphere(2)`, `Torus(periods)`, `Hyperbolic(2)`.
    workers:
        Threads; None: one for each core that the process may use. They do not change the answers.

    Attributes
    ----------
    opened, crossed:
        Leaves opened, and leaves met by the null cones of the queries, in the last `nearest` through the tree.

    Raises
    ------
    DataError
        For NaN, infinity, wrong shapes, points outside of the space.
    """

    def __init__(self, points: ArrayLike, space: Space, *, workers: int | None = None) -> None:
        self.space = space
        self._points, weights = space.coordinates(points, "points")
        self._weights = weights
        self.workers = workers or len(os.sched_getaffinity(0))
        self.opened = self.crossed = 0
        self._tree: BoxTree | None = None
        self._sizes = np.zeros((0, 0), dtype=np.int64)
        if len(self._points):
            self._tree = build_box_tree(self._points, np.ones(len(self._points)) if weights is None else weights)
            self._sizes = count_below(self._tree)
        self._windows: tuple[Any, Any, float] | None = None

    def __len__(self) -> int:
        return len(self._points)

    @property
    def _is_light_cone(self) -> bool:
        """Minkowski space of 1+1 dimensions."""
        return isinstance(self.space, QuadraticForm) and (self.space.plus, self.space.minus) == (1, 1)

    def nearest(self, k: int, queries: ArrayLike | None = None) -> tuple[Ints, NDArray[np.float64]]:
        """The k nearest points to each query, by distance, or by |s²| where the form has both signs.

        queries: points of the space; None: the points themselves, each without itself. Returns indices [queries, k] in
        ascending order of distance, −1 where there are fewer points, and what `space.reported` says of each: distance,
        angle, s² with its sign; inf where there is no point. Raises ConfigurationError, DataError.
        """
        if not isinstance(k, int | np.integer) or k < 1:
            raise ConfigurationError("not a number of neighbours", received=repr(k), expected="an integer ≥ 1")
        coordinates, weights, own = self._queries(queries)
        count = len(coordinates)
        found, values = np.full((count, k), -1, dtype=np.int64), np.full((count, k), np.inf)
        if self._tree is not None and count:
            order = self._together(coordinates, queries is None)
            self._nearest(order, coordinates, weights, own, found, values)
        held = found >= 0
        if self.space.minus and not self._is_light_cone:  # the kernel knows magnitudes only
            values[held] = self._forms(coordinates, weights, found)[held]
        values[held] = self.space.reported(values[held])
        return found, values

    def count(self, low: float, high: float, queries: ArrayLike | None = None) -> Ints:
        """How many points have low ≤ distance (or s²) ≤ high, [queries]. Raises ConfigurationError, DataError."""
        return self._range(low, high, queries, listed=False)[0]

    def within(self, low: float, high: float, queries: ArrayLike | None = None) -> tuple[Ints, Ints]:
        """Those points: offsets [queries + 1], and indices, ascending, query i's at offsets[i] : offsets[i + 1]."""
        counts, found = self._range(low, high, queries, listed=True)
        return _sorted_rows(counts, found)

    def _queries(self, queries: ArrayLike | None) -> tuple[Any, Any, Ints]:
        if queries is None:
            return self._points, self._weights, np.arange(len(self._points))
        coordinates, weights = self.space.coordinates(queries, "queries")
        return coordinates, weights, np.full(len(coordinates), -1, dtype=np.int64)

    def _together(self, coordinates: Any, are_points: bool) -> Ints:
        """An order of the queries in which those near to each other follow each other."""
        if are_points and self._tree is not None:
            order = self._tree.order.ravel()
            return order[order >= 0]
        return build_box_tree(coordinates, np.ones(len(coordinates))).order.ravel()[: len(coordinates)]

    def _form(self) -> tuple[Any, ...]:
        return (0,) * self.space.plus, (0,) * self.space.minus, self.space.periods

    def _nearest(self, order: Ints, coordinates: Any, weights: Any, own: Ints, found: Ints, values: Any) -> None:
        from intertwine.geometry import light_cone_kernels, nearest_kernels

        if self._tree is None:
            return
        tree, k = self._tree, found.shape[1]
        members: Ints = nearest_kernels.group_members()  # type: ignore[no-untyped-call]
        if self._is_light_cone and self._windows is None:
            self._windows = _windows(self._points)

        def task(rows: Ints) -> Ints:
            counts = np.zeros(2, dtype=np.int64)
            some, some_values = np.full((len(rows), k), -1, dtype=np.int64), np.full((len(rows), k), np.inf)
            if self._windows is not None:
                light_cone_kernels.nearest_by_windows(
                    *self._windows, self._points, coordinates[rows], own[rows], some, some_values, counts
                )
            else:
                some_weights = None if weights is None else weights[rows]
                arguments = (coordinates[rows], some_weights, own[rows], members, some, some_values, counts)
                nearest_kernels.nearest(tree.arrays, *self._form(), *arguments)
            found[rows], values[rows] = some, some_values
            return counts

        self.opened, self.crossed = np.sum(self._run(task, order), axis=0).tolist()

    def _range(self, low: float, high: float, queries: ArrayLike | None, listed: bool) -> tuple[Ints, Ints]:
        from intertwine.geometry import range_kernels

        if np.isnan(low) or np.isnan(high):
            raise ConfigurationError("not a range", received=f"[{low}, {high}]", expected="two numbers")
        coordinates, weights, own = self._queries(queries)
        smallest, largest = self.space.form(float(low)), self.space.form(float(high))
        counts = np.zeros(len(coordinates), dtype=np.int64)
        if self._tree is None or low > high:
            return counts, np.zeros(0, dtype=np.int64)
        tree = self._tree

        def visit(rows: Ints, firsts: Any, found: Any) -> None:
            some = np.zeros(len(rows), dtype=np.int64)
            chosen = (coordinates[rows], None if weights is None else weights[rows], own[rows])
            some_firsts = None if firsts is None else firsts[rows]
            range_kernels.within(
                tree.arrays, self._sizes, *self._form(), *chosen, smallest, largest, some, some_firsts, found
            )
            counts[rows] = some

        return self._count_then_list(visit, self._together(coordinates, queries is None), counts, listed)

    def _count_then_list(
        self, visit: Callable[[Ints, Any, Any], Any], order: Ints, counts: Ints, listed: bool
    ) -> tuple[Ints, Ints]:
        self._run(lambda rows: visit(rows, None, None), order)
        if not listed:
            return counts, np.zeros(0, dtype=np.int64)
        firsts, found = np.cumsum(counts) - counts, np.empty(int(counts.sum()), dtype=np.int64)
        self._run(lambda rows: visit(rows, firsts, found), order)
        return counts, found

    def _run(self, task: Callable[[Ints], Any], order: Ints) -> list[Any]:
        pieces = [order[first : first + CHUNK] for first in range(0, len(order), CHUNK)]
        if self.workers == 1 or len(pieces) < 2:
            return [task(piece) for piece in pieces]
        with ThreadPoolExecutor(self.workers) as executor:
            return list(executor.map(task, pieces))

    def _forms(self, coordinates: Any, weights: Any, found: Ints) -> NDArray[np.float64]:
        """The form between queries and the points found, in the order of operations of the kernels."""
        total = np.zeros(found.shape)
        if len(self._points) == 0:
            return total
        for axis in range(self.space.plus + self.space.minus):
            d = np.abs(coordinates[:, None, axis] - self._points[found, axis])
            if self.space.periods is not None:
                d = np.minimum(d, self.space.periods[axis] - d)
            total = total + d * d if axis < self.space.plus else total - d * d
        if weights is not None and self._weights is not None:
            total = total / (weights[:, None] * self._weights[found])
        return total


def _windows(points: Any) -> tuple[Any, Any, float]:
    """All points sorted by u = t + x and by v = t − x: the coordinate, t, x, index, rank on the other side.

    And the largest |t| + |x|.
    """
    keys = (points[:, 0] + points[:, 1], points[:, 0] - points[:, 1])
    orders = [np.argsort(key, kind="stable") for key in keys]
    ranks = [np.argsort(order) for order in orders]
    by_u, by_v = (
        (key[order], points[order, 0], points[order, 1], order, other[order])
        for key, order, other in zip(keys, orders, reversed(ranks), strict=True)
    )
    return by_u, by_v, float(np.abs(points).sum(axis=1).max())


def _sorted_rows(counts: Ints, found: Ints) -> tuple[Ints, Ints]:
    rows = np.repeat(np.arange(len(counts)), counts)
    offsets = np.concatenate([[0], np.cumsum(counts)])
    return offsets, found[np.lexsort((found, rows))]
