"""Spectra of crystals: rotations, supercells, small and skew cells, and what breaks them."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from intertwine.errors import ConfigurationError
from intertwine.geometry import Graph, radius_graph
from intertwine.models.spectrum_network import SpectrumNetwork, SpectrumNetworkConfig, normalised
from intertwine.models.tensor_product_network_config import TensorProductNetworkConfig
from intertwine.nn.graph_batch import GraphBatch

CUTOFF = 5.0
INNER = TensorProductNetworkConfig(
    rep_in="8x0e", hidden="8x0e + 4x1o + 4x1e", rep_out="7x0e", channels=4, layers=3, max_degree=1, cutoff=CUTOFF,
    basis=4, radial_width=8, radial_depth=1, neighbours=30.0,
)  # fmt: skip
CELL = np.array([[2.9, 0.1, 0.0], [1.3, 2.6, 0.2], [0.4, 1.1, 3.3]])  # triclinic, and smaller than the cut-off
FRACTIONAL = np.array([[0.0, 0.0, 0.0], [0.45, 0.52, 0.47]])
NUMBERS = np.array([12, 8])


@pytest.fixture(scope="module")
def net() -> SpectrumNetwork:
    torch.manual_seed(0)
    return SpectrumNetwork(SpectrumNetworkConfig(network=INNER), dtype=torch.float64)


def inputs(numbers: np.ndarray) -> torch.Tensor:
    return torch.nn.functional.one_hot(torch.from_numpy(numbers) - 1, 118) * torch.from_numpy(2.0 * numbers)[:, None]


def graph_of(positions: np.ndarray, cell: np.ndarray, cutoff: float = CUTOFF) -> GraphBatch:
    return GraphBatch.of([Graph(positions, radius_graph(positions, cutoff, cell), cell)], dtype=torch.float64)


def supercell(counts: tuple[int, int, int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Positions, numbers and cell; the atoms of each copy one after the other."""
    shifts = np.array(np.meshgrid(*[np.arange(n) for n in counts], indexing="ij")).reshape(3, -1).T
    positions = ((shifts[:, None] + FRACTIONAL) @ CELL).reshape(-1, 3)
    return positions, np.tile(NUMBERS, len(shifts)), CELL * np.array(counts)[:, None]


def test_supercells_have_the_same_atoms_and_the_same_spectrum(net: SpectrumNetwork) -> None:
    positions, numbers, cell = supercell((1, 1, 1))
    one = net.atomic(inputs(numbers), graph_of(positions, cell))
    spectrum = net(inputs(numbers), graph_of(positions, cell))
    for counts in ((2, 1, 1), (1, 2, 3), (4, 4, 4)):  # the last one is larger than twice the cut-off
        positions, numbers, cell = supercell(counts)
        graph = graph_of(positions, cell)
        found = net.atomic(inputs(numbers), graph)
        torch.testing.assert_close(found, one.repeat(len(numbers) // 2, 1), rtol=1e-10, atol=1e-12)
        torch.testing.assert_close(net(inputs(numbers), graph), spectrum, rtol=1e-10, atol=1e-12)
        torch.testing.assert_close(
            net.atomic(inputs(numbers), graph.in_pairs().in_shells()), found, rtol=1e-9, atol=1e-11
        )
    # Only the nearest image of each atom, as in a graph without multiple edges: wrong in a small cell.
    graph = graph_of(*supercell((1, 1, 1))[::2])
    keep = graph.vectors().norm(dim=1) < 2.6
    cut = GraphBatch(
        graph.positions, graph.senders[keep], graph.receivers[keep], graph.offsets[keep], graph.node_graph, 1
    )
    assert not torch.allclose(net.atomic(inputs(NUMBERS), cut), one, rtol=1e-3)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000))
def test_any_choice_of_the_cell_is_the_same_crystal(seed: int) -> None:
    rng = np.random.default_rng(seed)
    torch.manual_seed(0)
    net = SpectrumNetwork(SpectrumNetworkConfig(network=INNER), dtype=torch.float64)
    change = np.eye(3, dtype=int)
    for _ in range(3):  # shears of the lattice's basis
        i, j = rng.choice(3, 2, replace=False)
        change[i] += int(rng.integers(-1, 2)) * change[j]
    moved = FRACTIONAL @ CELL + rng.integers(-2, 3, size=(2, 3)) @ CELL + rng.normal(size=3)
    spectrum = net(inputs(NUMBERS), graph_of(moved, change @ CELL))
    torch.testing.assert_close(
        spectrum, net(inputs(NUMBERS), graph_of(FRACTIONAL @ CELL, CELL)), rtol=1e-10, atol=1e-11
    )


def test_rotations_reflections_and_order(net: SpectrumNetwork) -> None:
    positions, numbers, cell = supercell((1, 1, 2))
    expected = net(inputs(numbers), graph_of(positions, cell))
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))[0]
    for R in (turn, -turn):
        graph = graph_of(positions, cell)
        R_ = torch.from_numpy(R)
        turned = GraphBatch(
            graph.positions @ R_.T, graph.senders, graph.receivers, graph.offsets @ R_.T, graph.node_graph, 1
        )
        torch.testing.assert_close(net(inputs(numbers), turned), expected, rtol=1e-10, atol=1e-12)
    order = [2, 0, 3, 1]
    torch.testing.assert_close(net(inputs(numbers[order]), graph_of(positions[order], cell)), expected)
    stretched = graph_of(positions * [1, 1, 1.05], cell * [1, 1, 1.05])
    assert not torch.allclose(net(inputs(numbers), stretched), expected, rtol=1e-4)
    # Exchanging both species would invert this crystal, which is no other one.
    other = net(inputs(np.array([12, 12, 8, 8])), graph_of(positions, cell))
    assert not torch.allclose(other, expected, rtol=1e-4)


def test_output_is_a_spectrum(net: SpectrumNetwork) -> None:
    found = net(inputs(NUMBERS), graph_of(FRACTIONAL @ CELL, CELL))
    assert found.shape == (1, 7)
    assert float(found.detach().min()) >= 0
    assert float(found.detach().max()) == 1
    assert normalised(torch.tensor([[0.0, 0.0], [1.0, 4.0]])).tolist() == [[0.0, 0.0], [0.25, 1.0]]


def test_atoms_pass_the_cutoff_smoothly(net: SpectrumNetwork) -> None:
    cell = np.diag([5.0, 30.0, 30.0])

    def spectrum(apart: float) -> torch.Tensor:
        places = np.array([[0.0, 0.0, 0.0], [0.0, apart, 0.0]])
        return net.atomic(inputs(NUMBERS), graph_of(places, cell)).detach()

    step = 1e-4
    jump = (spectrum(CUTOFF - step) - spectrum(CUTOFF + step)).abs().max()
    assert float(jump) < 1e-9
    assert float((spectrum(CUTOFF - 1.0) - spectrum(CUTOFF + step)).abs().max()) > 1e-4


def test_refused() -> None:
    for changes, words in (
        ({"rep_out": "1o"}, "made of invariants"),
        ({"rep_in": "0e + 1o"}, "made of invariants"),
        ({"pooling": "sum"}, "sums atoms itself"),
    ):
        config = TensorProductNetworkConfig(**{**INNER.model_dump(), **changes})
        with pytest.raises(ConfigurationError, match=words):
            SpectrumNetwork(SpectrumNetworkConfig(network=config))
