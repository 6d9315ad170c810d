"""Edges: the directed edges of a graph of points, with the periodic image that each sender is taken from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Integer
from numpy.typing import NDArray

from intertwine.errors import DataError


@dataclass(frozen=True)
class Edges:
    """Edge e goes from senders[e] to receivers[e]; its vector points from the receiver to the sender's image.

    Attributes
    ----------
    senders, receivers:
        Indices of points, int64 [edges]. Sorted by receiver, then sender, then shift.
    shifts:
        int64 [edges, dim]: how many cell vectors the sender is moved by; all zero without periodicity.
    """

    senders: NDArray[np.int64]
    receivers: NDArray[np.int64]
    shifts: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.senders)

    def vectors(
        self, positions: Float[np.ndarray, "points dim"], cell: Float[np.ndarray, "dim dim"] | None = None
    ) -> NDArray[np.float64]:
        """positions[sender] + shift @ cell − positions[receiver], [edges, dim], in the units of the positions.

        Raises DataError where edges cross the cell's walls and no cell is given.
        """
        apart = positions[self.senders] - positions[self.receivers]
        if cell is not None:
            return np.asarray(apart + self.shifts @ cell, dtype=np.float64)
        if self.shifts.any():
            raise DataError("edges cross the walls of a cell that is not given", fix="pass the cell")
        return np.asarray(apart, dtype=np.float64)


def sorted_edges(
    senders: Integer[np.ndarray, " edges"],
    receivers: Integer[np.ndarray, " edges"],
    shifts: Integer[np.ndarray, "edges dim"],
) -> Edges:
    """Edges in their order: by receiver, sender, shift."""
    order = np.lexsort((*shifts.T[::-1], senders, receivers))
    columns = (np.ascontiguousarray(one[order].astype(np.int64)) for one in (senders, receivers, shifts))
    return Edges(*columns)
