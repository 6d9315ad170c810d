"""Graphs side by side in numpy."""

from __future__ import annotations

import numpy as np
import pytest

from intertwine.errors import DataError
from intertwine.geometry import Graph, batch_graphs, pad_nodes, radius_graph


def graphs():
    rng = np.random.default_rng(0)
    made = []
    for n, cell in ((4, None), (0, None), (2, np.diag([2.0, 2.5, 3.0]))):
        points = rng.normal(size=(n, 3))
        made.append(Graph(points, radius_graph(points, 2.2, cell), cell))
    return made


def test_vectors_are_those_of_each_graph():
    several = graphs()
    whole = batch_graphs(several)
    assert len(whole) == 3
    assert whole.node_graph.tolist() == [0] * 4 + [2] * 2
    moved = np.einsum("ei,eij->ej", whole.edges.shifts, whole.cells[whole.edge_graph])
    found = whole.positions[whole.edges.senders] + moved - whole.positions[whole.edges.receivers]
    np.testing.assert_allclose(found, np.concatenate([one.vectors() for one in several]), atol=1e-14)
    assert (whole.node_graph[whole.edges.senders] == whole.edge_graph).all()


def test_padding_and_its_mask():
    padded, mask = pad_nodes([np.ones((2, 3)), np.zeros((0, 3)), 2 * np.ones((1, 3))], fill=-1.0)
    assert padded.shape == (3, 2, 3)
    assert mask.tolist() == [[True, True], [False, False], [True, False]]
    assert (padded[~mask] == -1).all()
    assert padded[mask][:, 0].tolist() == [1, 1, 2]


def test_what_does_not_go_together():
    with pytest.raises(DataError, match="not a batch"):
        batch_graphs([])
    flat = Graph(np.zeros((1, 2)), radius_graph(np.zeros((1, 2)), 1.0))
    with pytest.raises(DataError, match="dimensions"):
        batch_graphs([flat, graphs()[0]])
    with pytest.raises(DataError, match="cannot be padded"):
        pad_nodes([np.ones((2, 3)), np.ones((2, 2))])
    crossing = graphs()[2]
    with pytest.raises(DataError, match="pass the cell"):
        crossing.edges.vectors(crossing.positions)
