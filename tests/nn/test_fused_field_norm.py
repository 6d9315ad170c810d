"""The fused kernel of batch norm and non-linearity against the layers one after the other."""

from __future__ import annotations

import pytest
import torch

import intertwine as tw
from intertwine import nn
from intertwine.errors import RepresentationError
from intertwine.nn.kernels.native import compiler
from intertwine.nn.native_field_norm import native_runs

needs_compiler = pytest.mark.skipif(compiler() is None, reason="no C++ compiler")


def _pair(kind: str) -> nn.FusedFieldNorm:
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
    return nn.FusedFieldNorm(norm, activation)


@needs_compiler
@pytest.mark.parametrize("kind", ["relu", "elu", "identity", "gate", "sampled elu", "sampled relu"])
@pytest.mark.parametrize("sites", [(7, 5), (33, 19), (3, 4, 5), ()])
def test_values_and_gradients_are_those_of_the_layers(kind: str, sites: tuple[int, ...]) -> None:
    if kind == "identity":
        layer = _pair("relu")
        layer = nn.FusedFieldNorm(layer.norm, nn.FieldActivation(layer.rep_in, "silu"))  # falls back
    else:
        layer = _pair(kind)
    twin = torch.nn.Sequential(layer.norm, layer.activation)
    shape = (6, layer.rep_in.dim, *sites)
    x = (2 * torch.randn(shape) + 1).requires_grad_()
    cotangent = torch.randn(6, layer.rep_out.dim, *sites)
    found = []
    for f in (layer, twin):
        f.train()
        layer.norm.running_variance.fill_(1.0)
        x.grad = None
        layer.zero_grad()
        y = f(x)
        y.backward(cotangent)
        norm = layer.norm
        found.append([y.detach(), x.grad, norm.weight.grad, norm.bias.grad, norm.running_variance.clone()])
    for ours, theirs in zip(*found, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=2e-4, atol=2e-5)
    layer.eval()
    twin.eval()
    with torch.no_grad():
        torch.testing.assert_close(layer(x), twin(x), rtol=1e-5, atol=1e-5)
    assert native_runs(x.detach())


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


def test_moments_under_autocast_are_those_of_float32() -> None:
    layer = _pair("elu").train()
    x = 3 + torch.randn(4, layer.rep_in.dim, 6, 6).bfloat16()
    expected = layer(x.float())
    with torch.autocast("cpu", torch.bfloat16):
        for f in (layer, torch.nn.Sequential(layer.norm, layer.activation)):
            torch.testing.assert_close(f(x), expected, rtol=1e-5, atol=1e-5)
