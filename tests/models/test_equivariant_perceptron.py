"""One class of network for every group: equivariant, able to learn products, refusing what it cannot reach."""

from __future__ import annotations

import pytest
import torch

import intertwine as tw
from intertwine.errors import ConfigurationError, RepresentationError
from intertwine.models.equivariant_perceptron import EquivariantPerceptron, hidden_rep
from intertwine.testing import assert_equivariant, equivariance_error

CASES = [
    ("O(5)", "2x5o + 10e", "5o"), ("Sp(4)", "2x4 + 5", "5"), ("SU(3)", "2x8", "8"), ("G2", "3x7", "7 + 1"),
    ("F4", "2x26", "26"), ("SO(1,3)", "2x(1/2,1/2) + (1,0)", "(1/2,1/2)"), ("S5", "3x(4,1)", "(4,1)"),
    ("U(1)", "2 + 2x1", "3"),
]  # fmt: skip


def build(name: str, inputs: str, outputs: str, **options: int) -> EquivariantPerceptron:
    torch.manual_seed(0)
    group = tw.group(name)
    return EquivariantPerceptron(tw.Rep(group, inputs), tw.Rep(group, outputs), dtype=torch.float64, **options)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_equivariant_and_a_broken_one_is_not(case: tuple[str, str, str]) -> None:
    net = build(*case, channels=2)
    assert_equivariant(net, net.rep_in, net.rep_out, tolerance=1e-11)
    for layer in net.layers:
        layer.gate.register_forward_hook(lambda _, __, y: y + 0.1)
    assert equivariance_error(net, net.rep_in, net.rep_out).max > 1e-4


def test_any_leading_axes_and_gradients() -> None:
    net = build(*CASES[3], channels=2)
    x = torch.randn(2, 3, net.rep_in.dim, dtype=torch.float64, requires_grad=True)
    assert torch.allclose(net(x).flatten(0, 1), net(x.flatten(0, 1)))
    net(x).square().sum().backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in net.parameters())


def test_the_hidden_representation() -> None:
    group = tw.group("G2")
    rep = hidden_rep(tw.Rep(group, "3x7"), tw.Rep(group, "1"), 4, (group.irrep("14"),))
    assert str(rep) == "8x1 + 4x7 + 4x14"


def test_what_cannot_be_built_is_said() -> None:
    with pytest.raises(ConfigurationError, match="layers and channels; received 0 layers"):
        build(*CASES[3], layers=0)
    with pytest.raises(RepresentationError, match="64"):
        build("G2", "7", "64")  # 64 is in 7 x 27, not in 7 x 7
