"""Convolutions on periodic lattices that commute with point groups, of site and of link fields."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import intertwine as tw
from intertwine import nn
from intertwine.errors import ConfigurationError, RepresentationError
from intertwine.nn.link_fields import directions, turn_links
from intertwine.physics.flux.symmetries import flux_symmetry
from intertwine.representations.kernels.space_action import space_action
from intertwine.testing import assert_field_equivariant, field_equivariance_error

CASES = [
    ("Hyperoctahedral(1)", (7,)),
    ("D4", (6, 6)),
    ("C4", (5, 5)),
    ("Oh", (4, 4, 4)),
    ("Td", (3, 3, 3)),
    ("Hyperoctahedral(4)", (3, 3, 3, 3)),
]


@pytest.mark.parametrize(("name", "sites"), CASES)
def test_site_fields_commute_to_rounding(name: str, sites: tuple[int, ...]) -> None:
    G = tw.group(name)
    d = len(sites)
    vector = space_action(G, d)
    rep_in = vector + tw.Rep(G, [(2, G.trivial)])
    rep_out = vector + vector @ vector
    conv = nn.LatticeSteerableConvolution(rep_in, rep_out, 3, dimension=d, dtype=torch.float64)
    assert_field_equivariant(conv, rep_in, rep_out, sites, about="site", vector=vector)
    basis = conv.kernel.bases[0]
    basis.exact = basis.exact.copy()
    basis.exact[0] += 0.1
    basis.double()
    assert field_equivariance_error(conv, rep_in, rep_out, sites, about="site", vector=vector) > 1e-4


@pytest.mark.parametrize(("name", "sites"), [("D4", (6, 6)), ("Oh", (4, 4, 4)), ("Hyperoctahedral(4)", (3, 3, 3, 3))])
@pytest.mark.parametrize("oriented", [True, False])
def test_link_fields_commute_to_rounding(name: str, sites: tuple[int, ...], oriented: bool) -> None:
    """links → sites → convolution → links, against the group's action link by link."""
    G = tw.group(name)
    d = len(sites)
    vector = space_action(G, d)
    on_sites = directions(vector)
    torch.manual_seed(0)
    conv = nn.LatticeSteerableConvolution(on_sites, on_sites, 3, dimension=d, dtype=torch.float64)
    net = torch.nn.Sequential(
        nn.LinksToSites(vector, oriented=oriented), conv, torch.nn.Tanh(), nn.SitesToLinks(vector, oriented=oriented)
    ).requires_grad_(False)
    links = torch.randn(2, d, *sites, dtype=torch.float64)
    for g in G.discrete_elements:
        R = vector.matrix(g)
        turned = net(turn_links(links, R, oriented=oriented))
        torch.testing.assert_close(turned, turn_links(net(links), R, oriented=oriented), rtol=0, atol=1e-12)
        # a link field is no site field of vectors, and an oriented one no unoriented one
        flipped = net(turn_links(links, R, oriented=not oriented))
        if (R < 0).any():
            assert float((flipped - turn_links(net(links), R, oriented=oriented)).abs().max()) > 1e-3
    torch.testing.assert_close(torch.nn.Sequential(net[0], net[3])(links), links, rtol=0, atol=1e-15)


def test_link_actions_compose() -> None:
    G = tw.group("Oh")
    rng = np.random.default_rng(0)
    links = torch.randn(1, 3, 3, 4, 5)
    for _ in range(5):
        R, S = (np.asarray(G.sample(rng).matrix, dtype=float) for _ in range(2))
        torch.testing.assert_close(turn_links(turn_links(links, R), S), turn_links(links, S @ R))


def _log_weight(k: np.ndarray, n: np.ndarray, mu: float) -> float:
    """Up to the constant; W(f) replaced by a function of f that is as good as any for the purpose."""
    from scipy.special import gammaln

    f = sum(np.abs(k[ν]) + np.roll(np.abs(k[ν]), 1, ν) + 2 * (n[ν] + np.roll(n[ν], 1, ν)) for ν in range(len(k)))
    return float(mu * k[0].sum() - (gammaln(np.abs(k) + n + 1) + gammaln(n + 1)).sum() - 0.1 * (f**1.5).sum())


@pytest.mark.parametrize("mu", [0.0, 0.9])
@pytest.mark.parametrize("shape", [(6, 4), (4, 4), (5, 3, 3), (3, 3, 3, 3)])
def test_the_group_is_the_symmetry_of_the_weights(shape: tuple[int, ...], mu: float) -> None:
    symmetry = flux_symmetry(shape, mu)
    rng = np.random.default_rng(0)
    k, n = rng.integers(-2, 3, (len(shape), *shape)), rng.integers(0, 3, (len(shape), *shape))
    before = _log_weight(k, n, mu)
    for g in symmetry.group.discrete_elements:
        R, c = symmetry.vector.matrix(g), float(symmetry.charge.matrix(g)[0, 0])
        turned = [
            turn_links(torch.from_numpy(x)[None].double(), R, oriented=o, charge=s)[0].numpy()
            for x, o, s in ((k, True, c), (n, False, 1.0))
        ]
        assert np.isclose(_log_weight(*turned, mu), before, rtol=0, atol=1e-8)
    # T alone and C alone are symmetries at μ = 0 only
    T = np.diag([-1.0] + [1.0] * (len(shape) - 1))
    for R, c in ((T, 1.0), (np.eye(len(shape)), -1.0)):
        moved = turn_links(torch.from_numpy(k)[None].double(), R, charge=c)[0].numpy()
        unsigned = turn_links(torch.from_numpy(n)[None].double(), R, oriented=False)[0].numpy()
        assert np.isclose(_log_weight(moved, unsigned, mu), before, rtol=0, atol=1e-8) == (mu == 0)


def test_orders_of_the_flux_groups() -> None:
    orders = {((6, 4), 0.9): 4, ((6, 4), 0.0): 8, ((4, 4), 0.9): 4, ((4, 4), 0.0): 16, ((5, 3, 3), 0.5): 16}
    for (shape, mu), order in orders.items():
        assert flux_symmetry(shape, mu).group.order == order


def test_flux_networks_are_invariant_under_their_group_only() -> None:
    """k turns with its charge, l without: invariant features of both, at μ ≠ 0, on a lattice of unequal extents."""
    symmetry = flux_symmetry((6, 4), 0.9)
    G, vector = symmetry.group, symmetry.vector
    rep = directions(vector, symmetry.charge) + directions(vector)
    torch.manual_seed(0)
    conv = nn.LatticeSteerableConvolution(rep, tw.regular(G), 3, dimension=2, vector=vector, dtype=torch.float64)
    k_to, l_to = nn.LinksToSites(vector, charge=symmetry.charge), nn.LinksToSites(vector, oriented=False)
    k, n = torch.randn(2, 2, 2, 6, 4, dtype=torch.float64)

    def invariant(k: torch.Tensor, n: torch.Tensor) -> torch.Tensor:
        return torch.relu(conv(torch.cat([k_to(k), l_to(n)], 1))).sum((1, 2, 3))

    expected = invariant(k, n)
    for g in G.elements:
        R, c = vector.matrix(g), float(symmetry.charge.matrix(g)[0, 0])
        found = invariant(turn_links(k, R, charge=c), turn_links(n, R, oriented=False))
        torch.testing.assert_close(found, expected, rtol=1e-12, atol=0)
    T = np.diag([-1.0, 1.0])
    assert not torch.allclose(invariant(turn_links(k, T), turn_links(n, T, oriented=False)), expected, rtol=1e-3)


def test_refusals() -> None:
    G = tw.group("C8")
    with pytest.raises(ConfigurationError, match="does not take the lattice to itself"):
        nn.LatticeSteerableConvolution(tw.Rep(G, "A"), tw.Rep(G, "A"), 3, dimension=2)
    with pytest.raises(RepresentationError, match="does not permute the axes"):
        directions(space_action(G, 2))
    with pytest.raises(RepresentationError, match="one sign"):
        directions(space_action(tw.group("D4"), 2), tw.Rep("D4", "E"))
    with pytest.raises(ConfigurationError, match="signed permutation"):
        turn_links(torch.zeros(1, 2, 3, 3), np.full((2, 2), 0.5))
