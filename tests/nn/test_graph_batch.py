"""GraphBatch: vectors, sums, padding, forces."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from intertwine.errors import ConfigurationError, DataError
from intertwine.geometry import Graph, radius_graph
from intertwine.nn import GraphBatch


def batch():
    rng = np.random.default_rng(1)
    made = []
    for n, cell in ((3, None), (0, None), (2, np.diag([2.0, 2.5, 3.0]))):
        points = rng.normal(size=(n, 3))
        made.append(Graph(points, radius_graph(points, 2.6, cell), cell))
    return made, GraphBatch.of(made, dtype=torch.float64)


def test_vectors():
    made, graph = batch()
    expected = np.concatenate([one.vectors() for one in made])
    torch.testing.assert_close(graph.vectors(), torch.from_numpy(expected))
    moved = graph.with_positions(graph.positions + torch.tensor([1.0, -2.0, 0.5]))
    torch.testing.assert_close(moved.vectors(), graph.vectors())


def test_pooling_spreading_padding():
    _, graph = batch()
    x = torch.arange(10.0, dtype=torch.float64).reshape(5, 2)
    assert graph.pool(x).tolist() == [[6, 9], [0, 0], [14, 16]]
    assert graph.pool(x, "mean").tolist() == [[2, 3], [0, 0], [7, 8]]
    assert graph.spread(graph.pool(x)).shape == (5, 2)
    padded, mask = graph.padded(x)
    assert mask.tolist() == [[True] * 3, [False] * 3, [True, True, False]]
    torch.testing.assert_close(padded[mask], x)
    assert padded[~mask].abs().sum() == 0
    with pytest.raises(ConfigurationError, match="pooling"):
        graph.pool(x, "max")


def test_second_derivatives_pass():
    _, graph = batch()
    start = graph.positions.clone().requires_grad_()

    def energy(positions):
        vectors = graph.with_positions(positions).vectors()
        summed = vectors.new_zeros(5, 1).index_add(0, graph.receivers, vectors.square().sum(1, keepdim=True) ** 2)
        return graph.pool(summed)

    assert torch.autograd.gradgradcheck(energy, (start,))


def test_conversion():
    _, graph = batch()
    small = graph.to(dtype=torch.float32)
    assert small.positions.dtype == small.offsets.dtype == torch.float32
    assert small.senders.dtype == torch.int64
    with pytest.raises(DataError, match="do not fit"):
        GraphBatch(graph.positions, graph.senders[1:], graph.receivers, graph.offsets, graph.node_graph, 3)
