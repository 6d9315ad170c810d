"""Graph: points, the edges between them, and the cell that they repeat in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from intertwine.geometry.edges import Edges


@dataclass(frozen=True)
class Graph:
    """A graph in space.

    Attributes
    ----------
    positions:
        float64 [nodes, dim].
    edges:
        Their edges, as `radius_graph` or `nearest_graph` return them.
    cell:
        [dim, dim], one cell vector a row; None in open space.
    """

    positions: NDArray[np.float64]
    edges: Edges
    cell: NDArray[np.float64] | None = None

    def vectors(self) -> NDArray[np.float64]:
        """The vector of each edge, from receiver to sender, [edges, dim]."""
        return self.edges.vectors(self.positions, self.cell)
