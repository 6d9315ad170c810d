"""`radius_graph`: all pairs closer than a cut-off, in open space or in a periodic cell of any shape."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from intertwine.errors import ConfigurationError
from intertwine.geometry.array_checks import check_cell, check_points
from intertwine.geometry.edges import Edges, sorted_edges
from intertwine.optional_library import optional_library


def radius_graph(
    positions: ArrayLike,
    cutoff: float,
    cell: ArrayLike | None = None,
    pbc: bool | Sequence[bool] | NDArray[np.bool_] | None = None,
) -> Edges:
    """Every edge with |vector| < cutoff, both directions of each pair.

    Parameters
    ----------
    positions:
        [n, dim]; dim = 3 where there is a cell. Points may lie outside of the cell. Units: those of cutoff and cell.
    cell:
        [3, 3], one cell vector a row: any shape, also much smaller than the cut-off, where a point has several images
        of another and of itself as neighbours. The point itself (shift 0) never is one; another at its place is.
    pbc:
        Periodic directions; None: all where there is a cell, none otherwise.

    Raises
    ------
    DataError
        For NaN or infinity, wrong shapes, a flat cell.
    ConfigurationError
        For a cut-off that is not positive.
    MissingDependencyError
        Periodic cells are searched by vesin, from the extra `intertwine[atoms]`.
    """
    check_cutoff(cutoff)
    flags: Any = (cell is not None) if pbc is None else pbc
    box, periodic = check_cell(cell, flags)
    if not periodic.any():
        return _open(check_points(positions), float(cutoff))
    return _periodic(check_points(positions, dim=3), float(cutoff), box, periodic)


def check_cutoff(cutoff: float) -> None:
    """Raise ConfigurationError unless 0 < cutoff < ∞."""
    if not 0 < cutoff < np.inf:
        raise ConfigurationError("not a cut-off", received=repr(cutoff), expected="a finite length > 0")


def _open(points: NDArray[np.float64], cutoff: float) -> Edges:
    from scipy.spatial import KDTree

    pairs = KDTree(points).query_pairs(cutoff * (1 + 1e-12), output_type="ndarray") if len(points) else np.zeros((0, 2))
    pairs = pairs.astype(np.int64)
    close = np.linalg.norm(points[pairs[:, 0]] - points[pairs[:, 1]], axis=1) < cutoff
    pairs = np.concatenate([pairs[close], pairs[close][:, ::-1]])
    return sorted_edges(pairs[:, 0], pairs[:, 1], np.zeros((len(pairs), points.shape[1]), dtype=np.int64))


def _periodic(
    points: NDArray[np.float64], cutoff: float, cell: NDArray[np.float64], periodic: NDArray[np.bool_]
) -> Edges:
    if len(points) == 0:
        return sorted_edges(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros((0, 3), np.int64))
    search = optional_library("vesin", "atoms").NeighborList(cutoff=cutoff, full_list=True, n_threads=1)
    receivers, senders, shifts = search.compute(points, cell, periodic, "ijS")
    return sorted_edges(senders, receivers, shifts)
