"""NeighbourSearch: points in a space that need not be Euclidean, and exact answers about their neighbours."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from intertwine.errors import ConfigurationError
from intertwine.geometry.box_tree import BoxTree, build_box_tree, count_below
from intertwine.geometry.light_cone_grid import LightConeGrid, build_light_cone_grid
from intertwine.geometry.screen import Screen, build_screen
from intertwine.geometry.spaces import QuadraticForm, Space

Ints = NDArray[np.int64]
CHUNK = 512  # queries a task


class NeighbourSearch:
    """A search tree over n points of a space, built at the first query.

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
        self._points, self._weights = space.coordinates(points, "points")
        self.workers = workers or len(os.sched_getaffinity(0))
        self.opened = self.crossed = 0

    def __len__(self) -> int:
        return len(self._points)

    @cached_property
    def _tree(self) -> BoxTree:
        weights = np.ones(len(self._points)) if self._weights is None else self._weights
        return build_box_tree(self._points, weights)

    @cached_property
    def _sizes(self) -> Ints:
        return count_below(self._tree)

    @cached_property
    def _screen(self) -> Screen | None:
        flat = self._weights is None and self.space.periods is None
        return build_screen(self._tree, self.space.plus) if flat else None

    @cached_property
    def _grid(self) -> LightConeGrid:
        return build_light_cone_grid(self._points)

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
        coordinates, weights, _ = self._queries(queries)
        count = len(coordinates)
        # written whole by the kernels, in several threads: fresh memory is slow to get
        found, values = np.empty((count, k), dtype=np.int64), np.empty((count, k))
        if len(self) == 0 or count == 0:
            found[:], values[:] = -1, np.inf
            return found, values
        if self._is_light_cone:
            self._nearest_by_light_cone(coordinates, queries is None, found, values)
        else:
            self._nearest_by_tree(coordinates, weights, queries is None, found, values)
        held = ... if (found[:, -1] >= 0).all() else found >= 0  # neighbours come first
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
        if are_points:
            order = self._tree.order.ravel()
            return order[order >= 0]
        return build_box_tree(coordinates, np.ones(len(coordinates))).order.ravel()[: len(coordinates)]

    def _form(self) -> tuple[Any, ...]:
        return (0,) * self.space.plus, (0,) * self.space.minus, self.space.periods

    def _nearest_by_tree(self, coordinates: Any, weights: Any, are_points: bool, found: Ints, values: Any) -> None:
        from intertwine.geometry import nearest_kernels

        tree = self._tree
        members: Ints = nearest_kernels.group_members()  # type: ignore[no-untyped-call]
        screen = None if self._screen is None else self._screen.arrays

        def task(rows: Ints) -> Ints:
            counts = np.zeros(2, dtype=np.int64)
            queries = (coordinates, weights, rows, are_points)
            nearest_kernels.nearest(tree.arrays, screen, *self._form(), *queries, members, found, values, counts)
            return counts

        self.opened, self.crossed = np.sum(self._run(task, self._together(coordinates, are_points)), axis=0).tolist()

    def _nearest_by_light_cone(self, coordinates: Any, are_points: bool, found: Ints, values: Any) -> None:
        from intertwine.geometry import light_cone_kernels

        grid = self._grid
        ranks = grid.ranks if are_points else grid.ranks_of(coordinates)

        def task(rows: Ints) -> None:
            queries = (coordinates, ranks, rows, are_points)
            light_cone_kernels.nearest_by_windows(grid.arrays, *queries, found, values, np.zeros(1, dtype=np.int64))

        self._run(task, grid.by_cell if are_points else grid.together(ranks), 4 * CHUNK)

    def _range(self, low: float, high: float, queries: ArrayLike | None, listed: bool) -> tuple[Ints, Ints]:
        from intertwine.geometry import range_kernels

        if np.isnan(low) or np.isnan(high):
            raise ConfigurationError("not a range", received=f"[{low}, {high}]", expected="two numbers")
        coordinates, weights, own = self._queries(queries)
        smallest, largest = self.space.form(float(low)), self.space.form(float(high))
        counts = np.zeros(len(coordinates), dtype=np.int64)
        if len(self) == 0 or low > high:
            return counts, np.zeros(0, dtype=np.int64)
        tree, sizes = self._tree, self._sizes

        def visit(rows: Ints, firsts: Any, found: Any) -> None:
            some = np.zeros(len(rows), dtype=np.int64)
            chosen = (coordinates[rows], None if weights is None else weights[rows], own[rows])
            some_firsts = None if firsts is None else firsts[rows]
            range_kernels.within(
                tree.arrays, sizes, *self._form(), *chosen, smallest, largest, some, some_firsts, found
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

    def _run(self, task: Callable[[Ints], Any], order: Ints, chunk: int = CHUNK) -> list[Any]:
        pieces = [order[first : first + chunk] for first in range(0, len(order), chunk)]
        if self.workers == 1 or len(pieces) < 2:
            return [task(piece) for piece in pieces]
        with ThreadPoolExecutor(self.workers) as executor:
            return list(executor.map(task, pieces))


def _sorted_rows(counts: Ints, found: Ints) -> tuple[Ints, Ints]:
    rows = np.repeat(np.arange(len(counts)), counts)
    offsets = np.concatenate([[0], np.cumsum(counts)])
    return offsets, found[np.lexsort((found, rows))]
