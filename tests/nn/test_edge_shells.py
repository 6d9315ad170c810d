"""Edges of equal length, and batches joined: the same outputs and gradients as edge by edge."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from intertwine.errors import ConfigurationError, DataError
from intertwine.geometry import Graph, radius_graph
from intertwine.models.tensor_product_network import TensorProductNetwork, TensorProductNetworkConfig
from intertwine.nn.edge_shells import length_shells
from intertwine.nn.graph_batch import GraphBatch
from intertwine.nn.graph_joining import join_graphs

CONFIG = TensorProductNetworkConfig(
    rep_in="2x0e", hidden="4x0e + 4x1o", rep_out="3x0e + 1o", channels=4, layers=2, max_degree=1, cutoff=4.5,
    radial_width=8,
)  # fmt: skip
NACL = np.array(
    [[0, 0, 0], [0.5, 0.5, 0], [0.5, 0, 0.5], [0, 0.5, 0.5], [0.5, 0, 0], [0, 0.5, 0], [0, 0, 0.5], [0.5] * 3]
)


def crystal(a: float = 5.6) -> GraphBatch:
    points, cell = NACL * a, np.eye(3) * a
    return GraphBatch.of([Graph(points, radius_graph(points, 4.5, cell), cell)], dtype=torch.float64)


def outputs(graph: GraphBatch, seed: int = 0) -> tuple[torch.Tensor, list[torch.Tensor]]:
    torch.manual_seed(seed)
    net = TensorProductNetwork(CONFIG, dtype=torch.float64)
    x = torch.randn(len(graph.positions), 2, dtype=torch.float64)
    y = net(x, graph)
    return y, list(torch.autograd.grad((y * torch.linspace(-1, 1, y.shape[1])).sum(), list(net.parameters())))


def test_shells_of_rock_salt() -> None:
    graph = crystal().in_shells()
    assert graph.shells is not None
    one, members = graph.shells
    lengths = graph.vectors().norm(dim=1)
    torch.testing.assert_close(lengths[one], torch.tensor([2.8, 2.8 * 2**0.5], dtype=torch.float64))
    torch.testing.assert_close(lengths[one][members], lengths)
    pairs = crystal().in_pairs().in_shells()
    assert pairs.shells is not None
    assert len(pairs.shells[1]) == len(lengths) // 2
    torch.testing.assert_close(
        pairs.vectors().norm(dim=1)[pairs.shells[0]][pairs.shells[1]], pairs.vectors().norm(dim=1)[::2]
    )


@pytest.mark.parametrize("paired", [False, True])
def test_a_network_gives_the_same(paired: bool) -> None:
    apart = crystal().in_pairs() if paired else crystal()
    y, gradients = outputs(apart)
    found, others = outputs(apart.in_shells())
    torch.testing.assert_close(found, y, rtol=1e-10, atol=1e-12)
    torch.testing.assert_close(others, gradients, rtol=1e-9, atol=1e-11)
    wrong = apart.in_shells(0.9)  # all lengths as one
    assert not torch.allclose(outputs(wrong)[0], y, rtol=1e-3)


def test_moved_points_have_other_shells() -> None:
    graph = crystal().in_shells()
    assert graph.with_positions(graph.positions * 1.01).shells is None
    assert graph.in_pairs().shells is None
    moved = graph.to(dtype=torch.float32).shells
    assert moved is not None
    assert torch.equal(moved[1], graph.shells[1])


def test_joined_batches_are_batches() -> None:
    separate = [crystal(a).in_pairs().in_shells() for a in (5.6, 5.0, 6.1)]
    joined = join_graphs(separate)
    assert joined.paired
    assert joined.count == 3
    assert joined.shells is not None
    torch.manual_seed(1)
    net = TensorProductNetwork(CONFIG, dtype=torch.float64)
    x = torch.randn(24, 2, dtype=torch.float64)
    expected = torch.cat([net(x[8 * k : 8 * k + 8], one) for k, one in enumerate(separate)])
    torch.testing.assert_close(net(x, joined), expected)
    assert joined.node_graph.tolist() == [0] * 8 + [1] * 8 + [2] * 8
    mixed = join_graphs([separate[0], crystal()])
    assert not mixed.paired
    assert mixed.shells is None
    torch.testing.assert_close(net(x[:16], mixed)[:8], expected[:8])
    with pytest.raises(DataError, match="nothing to join"):
        join_graphs([])


def test_no_edges_and_no_tolerance() -> None:
    one, members = length_shells(torch.zeros(0, 3), 1e-6)
    assert len(one) == len(members) == 0
    for tolerance in (0.0, 1.0, float("nan")):
        with pytest.raises(ConfigurationError, match="not a tolerance"):
            crystal().in_shells(tolerance)
