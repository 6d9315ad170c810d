"""Radial bases and cut-offs: their formulas, their smoothness at 0 and at the cut-off."""

from __future__ import annotations

import math

import pytest
import torch

from intertwine.errors import ConfigurationError
from intertwine.nn import BesselBasis, CosineCutoff, GaussianBasis, PolynomialCutoff, RadialNetwork


def derivatives(f, r, count):
    r = torch.tensor([r], dtype=torch.float64, requires_grad=True)
    value = f(r)
    found = [value.item()]
    for _ in range(count):
        (value,) = torch.autograd.grad(value.sum(), r, create_graph=True)
        found.append(value.item())
    return found


@pytest.mark.parametrize(
    ("cutoff", "smooth"), [(PolynomialCutoff(2.0), 2), (PolynomialCutoff(2.0, 3), 2), (CosineCutoff(2.0), 1)]
)
def test_cutoffs_end_smoothly(cutoff, smooth):
    before = derivatives(cutoff, 2.0 - 1e-9, smooth + 1)
    assert all(abs(value) < 1e-6 for value in before[: smooth + 1])
    assert abs(before[smooth + 1]) > 0.1, "smoother than it says"
    assert derivatives(cutoff, 2.5, smooth) == [0.0] * (smooth + 1)
    assert derivatives(cutoff, 0.0, 1) == [1.0, 0.0]


def test_a_step_is_no_cutoff():
    def step(r):
        return (r < 2).double() * (3 - r)

    assert abs(derivatives(step, 2.0 - 1e-9, 1)[0]) > 0.5


def test_bessel_functions():
    basis = BesselBasis(5, 3.0).double()
    r = torch.linspace(0.1, 2.9, 20, dtype=torch.float64)
    n = torch.arange(1, 6, dtype=torch.float64)
    expected = math.sqrt(2 / 3) * torch.sin(n * math.pi * r[:, None] / 3) / r[:, None]
    torch.testing.assert_close(basis(r), expected)
    grid = torch.linspace(0, 3, 20001, dtype=torch.float64)
    norms = torch.trapezoid(grid[:, None, None] ** 2 * basis(grid)[:, :, None] * basis(grid)[:, None, :], grid, dim=0)
    torch.testing.assert_close(norms, torch.eye(5, dtype=torch.float64), atol=1e-6, rtol=0)


@pytest.mark.parametrize("learnable", [False, True])
def test_bessel_at_the_origin_to_second_order(learnable):
    basis = BesselBasis(3, 2.0, learnable=learnable, dtype=torch.float64)
    r = torch.tensor([0.0, 0.7, 1.9], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(basis, (r,))
    (first,) = torch.autograd.grad(basis(r).sum(), r, create_graph=True)
    (second,) = torch.autograd.grad(first.sum(), r)
    assert torch.isfinite(second).all()
    k = math.pi / 2 * torch.arange(1, 4, dtype=torch.float64)
    assert second[0].item() == pytest.approx(-(k**3 / 3).sum().item())  # √(2/c) = 1 here; ω sin(z)/z = ω(1 − z²/6 + …)
    assert sum(p.requires_grad for p in basis.parameters()) == learnable


def test_gaussians_cover_a_signed_range():
    basis = GaussianBasis(5, 1.0, -1.0, dtype=torch.float64, learnable=True)
    assert basis(torch.tensor([-1.0, -0.5, 0.0, 0.5, 1.0], dtype=torch.float64)).diagonal().tolist() == [1.0] * 5
    assert basis(torch.tensor(0.5, dtype=torch.float64))[2].item() == pytest.approx(math.exp(-0.5))
    basis(torch.randn(4, dtype=torch.float64)).sum().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in basis.parameters())


def test_radial_network_keeps_size_and_vanishes_with_its_input():
    torch.manual_seed(0)
    second = torch.stack(
        [RadialNetwork([8, 64, 64, 32])(torch.randn(200, 8)).square().mean() for _ in range(20)]
    ).mean()
    assert 0.8 < second.item() < 1.2
    assert RadialNetwork([3, 4, 5])(torch.zeros(2, 3)).abs().sum() == 0


@pytest.mark.parametrize(
    "make",
    [
        lambda: BesselBasis(0, 1.0),
        lambda: BesselBasis(3, -1.0),
        lambda: GaussianBasis(1, 1.0),
        lambda: GaussianBasis(4, 1.0, 2.0),
        lambda: CosineCutoff(math.inf),
        lambda: PolynomialCutoff(1.0, 1),
        lambda: RadialNetwork([3]),
    ],
)
def test_wrong_settings(make):
    with pytest.raises(ConfigurationError, match="received"):
        make()
