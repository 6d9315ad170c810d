"""`nearest_graph`: the k nearest neighbours of every point, in open space or in a periodic cell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from intertwine.errors import ConfigurationError
from intertwine.geometry.array_checks import check_cell, check_points
from intertwine.geometry.edges import Edges, sorted_edges
from intertwine.geometry.neighbour_search import NeighbourSearch
from intertwine.geometry.radius_search import radius_graph
from intertwine.geometry.spaces import Euclidean


def nearest_graph(
    positions: ArrayLike,
    k: int,
    cell: ArrayLike | None = None,
    pbc: bool | Sequence[bool] | NDArray[np.bool_] | None = None,
) -> Edges:
    """k edges to every point from its nearest neighbours; in open space no more than there are other points.

    Ties go to the smaller index, then to the smaller shift. Parameters and errors as in `radius_graph`.

    Raises
    ------
    ConfigurationError
        For k < 1.
    """
    if not isinstance(k, int | np.integer) or k < 1:
        raise ConfigurationError("not a number of neighbours", received=repr(k), expected="an integer ≥ 1")
    flags: Any = (cell is not None) if pbc is None else pbc
    box, periodic = check_cell(cell, flags)
    if not periodic.any():
        points = check_points(positions)
        wanted = min(int(k), len(points) - 1)
        if wanted < 1:
            empty = np.zeros(0, dtype=np.int64)
            return Edges(empty, empty, np.zeros((0, points.shape[1]), dtype=np.int64))
        senders, _ = NeighbourSearch(points, Euclidean(points.shape[1]), workers=1).nearest(wanted)
        receivers = np.repeat(np.arange(len(points)), wanted)
        return sorted_edges(senders.ravel(), receivers, np.zeros((receivers.size, points.shape[1]), dtype=np.int64))
    points = check_points(positions, dim=3)
    # a sphere that holds k points at the mean density along the periodic directions; doubled until every point has k
    cutoff = float(np.linalg.norm(box[periodic], axis=1).min()) + float(np.ptp(points, axis=0).max(initial=0.0)) / 4
    while True:
        edges = radius_graph(points, cutoff, box, periodic)
        if len(points) == 0 or np.bincount(edges.receivers, minlength=len(points)).min() >= k:
            return _keep(edges, points, box, int(k))
        cutoff *= 1.5


def _keep(edges: Edges, points: NDArray[np.float64], cell: NDArray[np.float64], k: int) -> Edges:
    lengths = np.linalg.norm(edges.vectors(points, cell), axis=1)
    order = np.lexsort((*edges.shifts.T[::-1], edges.senders, lengths, edges.receivers))
    receivers = edges.receivers[order]
    first = np.searchsorted(receivers, receivers)
    kept = order[np.arange(len(order)) - first < k]
    return sorted_edges(edges.senders[kept], edges.receivers[kept], edges.shifts[kept])
