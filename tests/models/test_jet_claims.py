"""What single networks of jets claim, beside oracles, and broken networks that must fail the harness's tests."""

from __future__ import annotations

from itertools import product

import pytest
import torch
from jet_cases import boost, jets, network, rotation
from torch import Tensor

from intertwine.errors import ConfigurationError
from intertwine.models import lorentz_net, pelican
from intertwine.models.energy_flow_polynomials import hadronic_measure, polynomial
from intertwine.models.lorentz_net import LorentzNet, LorentzNetConfig
from intertwine.models.masked_batch_norm import MaskedBatchNorm
from intertwine.models.multigraphs import canonical, connected_multigraphs, multigraphs
from intertwine.models.particle_net import ParticleNet, ParticleNetConfig, nearest
from intertwine.models.vec_net import VecNetConfig

MATRIX = rotation(1) @ boost(7.6, (0.2, -0.5, 0.8)) @ rotation(2)


def change(net: torch.nn.Module, matrix: Tensor = MATRIX, **settings: float) -> float:
    p, mask = jets(8, **settings)
    return float((net(p @ matrix.T, mask) - net(p, mask)).abs().max().detach())


def test_plain_products_are_not_invariant_at_high_rapidity(monkeypatch: pytest.MonkeyPatch) -> None:
    net = network("pelican", torch.float32)
    assert change(net) <= 1e-4

    def in_single_precision(p: Tensor) -> Tensor:
        q = p.float()
        return (q[..., 0:1] @ q[..., 0:1].mT - q[..., 1:] @ q[..., 1:].mT).double()

    monkeypatch.setattr(pelican, "minkowski_products", in_single_precision)
    assert change(net) > 1e-3


def test_a_euclidean_product_is_not_invariant(monkeypatch: pytest.MonkeyPatch) -> None:
    net = network("pelican")
    monkeypatch.setattr(pelican, "minkowski_products", lambda p: p @ p.mT)
    assert change(net, boost(0.5, (1.0, 0.0, 0.0))) > 1e-4


def test_without_the_rest_frame_single_precision_is_not_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    net = network("lorentz-net", torch.float32)
    assert change(net) <= 1e-4
    made, net.backend = lorentz_net.jet_graph, "reference"
    assert change(net) <= 1e-4

    def in_the_laboratory(jets_: lorentz_net.Jets, dtype: torch.dtype) -> object:
        return made(jets_, dtype).with_positions(jets_.p[jets_.mask].to(dtype))

    monkeypatch.setattr(lorentz_net, "jet_graph", in_the_laboratory)
    assert change(net) > 1e-2


@pytest.mark.parametrize("name", ["pelican", "lorentz-net", "lorentz-transformer", "lorentz-group-network"])
def test_vectors_turn_with_the_jet(name: str) -> None:
    net = network(name, out_features=2, target="vectors")
    p, mask = jets()
    out = net(p, mask)
    assert out.shape == (len(p), 2, 4)
    assert out.dtype == torch.float64
    assert out.abs().min() > 1e-6
    expected = out @ MATRIX.T
    assert (net(p @ MATRIX.T, mask) - expected).abs().max() <= 1e-8 * expected.abs().max()
    with pytest.raises(ConfigurationError, match="logits only"):
        ParticleNet(ParticleNetConfig(target="vectors"))


def test_masses_of_constituents_limit_the_invariance() -> None:
    """m² is known from E and p to ε E²: 1e-5 GeV² of a pion at 100 TeV. Massless constituents have no such limit."""
    assert change(network("pelican"), mass=0.0) <= 1e-9
    assert change(network("pelican"), mass=0.14) <= 1e-5


def test_references_for_networks_that_read_none_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="reference"):
        ParticleNet(ParticleNetConfig(references=("beam",)))
    with pytest.raises(ConfigurationError, match="without channels"):
        VecNetConfig(equivariant=0, unconstrained=0)


def test_number_of_multigraphs() -> None:
    assert [len(connected_multigraphs(d)) for d in range(1, 6)] == [1, 2, 5, 12, 33]  # OEIS A076864
    assert [len(multigraphs(d)) for d in range(1, 6)] == [1, 4, 12, 35, 101]  # sums of OEIS A050535
    assert canonical(((3, 1), (1, 0), (2, 1))) == canonical(((0, 2), (0, 1), (0, 3)))


@pytest.mark.parametrize("graph", connected_multigraphs(3) + connected_multigraphs(4)[::3])
def test_polynomials_are_the_sums_of_their_definition(graph: tuple[tuple[int, int], ...]) -> None:
    p, _ = jets(1, 4)
    w, angles = hadronic_measure(p, torch.ones(1, 4, dtype=torch.bool), 0.7)
    n = 1 + max(max(edge) for edge in graph)
    expected = 0.0
    for places in product(range(4), repeat=n):
        term = 1.0
        for k in places:
            term *= float(w[0, k])
        for a, b in graph:
            term *= float(angles[0, places[a], places[b]])
        expected += term
    assert float(polynomial(graph, w, angles)) == pytest.approx(expected, rel=1e-9)


def test_tetrahedron() -> None:
    p, mask = jets(2, 5)
    w, angles = hadronic_measure(p.masked_fill(~mask.unsqueeze(-1), 0.0), mask, 1.0)
    edges = ((0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3))
    a = angles
    expected = torch.einsum("bi,bj,bk,bl,bij,bik,bil,bjk,bjl,bkl->b", w, w, w, w, a, a, a, a, a, a)
    torch.testing.assert_close(polynomial(edges, w, angles), expected)


@pytest.mark.parametrize("name", ["energy-flow", "energy-flow-mixing", "energy-flow-polynomials"])
def test_soft_and_collinear_particles_change_nothing(name: str) -> None:
    net = network(name)
    p, _ = jets(1, 5)
    mask = torch.ones(1, 6, dtype=torch.bool)
    split = torch.cat([p, 0.3 * p[:, :1]], dim=1)
    split[:, 0] *= 0.7
    soft = torch.cat([p, 1e-9 * p[:, :1].flip(-1).abs()], dim=1)
    expected = net(p, mask[:, :5])
    torch.testing.assert_close(net(split, mask), expected, rtol=0, atol=1e-9)
    torch.testing.assert_close(net(soft, mask), expected, rtol=0, atol=1e-6)
    unsafe = network("particle-flow")
    assert (unsafe(split, mask) - unsafe(p, mask[:, :5])).abs() > 1e-4


def test_nearest_neighbours() -> None:
    place = torch.tensor([[[0.0, 0], [1, 0], [3, 0], [100, 0]]])
    mask = torch.tensor([[True, True, True, False]])
    index, there = nearest(place, mask, 3)
    assert index[0, :3, 0].tolist() == [1, 0, 1]
    assert there.sum(-1).tolist() == [[2, 2, 2, 0]]
    assert index[0, 0, :2].tolist() == [1, 2]


def test_batch_norm_counts_what_is_there() -> None:
    x = torch.randn(5, 7, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    mask = torch.rand(5, 7, generator=torch.Generator().manual_seed(1)) > 0.4
    ours, theirs = MaskedBatchNorm(3).double(), torch.nn.BatchNorm1d(3).double()
    out = ours(x.masked_fill(~mask.unsqueeze(-1), 1e9), mask)
    torch.testing.assert_close(out[mask], theirs(x[mask]))
    assert (out[~mask] == 0).all()
    torch.testing.assert_close(ours.running_mean, theirs.running_mean)
    torch.testing.assert_close(ours.running_variance, theirs.running_var)
    torch.testing.assert_close(ours.eval()(x, mask)[mask], theirs.eval()(x[mask]))


def test_lorentz_net_has_the_published_size() -> None:
    net = LorentzNet(LorentzNetConfig())
    assert 200_000 < net.n_parameters < 250_000  # 0.22 million with two classes (2201.08187, table 2)
