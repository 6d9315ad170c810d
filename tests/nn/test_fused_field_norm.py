"""The fused kernel of batch norm and non-linearity against the layers one after the other."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

import intertwine as tw
import intertwine.nn.antialiased_pooling as pooling_module
from intertwine import nn
from intertwine.errors import RepresentationError
from intertwine.nn.kernels.native import compiler
from intertwine.nn.native_field_norm import native_runs

needs_compiler = pytest.mark.skipif(compiler() is None, reason="no C++ compiler")


def _pair(kind: str, pools: bool = False) -> nn.FusedFieldNorm:
    activation: nn.FieldGate | nn.FourierActivation | nn.FieldActivation
    if kind == "gate":
        activation = nn.FieldGate(tw.Rep("SO(2)", "3x0 + 2x1 + 4x2"))
    elif kind.startswith("sampled"):
        activation = nn.FourierActivation(tw.Rep("O(2)", "0e + 1 + 2"), 5, kind.removeprefix("sampled "))
    else:
        activation = nn.FieldActivation(3 * tw.regular("C4"), kind)
    torch.manual_seed(0)
    norm = nn.FieldBatchNorm(activation.rep_in)
    with torch.no_grad():
        norm.weight.add_(0.3 * torch.randn_like(norm.weight))
        norm.bias.add_(torch.randn_like(norm.bias))
    return nn.FusedFieldNorm(norm, activation, nn.AntialiasedPooling(activation.rep_out) if pools else None)


def _one_by_one(layer: nn.FusedFieldNorm, x: torch.Tensor) -> torch.Tensor:
    """By the layers, and those by torch's own operators."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pooling_module, "native_runs", lambda *_: False)
        return layer._one_by_one(x)


@needs_compiler
@pytest.mark.parametrize("kind", ["relu", "elu", "identity", "gate", "sampled elu", "sampled relu"])
@pytest.mark.parametrize("sites", [(7, 5), (33, 19), (70, 64), (3, 4, 5), ()])
@pytest.mark.parametrize("pools", [False, True])
def test_values_and_gradients_are_those_of_the_layers(kind: str, sites: tuple[int, ...], pools: bool) -> None:
    if kind == "identity":
        layer = _pair("relu", pools)
        layer = nn.FusedFieldNorm(layer.norm, nn.FieldActivation(layer.rep_in, "silu"), layer.pooling)  # falls back
    else:
        layer = _pair(kind, pools)
    shape = (6, layer.rep_in.dim, *sites)
    x = (2 * torch.randn(shape) + 1).requires_grad_()
    cotangent = torch.randn_like(layer(x))
    found = [_gradients(layer, f, x, cotangent) for f in (layer, lambda x: _one_by_one(layer, x))]
    for ours, theirs in zip(*found, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=2e-4, atol=2e-5)
    layer.eval()
    with torch.no_grad():
        torch.testing.assert_close(layer(x), _one_by_one(layer, x), rtol=1e-5, atol=1e-5)
    assert kind == "identity" or native_runs(x.detach(), layer.norm, layer._native)


def _gradients(
    layer: nn.FusedFieldNorm, f: Callable[[torch.Tensor], torch.Tensor], x: torch.Tensor, cotangent: torch.Tensor
) -> list[torch.Tensor]:
    norm = layer.norm.train()
    norm.running_variance.fill_(1.0)
    norm.running_mean.fill_(0.5)
    x.grad = None
    layer.zero_grad()
    y = f(x)
    y.backward(cotangent.to(y.dtype))
    return [
        y.detach(), x.grad, norm.weight.grad, norm.bias.grad, norm.running_variance.clone(), norm.running_mean.clone()
    ]  # fmt: skip


@needs_compiler
@pytest.mark.parametrize(
    ("kind", "pools"), [("elu", False), ("elu", True), ("gate", False), ("gate", True), ("sampled elu", False)]
)
def test_bfloat16_is_float32_rounded(kind: str, pools: bool) -> None:
    layer = _pair(kind, pools)
    x = (2 * torch.randn(6, layer.rep_in.dim, 14, 9) + 1).bfloat16().requires_grad_()
    cotangent = torch.randn_like(layer(x))
    ours = _gradients(layer, layer, x, cotangent)
    wide = x.detach().float().requires_grad_()
    exact = _gradients(layer, lambda x: _one_by_one(layer, x), wide, cotangent)
    assert ours[0].dtype == ours[1].dtype == torch.bfloat16
    for k, (one, other) in enumerate(zip(ours, exact, strict=True)):
        # dz is rounded before the mean is taken off it
        tolerance = 1e-2 if k < 2 else 1e-4
        assert (one.float() - other).abs().max() <= tolerance * other.abs().max()


@needs_compiler
def test_a_wrong_plan_is_found_out() -> None:
    layer = _pair("gate", pools=True)
    x = torch.randn(6, layer.rep_in.dim, 7, 5).requires_grad_()
    cotangent = torch.randn_like(layer(x))
    right = _gradients(layer, lambda x: _one_by_one(layer, x), x, cotangent)
    groups, entries = layer._native.groups, layer._plan.entries
    for array, wrong in ((groups, groups.copy()), (entries, entries.copy())):
        if array is groups:
            wrong[[-1, -2], 0] = wrong[[-2, -1], 0]  # two gates exchanged
        else:
            wrong[0] *= 0.5  # half of a size left out
        kept, array[:] = array.copy(), wrong
        found = _gradients(layer, layer, x, cotangent)
        assert max(float((a - b).abs().max()) for a, b in zip(found, right, strict=True)) > 1e-2
        array[:] = kept


@needs_compiler
@pytest.mark.parametrize("kind", ["elu", "gate"])
def test_gradients_are_differences_of_values(kind: str) -> None:
    layer = _pair(kind, pools=True)
    x = torch.randn(3, layer.rep_in.dim, 6, 5).requires_grad_()
    cotangent = torch.randn_like(layer(x))
    layer(x).backward(cotangent)
    direction = torch.randn_like(x)

    def value(step: float) -> float:
        with torch.no_grad():
            return float((layer(x + step * direction).double() * cotangent).sum())

    slope = (value(1e-2) - value(-1e-2)) / 2e-2
    assert abs(slope - float((x.grad * direction).sum())) < 2e-3 * abs(slope) + 2e-2
    assert abs(slope - float((x.grad.flip(0) * direction).sum())) > 0.1 * abs(slope)


@needs_compiler
def test_other_samples_are_another_function() -> None:
    layer = _pair("sampled elu").eval()
    x = torch.randn(2, layer.rep_in.dim, 5, 5)
    with torch.no_grad():
        expected = layer.activation(layer.norm(x))
        torch.testing.assert_close(layer(x), expected, rtol=1e-5, atol=1e-5)
        layer._native.matrices[1][0, 0] += 1e-3
        assert (layer(x) - expected).abs().max() > 1e-4


@needs_compiler
def test_far_from_zero_the_variance_keeps_its_digits() -> None:
    layer = _pair("relu")
    x = 1000.0 + torch.randn(8, layer.rep_in.dim, 40, 40)
    exact = torch.nn.Sequential(layer.norm, layer.activation).double()(x.double())
    torch.testing.assert_close(layer.float()(x).double(), exact, rtol=0, atol=2e-3)


def test_other_precisions_and_strided_memory() -> None:
    layer = _pair("gate").double()
    x = torch.randn(4, layer.rep_in.dim, 6, 6, dtype=torch.float64)
    torch.testing.assert_close(layer(x), layer.activation(layer.norm(x)), rtol=1e-12, atol=1e-12)
    layer = layer.float().eval()
    last = x.float().contiguous(memory_format=torch.channels_last)
    with torch.no_grad():
        torch.testing.assert_close(layer(last), layer(x.float()), rtol=1e-6, atol=1e-6)


def test_refusals() -> None:
    rep = tw.Rep("SO(2)", "0 + 1")
    with pytest.raises(RepresentationError, match="different fields"):
        nn.FusedFieldNorm(nn.FieldBatchNorm(rep), nn.FieldGate(rep))
    gate = nn.FieldGate(rep)
    with pytest.raises(RepresentationError, match="pooling of different fields"):
        nn.FusedFieldNorm(nn.FieldBatchNorm(gate.rep_in), gate, nn.AntialiasedPooling(gate.rep_in))


def test_moments_under_autocast_are_those_of_float32() -> None:
    layer = _pair("elu").train()
    x = 3 + torch.randn(4, layer.rep_in.dim, 6, 6).bfloat16()
    expected = layer(x.float())
    with torch.autocast("cpu", torch.bfloat16):
        torch.testing.assert_close(layer(x), expected.bfloat16(), rtol=1e-2, atol=1e-6)  # one rounding at the end
        torch.testing.assert_close(layer.activation(layer.norm(x)), expected, rtol=1e-5, atol=1e-5)
    falls_back = nn.FusedFieldNorm(layer.norm, nn.FieldActivation(layer.rep_in, "silu"))
    with torch.autocast("cpu", torch.bfloat16):
        assert falls_back(x).dtype == torch.bfloat16
