"""`batch_graphs` and `pad_nodes`: several graphs in one, side by side or padded with a mask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from intertwine.errors import DataError
from intertwine.geometry.edges import Edges
from intertwine.geometry.graph import Graph


@dataclass(frozen=True)
class BatchedGraphs:
    """Graphs side by side: nodes and edges one after the other, indices moved on.

    Attributes
    ----------
    positions:
        float64 [nodes, dim].
    edges:
        Their indices count through all nodes.
    node_graph, edge_graph:
        int64 [nodes], [edges]: the graph that each belongs to, ascending.
    cells:
        float64 [graphs, dim, dim]; zero for a graph in open space.
    """

    positions: NDArray[np.float64]
    edges: Edges
    node_graph: NDArray[np.int64]
    edge_graph: NDArray[np.int64]
    cells: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.cells)


def batch_graphs(graphs: Sequence[Graph]) -> BatchedGraphs:
    """All graphs as one. Raises DataError for none at all, and for graphs in spaces of different dimensions."""
    dims = {graph.positions.shape[1] for graph in graphs}
    if len(dims) != 1:
        raise DataError("not a batch of graphs", received=f"dimensions {sorted(dims)}", expected="graphs of one space")
    (dim,) = dims
    nodes = np.array([len(graph.positions) for graph in graphs])
    counts = np.array([len(graph.edges) for graph in graphs])
    edge_graph = np.repeat(np.arange(len(graphs)), counts)
    first = (np.cumsum(nodes) - nodes)[edge_graph]
    return BatchedGraphs(
        np.concatenate([graph.positions for graph in graphs]).astype(np.float64),
        Edges(
            np.concatenate([graph.edges.senders for graph in graphs]) + first,
            np.concatenate([graph.edges.receivers for graph in graphs]) + first,
            np.concatenate([graph.edges.shifts for graph in graphs]),
        ),
        np.repeat(np.arange(len(graphs)), nodes),
        edge_graph,
        np.stack([np.zeros((dim, dim)) if graph.cell is None else graph.cell for graph in graphs]),
    )


def pad_nodes(
    values: Sequence[NDArray[np.float64]], fill: float = 0.0
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """[n_i, …] each → [batch, max n, …] and the mask [batch, max n] of what is real.

    Raises DataError where trailing shapes differ.
    """
    shapes = {value.shape[1:] for value in values}
    if len(shapes) != 1:
        raise DataError("values that cannot be padded", received=f"shapes [n, *{sorted(shapes)}]", expected="one shape")
    (shape,) = shapes
    sizes = np.array([len(value) for value in values])
    mask = np.arange(sizes.max(initial=0)) < sizes[:, None]
    padded = np.full((*mask.shape, *shape), fill, dtype=np.result_type(*values))
    padded[mask] = np.concatenate(list(values))
    return padded, mask
