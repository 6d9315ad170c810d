"""RMSNorm, LayerNorm, ChannelDropout: equivariant where forms are indefinite too; broken variants are found out."""

from __future__ import annotations

import pytest
import torch
from layer_cases import NON_COMPACT, features, layer_groups, random_features

import intertwine as tw
from groups_list import Case
from intertwine.errors import ConfigurationError
from intertwine.nn import ChannelDropout, LayerNorm, RMSNorm
from intertwine.testing import assert_equivariant, equivariance_error

FLOAT = torch.float64


@layer_groups()
@pytest.mark.parametrize("kind", [RMSNorm, LayerNorm])
@pytest.mark.parametrize("channels", [1, 3])
def test_norms_commute_with_the_group(case: Case, kind: type[RMSNorm], channels: int) -> None:
    rep = features(case, channels=channels)
    layer = kind(rep, dtype=FLOAT)
    with torch.no_grad():
        for index, parameter in enumerate(layer.parameters()):
            parameter += torch.linspace(-0.4, 0.6 + index, parameter.numel(), dtype=FLOAT)
    assert_equivariant(layer, rep, rep)


@layer_groups(*NON_COMPACT)
def test_a_euclidean_norm_is_found_out(case: Case) -> None:
    rep = features(case)

    def broken(x: torch.Tensor) -> torch.Tensor:
        return torch.cat([x[..., w] / x[..., w].square().mean(-1, keepdim=True).sqrt() for w in rep.slices], -1)

    assert equivariance_error(broken, rep, rep).max > 1e-3


@layer_groups("SO(3)", "SU(2)", "SO(1,3)", "Oh")
def test_a_bias_on_components_is_found_out(case: Case) -> None:
    rep = features(case)
    layer = RMSNorm(rep, dtype=FLOAT)
    assert equivariance_error(lambda x: layer(x + 0.01), rep, rep, n_elements=20).max > 1e-4


@layer_groups()
def test_sizes_come_out_as_one(case: Case) -> None:
    rep = features(case, channels=6)
    x = 7.0 * random_features(case, 500, rep.dim)
    y = RMSNorm(rep, dtype=FLOAT)(x).detach()
    for block, where in zip(rep.blocks, rep.slices, strict=True):
        if case.name != "SL(3,R)" or block.irrep.name not in ("3", "3bar", "6", "6bar"):  # no form, no size
            assert 0.5 < float(y[:, where].square().mean()) < 2


def test_symplectic_features_are_normalised_by_pairs() -> None:
    rep = tw.Rep(tw.group("Sp(4,R)"), "5x4")
    x = 100 * torch.randn(50, rep.dim, dtype=FLOAT, generator=torch.Generator().manual_seed(0))
    assert 0.5 < float(RMSNorm(rep, dtype=FLOAT)(x).detach().square().mean()) < 2
    alone = tw.Rep(tw.group("Sp(4,R)"), "4")
    torch.testing.assert_close(RMSNorm(alone, dtype=FLOAT)(x[:, :4]).detach(), x[:, :4])


def test_the_light_cone_is_smooth() -> None:
    """Features and their gradients stay finite on null vectors, on 0, and across the cone."""
    rep = tw.Rep(tw.group("SO(1,3)"), "(1/2,1/2)")
    layer = RMSNorm(rep, epsilon=1e-2, dtype=FLOAT)
    x = torch.tensor([[1.0, 0.0, 0.0, 1.0], [0.0, 0.0, 0.0, 0.0], [1.0, 0.0, 0.0, 1.0 + 1e-9]], dtype=FLOAT)
    x.requires_grad_()
    y = layer(x)
    y.square().sum().backward()
    assert torch.isfinite(y).all()
    assert x.grad is not None
    assert torch.isfinite(x.grad).all()
    assert float(y[0].detach().abs().max()) <= 10.0 + 1e-9  # ε^(−1/2)


@layer_groups("SU(3)", "SO(1,3)", "Sp(4,R)")
def test_gradients_zero_size_and_strides(case: Case) -> None:
    rep = features(case, scalars=2, largest=6)
    for layer in (RMSNorm(rep, dtype=FLOAT), LayerNorm(rep, dtype=FLOAT)):
        x = random_features(case, 2, rep.dim).requires_grad_()
        assert torch.autograd.gradcheck(layer, (x,))
        assert torch.autograd.gradgradcheck(layer, (x,))
        assert layer(torch.zeros(0, rep.dim, dtype=FLOAT)).shape == (0, rep.dim)
        wide = random_features(case, rep.dim, 4)
        torch.testing.assert_close(layer(wide.T), layer(wide.T.contiguous()))
        assert layer(wide.T.bfloat16()).dtype == torch.bfloat16


def test_layer_norm_takes_the_mean_of_invariants() -> None:
    rep = tw.Rep(tw.group("SO(3)"), "8x0 + 2x1")
    x = torch.randn(5, rep.dim, dtype=FLOAT, generator=torch.Generator().manual_seed(0))
    y = LayerNorm(rep, epsilon=1e-6, dtype=FLOAT)(x)[:, :8]
    torch.testing.assert_close(y, torch.nn.functional.layer_norm(x[:, :8], (8,)), atol=1e-4, rtol=1e-4)
    assert RMSNorm(rep, affine=False).weight is None
    with pytest.raises(ConfigurationError, match="ε > 0"):
        RMSNorm(rep, epsilon=0.0)


@layer_groups()
def test_dropout_drops_whole_channels(case: Case) -> None:
    rep = features(case, channels=3)
    layer = ChannelDropout(rep, 0.5)
    torch.manual_seed(0)
    y = layer(torch.ones(400, rep.dim))
    assert set(y.unique().tolist()) == {0.0, 2.0}
    for block, where in zip(rep.blocks, rep.slices, strict=True):
        parts = y[:, where].unflatten(-1, (block.irrep.real_dim, block.multiplicity))
        assert (parts == parts[:, :1]).all()
        assert 0.8 < float(parts.mean()) < 1.2

    def drawn(x: torch.Tensor) -> torch.Tensor:
        torch.manual_seed(5)
        out: torch.Tensor = layer.train()(x)
        return out

    def by_component(x: torch.Tensor) -> torch.Tensor:
        torch.manual_seed(5)
        return torch.nn.functional.dropout(x, 0.5)

    assert_equivariant(drawn, rep, rep)
    if any(block.irrep.real_dim > 2 for block in rep.blocks):
        assert equivariance_error(by_component, rep, rep, n_elements=20).max > 1e-3
    x = torch.ones(2, rep.dim)
    assert torch.equal(layer.eval()(x), x)
    with pytest.raises(ConfigurationError, match="probability"):
        ChannelDropout(rep, 1.0)
