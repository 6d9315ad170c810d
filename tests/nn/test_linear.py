"""Linear: equivariant, complete (as many weights as intertwiners), normalised; and a broken one is found out."""

from __future__ import annotations

import pytest
import torch

import intertwine as tw
from intertwine.errors import RepresentationError
from intertwine.nn import EquivariantModule, Linear
from intertwine.testing import assert_equivariant, equivariance_error

CASES = [
    ("SO(3)", "4x0 + 3x1 + 2x2 + 1", "5x0 + 2x1 + 3x2"),
    ("SU(3)", "2x1 + 3x3 + 2x8", "1 + 2x3 + 8"),
    ("SU(2)", "2x0 + 3x1/2 + 1", "0 + 2x1/2 + 1"),
    ("SO(1,3)", "2x(0,0) + 3x(1/2,1/2) + 2x(1,0)", "(0,0) + 2x(1/2,1/2) + (1,0)"),
    ("Q8", "2x1 + 3x2", "1 + 2x2"),
]


@pytest.mark.parametrize(("name", "blocks_in", "blocks_out"), CASES)
def test_linear_commutes_with_the_group(name: str, blocks_in: str, blocks_out: str) -> None:
    G = tw.group(name)
    rep_in, rep_out = tw.Rep(G, blocks_in), tw.Rep(G, blocks_out)
    torch.manual_seed(0)
    layer = Linear(rep_in, rep_out, dtype=torch.float64)
    if layer.bias is not None:
        torch.nn.init.normal_(layer.bias)
    assert_equivariant(layer, rep_in, rep_out)


@pytest.mark.parametrize(("name", "blocks_in", "blocks_out"), CASES)
def test_linear_reaches_every_intertwiner(name: str, blocks_in: str, blocks_out: str) -> None:
    """The weights' images span Hom_G(rep_in, rep_out): Σ of commutant dimensions many, linearly independent."""
    G = tw.group(name)
    rep_in, rep_out = tw.Rep(G, blocks_in), tw.Rep(G, blocks_out)
    layer = Linear(rep_in, rep_out, bias=False, dtype=torch.float64)
    expected = sum(i.commutant_dim * rep_in.multiplicity(i) * rep_out.multiplicity(i) for i in rep_out.irreps)
    assert layer.weight.numel() == expected == len(tw.intertwiners(rep_in, rep_out))

    def dense(weight: torch.Tensor) -> torch.Tensor:
        one = torch.eye(rep_in.dim, dtype=torch.float64)
        out: torch.Tensor = torch.func.functional_call(layer, {"weight": weight}, (one,))
        return out.flatten()

    images = torch.func.vmap(dense)(torch.eye(expected, dtype=torch.float64))
    assert torch.linalg.matrix_rank(images) == expected


@pytest.mark.parametrize(("name", "blocks_in", "blocks_out"), CASES)
@pytest.mark.parametrize("mutation", ["weight of two components", "bias on a non-invariant"])
def test_a_broken_linear_is_found_out(name: str, blocks_in: str, blocks_out: str, mutation: str) -> None:
    G = tw.group(name)
    rep_in, rep_out = tw.Rep(G, blocks_in), tw.Rep(G, blocks_out)
    layer = Linear(rep_in, rep_out, dtype=torch.float64)

    def broken(x: torch.Tensor) -> torch.Tensor:
        y: torch.Tensor = layer(x)
        wrong = y.clone()
        wrong[..., -1] = y[..., -1] * 1.01 if mutation.startswith("weight") else y[..., -1] + 0.01
        return wrong

    assert equivariance_error(broken, rep_in, rep_out).max > 1e-5


@pytest.mark.parametrize(("name", "blocks_in", "blocks_out"), CASES)
def test_components_keep_their_second_moment(name: str, blocks_in: str, blocks_out: str) -> None:
    G = tw.group(name)
    rep_in, rep_out = tw.Rep(G, blocks_in), tw.Rep(G, blocks_out)
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(200, rep_in.dim, generator=generator)
    layer = Linear(rep_in, rep_out)
    moments = []
    for _ in range(30):
        layer.reset_parameters(generator)
        moments.append(layer(x).square().mean(0).detach())
    mean = torch.stack(moments).mean(0)
    for where in rep_out.slices:
        assert 0.5 < float(mean[where].mean()) < 2


def test_quaternionic_features_have_four_weights_a_pair() -> None:
    G = tw.group("SU(2)")
    assert Linear(tw.Rep(G, "1/2"), tw.Rep(G, "1/2")).weight.numel() == 4
    assert Linear(tw.Rep(G, "1"), tw.Rep(G, "1")).weight.numel() == 1
    assert Linear(tw.Rep(tw.group("SU(3)"), "3"), tw.Rep(tw.group("SU(3)"), "3bar")).weight.numel() == 2


def test_representations_in_their_own_basis() -> None:
    G = tw.group("SO(3)")
    vector = tw.Rep(G, "1")
    tensor = vector @ vector
    torch.manual_seed(0)
    assert_equivariant(Linear(tensor, tensor, dtype=torch.float64), tensor, tensor)


def test_state_holds_learned_parameters_only() -> None:
    G = tw.group("SU(3)")
    layer = Linear(tw.Rep(G, "1 + 3 + 8"), tw.Rep(G, "1 + 3 + 8"))
    assert set(layer.state_dict()) == {"weight", "bias"}


def test_zero_size_batches_and_gradients() -> None:
    G = tw.group("SU(2)")
    rep = tw.Rep(G, "2x0 + 3x1/2")
    layer = Linear(rep, rep, dtype=torch.float64)
    assert layer(torch.zeros(0, rep.dim, dtype=torch.float64)).shape == (0, rep.dim)
    x = torch.randn(3, rep.dim, dtype=torch.float64, requires_grad=True, generator=torch.Generator().manual_seed(0))
    assert torch.autograd.gradcheck(layer, (x,))


def test_mismatches_name_both_sides() -> None:
    G, H = tw.group("SO(3)"), tw.group("SU(3)")
    with pytest.raises(RepresentationError, match=r"different groups.*SU\(3\).*SO\(3\)"):
        Linear(tw.Rep(G, "1"), tw.Rep(H, "8"))
    with pytest.raises(RepresentationError, match=r"could only be 0.*fix"):
        Linear(tw.Rep(G, "1"), tw.Rep(G, "2"))
    with pytest.raises(RepresentationError, match="do not fit rep_in"):
        Linear(tw.Rep(G, "1"), tw.Rep(G, "1"))(torch.zeros(2, 4))
    with pytest.raises(RepresentationError, match="not a representation"):
        EquivariantModule("1", tw.Rep(G, "1"))  # type: ignore[arg-type]
