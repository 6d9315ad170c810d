"""Permutation bases of finite groups, and layers of sets and graphs: counted against brute force."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np
import pytest
import torch

import intertwine as tw
from intertwine.errors import ConfigurationError, GroupError, RepresentationError
from intertwine.nn import NormActivation, PermutationActivation, PermutationLinear
from intertwine.testing import assert_equivariant, equivariance_error

FLOAT = torch.float64
BELL = [1, 1, 2, 5, 15]


# --- signals on finite groups ---------------------------------------------------------------------
@pytest.mark.parametrize("name", ["C4", "D4", "A4", "S4", "Q8", "Oh"])
@pytest.mark.parametrize("points", ["regular", "points"])
def test_permutation_activation_commutes_with_the_group(name: str, points: str) -> None:
    G = tw.group(name)
    layer = PermutationActivation(G, 3, "relu", points=points, dtype=FLOAT)
    assert layer.signals.dim == (G.order if points == "regular" else G.permutations.shape[1])
    assert_equivariant(layer, layer.rep_in, layer.rep_out)

    def broken(x: torch.Tensor) -> torch.Tensor:
        return torch.relu(x)  # by irreps instead of by points

    assert equivariance_error(broken, layer.rep_in, layer.rep_out, n_elements=20).max > 1e-3


def test_signals_on_cosets() -> None:
    G = tw.group("S4")
    stabiliser = [g for g in G.elements if g.permutation[3] == 3]
    layer = PermutationActivation(G, 2, "silu", points=stabiliser[:6], dtype=FLOAT)
    assert layer.signals.dim == 4
    assert layer.signals.simplify() == tw.Rep(G, "(4) + (3,1)")
    assert_equivariant(layer, layer.rep_in, layer.rep_out)
    assert PermutationActivation(G, 1, points=list(G.discrete_elements)).signals.dim == 1


def test_it_is_the_pointwise_function_of_the_signal() -> None:
    G = tw.group("C4")
    layer = PermutationActivation(G, 1, torch.abs, dtype=FLOAT)
    plain, factors = layer.signals.change_of_basis, layer.from_points.exact @ layer.signals.change_of_basis.to_basis
    x = torch.randn(5, 4, dtype=FLOAT, generator=torch.Generator().manual_seed(0))
    signal = x @ torch.tensor(plain.to_basis).T
    expected = layer.scaled.factor * signal.abs() @ torch.tensor(plain.from_basis).T @ torch.tensor(factors).T
    torch.testing.assert_close(layer(x), expected)


@pytest.mark.parametrize("name", ["Q8", "Oh", "S4"])
def test_second_moments_by_irrep(name: str) -> None:
    layer = PermutationActivation(tw.group(name), 2, "relu", dtype=FLOAT)
    x = torch.randn(4000, layer.rep_in.dim, dtype=FLOAT, generator=torch.Generator().manual_seed(0))
    y = layer(x)
    for where in layer.rep_out.slices:
        assert 0.8 < float(y[:, where].square().mean()) < 1.25


def test_gradients_and_zero_size() -> None:
    layer = PermutationActivation(tw.group("D4"), 2, "tanh", dtype=FLOAT)
    x = torch.randn(2, layer.rep_in.dim, dtype=FLOAT, generator=torch.Generator().manual_seed(0), requires_grad=True)
    assert torch.autograd.gradcheck(layer, (x,))
    assert torch.autograd.gradgradcheck(layer, (x,))
    assert layer(x[:0]).shape == (0, layer.rep_in.dim)
    torch.testing.assert_close(layer(x.T.contiguous().T), layer(x))


def test_refusals_of_permutation_activations() -> None:
    with pytest.raises(GroupError, match=r"finite group.*Gate"):
        PermutationActivation(tw.group("SO(3)"), 2)
    with pytest.raises(ConfigurationError, match="unknown points"):
        PermutationActivation(tw.group("C4"), 2, points="somewhere")
    with pytest.raises(ConfigurationError, match="a permutation for each discrete generator"):
        PermutationActivation(tw.group("C4"), 2, points=np.zeros((3, 4), dtype=int))
    with pytest.raises(ConfigurationError, match="no permutation"):
        PermutationActivation(tw.group("C4"), 2, points=np.zeros((1, 4), dtype=int))


# --- sets and graphs -------------------------------------------------------------------------------
def _trivial(channels: int = 1) -> tw.Rep:
    G = tw.group("C1")
    return tw.Rep(G, [(channels, G.trivial)])


def _permute(x: torch.Tensor, order: torch.Tensor, k: int) -> torch.Tensor:
    """Nodes in another order; node axes lie before the features."""
    for axis in range(k):
        x = x.index_select(x.ndim - 2 - axis, order)
    return x


def _brute_force_count(n: int, k: int) -> int:
    """dim of the maps that commute with S_n: orbits of S_n on k-tuples of nodes."""
    return len(
        {min(tuple(p[i] for i in nodes) for p in permutations(range(n))) for nodes in product(range(n), repeat=k)}
    )


@pytest.mark.parametrize(("k", "order_out"), [(2, 2), (2, 1), (1, 2), (2, 0), (0, 2), (1, 1), (1, 0), (0, 1), (0, 0)])
def test_every_map_is_there_once(k: int, order_out: int) -> None:
    """As many independent maps as commute with S_4 by brute force: 15, 5, 5, 2, 2, 2, 1, 1, 1."""
    n = 4
    layer = PermutationLinear(_trivial(), _trivial(), k, order_out, dtype=FLOAT)
    assert layer.n_maps == BELL[k + order_out] == _brute_force_count(n, k + order_out)
    weights = {name: p for name, p in layer.named_parameters() if name.endswith("weight")}
    biases = {name: torch.zeros_like(p) for name, p in layer.named_parameters() if name.endswith("bias")}
    basis = torch.eye(n**k, dtype=FLOAT).reshape(n**k, *[n] * k, 1)
    images = []
    for name, p in weights.items():
        for i in range(p.numel()):
            one = {other: torch.zeros_like(q) for other, q in weights.items()}
            one[name][i] = 1.0
            nodes = {"n": n} if k == 0 else {}
            images.append(torch.func.functional_call(layer, {**one, **biases}, (basis,), nodes).flatten())
    assert torch.linalg.matrix_rank(torch.stack(images)) == len(images) == BELL[k + order_out]


@pytest.mark.parametrize(("k", "order_out"), [(2, 2), (2, 1), (1, 2), (2, 0), (1, 1), (1, 0)])
def test_nodes_may_come_in_any_order(k: int, order_out: int) -> None:
    torch.manual_seed(0)
    layer = PermutationLinear(_trivial(3), _trivial(2), k, order_out, dtype=FLOAT)
    for parameter in layer.parameters():
        torch.nn.init.normal_(parameter)
    x = torch.randn(2, *[5] * k, 3, dtype=FLOAT)
    order = torch.tensor([3, 0, 4, 1, 2])
    y = layer(x)
    torch.testing.assert_close(layer(_permute(x, order, k)), _permute(y, order, order_out))
    if order_out:
        ramp = torch.arange(5, dtype=FLOAT).reshape(5, *[1] * order_out)
        wrong = layer(_permute(x, order, k)) + ramp  # a bias that knows the nodes
        assert not torch.allclose(wrong, _permute(y + ramp, order, order_out))


@pytest.mark.parametrize(("k", "order_out"), [(2, 2), (2, 1), (1, 2), (2, 0), (1, 1), (1, 0)])
def test_masked_nodes_are_not_there(k: int, order_out: int) -> None:
    torch.manual_seed(0)
    layer = PermutationLinear(_trivial(3), _trivial(2), k, order_out, dtype=FLOAT)
    small = torch.randn(2, *[3] * k, 3, dtype=FLOAT)
    large = torch.full((2, *[5] * k, 3), float("nan"), dtype=FLOAT)
    large[(slice(None), *[slice(3)] * k)] = small
    mask = torch.tensor([[True] * 3 + [False] * 2] * 2)
    y = layer(large, mask)
    torch.testing.assert_close(y[(slice(None), *[slice(3)] * order_out)], layer(small))
    if order_out:
        assert (y[:, 3:] == 0).all()


@pytest.mark.parametrize(
    ("name", "blocks"), [("SO(3)", "2x0 + 2x1"), ("SO(1,3)", "2x(0,0) + (1/2,1/2)"), ("SU(2)", "0 + 1/2")]
)
def test_sets_and_graphs_with_a_group_on_every_node(name: str, blocks: str) -> None:
    rep = tw.Rep(tw.group(name), blocks)
    torch.manual_seed(0)
    for k, order_out in ((1, 1), (2, 2), (2, 1), (1, 2)):
        layer = PermutationLinear(rep, rep, k, order_out, dtype=FLOAT)
        assert_equivariant(layer, rep, rep, inputs=[torch.randn(2, *[4] * k, rep.dim, dtype=FLOAT)])
    x = torch.randn(1, 3, 3, rep.dim, dtype=FLOAT, requires_grad=True)
    layer = PermutationLinear(rep, rep, 2, 2, dtype=FLOAT)
    assert torch.autograd.gradcheck(layer, (x,))
    assert layer(torch.zeros(2, 0, 0, rep.dim, dtype=FLOAT)).shape == (2, 0, 0, rep.dim)
    torch.testing.assert_close(layer(x.transpose(1, 2)), layer(x.transpose(1, 2).contiguous()))


def test_deep_sets() -> None:
    """Order 1 → 1 is Zaheer's λ x + γ mean(x) (1703.06114), and a network of them is universal on sets."""
    layer = PermutationLinear(_trivial(), _trivial(), dtype=FLOAT)
    x = torch.randn(2, 6, 1, dtype=FLOAT, generator=torch.Generator().manual_seed(0))
    a, b = layer.maps["1 all"].weight, layer.maps["0 all"].weight
    torch.testing.assert_close(layer(x), a * x + b * x.mean(1, keepdim=True))


def test_refusals_of_permutation_maps() -> None:
    with pytest.raises(ConfigurationError, match="other orders"):
        PermutationLinear(_trivial(), _trivial(), 3, 1)
    with pytest.raises(RepresentationError, match="another order"):
        PermutationLinear(_trivial(), _trivial(), 2, 1)(torch.zeros(2, 3, 4, 1))
    with pytest.raises(RepresentationError, match="number of nodes"):
        PermutationLinear(_trivial(), _trivial(), 0, 1)(torch.zeros(2, 1))
    G = tw.group("SO(3)")
    with pytest.raises(RepresentationError, match="could only be 0"):
        PermutationLinear(tw.Rep(G, "1"), tw.Rep(G, "2"), 2, 2)
    norm = NormActivation(tw.Rep(G, "1"))
    assert norm(torch.zeros(2, 5, 5, 3)).shape == (2, 5, 5, 3)  # other layers act on every node or pair alike
