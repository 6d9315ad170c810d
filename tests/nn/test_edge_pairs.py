"""Edges in pairs of opposites: an order only, the same function, refused where there are none."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from intertwine.errors import DataError
from intertwine.geometry import Graph, nearest_graph, radius_graph
from intertwine.models.tensor_product_network import TensorProductNetwork, TensorProductNetworkConfig
from intertwine.nn.complete_graphs import complete_graph, paired_complete_graph
from intertwine.nn.graph_batch import GraphBatch


def crystal(cutoff: float = 2.5, seed: int = 0) -> GraphBatch:
    """Two small triclinic cells: atoms are neighbours of their own images."""
    rng, graphs = np.random.default_rng(seed), []
    for n in (1, 3):
        cell = 2 * np.eye(3) + 0.3 * rng.normal(size=(3, 3))
        positions = rng.random((n, 3)) @ cell
        graphs.append(Graph(positions, radius_graph(positions, cutoff, cell), cell))
    return GraphBatch.of(graphs, dtype=torch.float64)


def test_pairs_are_opposite_and_nothing_else_changes() -> None:
    graph = crystal()
    paired = graph.in_pairs()
    assert paired.paired
    assert not graph.paired
    vectors = paired.vectors()
    torch.testing.assert_close(vectors[::2], -vectors[1::2])
    assert torch.equal(paired.senders[::2], paired.receivers[1::2])
    assert torch.equal(paired.senders[1::2], paired.receivers[::2])
    for one, two in zip(graph.vectors().sort(0).values, vectors.sort(0).values, strict=True):
        torch.testing.assert_close(one, two)


def test_graphs_without_opposites_are_refused() -> None:
    rng = np.random.default_rng(0)
    positions = rng.random((9, 3))
    graph = GraphBatch.of([Graph(positions, nearest_graph(positions, 2))])
    with pytest.raises(DataError, match="edges without an opposite"):
        graph.in_pairs()


@pytest.mark.parametrize("threads", [1, 2])
def test_a_network_is_the_same_function_of_both(threads: int) -> None:
    torch.manual_seed(0)
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    config = TensorProductNetworkConfig(
        rep_in="2x0e", hidden="9x0e + 9x1o + 9x2e", rep_out="0e", channels=9, cutoff=2.5, pooling="sum", layers=2
    )
    net, graph = TensorProductNetwork(config).double(), crystal()
    x = torch.randn(len(graph.positions), 2, dtype=torch.float64)
    found = []
    for one in (graph, graph.in_pairs()):
        p = graph.positions.clone().requires_grad_()
        energy = net(x, one.with_positions(p))
        (forces,) = torch.autograd.grad(energy.sum(), p, create_graph=True)
        second = torch.autograd.grad(forces.square().sum() + energy.square().sum(), list(net.parameters()))
        found.append([energy, forces, *second])
    torch.set_num_threads(before)
    for a, b in zip(*found, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-8, atol=1e-8)


def test_complete_graphs_in_pairs() -> None:
    mask = torch.tensor([[True, False, True, True], [True, True, False, False], [True, True, True, True]])
    positions = torch.randn(3, 4, 3, generator=torch.Generator().manual_seed(0))
    for there in (mask, None):
        plain, paired = complete_graph(positions, there), paired_complete_graph(positions, there)
        assert paired.paired
        assert torch.equal(plain.positions, paired.positions)
        assert torch.equal(plain.node_graph, paired.node_graph)
        edges = [set(zip(one.senders.tolist(), one.receivers.tolist(), strict=True)) for one in (plain, paired)]
        assert edges[0] == edges[1]
        assert torch.equal(paired.senders[::2], paired.receivers[1::2])
        assert torch.equal(paired.senders[1::2], paired.receivers[::2])
