"""Kernels of RMSNorm and ElementwiseProduct, and the joint maps of Attention, against the plain formulas."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

import intertwine as tw
from intertwine.nn import Attention, ElementwiseProduct, RMSNorm
from intertwine.nn import elementwise_product as elementwise_module
from intertwine.nn.kernels.native import compiler
from intertwine.nn.linear import Linear, joint, side_by_side
from intertwine.nn.native_rms_norm import normalised

needs_compiler = pytest.mark.skipif(compiler() is None, reason="no C++ compiler here")
REPS = [
    ("SO(1,3)", "5x(0,0) + 3x(1/2,1/2) + 4x(1,0) + 1x(1/2,1/2)"),
    ("SU(2)", "3x0 + 2x1/2 + 2x1"),
    ("Sp(4,R)", "3x4"),
    ("SL(3,R)", "2x1 + 3x3"),
]


def rep_of(group: str, blocks: str) -> tw.Rep:
    return tw.Rep(tw.group(group), blocks)


def gradients(y: Tensor, g: Tensor, *inputs: Tensor) -> list[Tensor]:
    return list(torch.autograd.grad((y * g).sum(), inputs))


def norm_and_input(group: str, blocks: str, dtype: torch.dtype) -> tuple[RMSNorm, Tensor, Tensor]:
    layer = RMSNorm(rep_of(group, blocks), dtype=dtype)
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        assert layer.weight is not None
        layer.weight += 0.3 * torch.randn(layer.weight.shape, dtype=dtype, generator=generator)
    wide = torch.randn(7, 2, layer.rep_in.dim + 3, dtype=dtype, generator=generator)
    x = wide[..., :-3].requires_grad_()  # not contiguous
    return layer, x, torch.randn(x.shape, dtype=dtype, generator=generator)


@needs_compiler
@pytest.mark.parametrize(("group", "blocks"), REPS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_norm_of_the_kernel_is_the_formula(group: str, blocks: str, dtype: torch.dtype) -> None:
    layer, x, g = norm_and_input(group, blocks, dtype)
    assert layer.weight is not None
    native, plain = layer(x), layer._formula(x, layer.weight)
    assert "_Norm" in type(native.grad_fn.next_functions[0][0]).__name__ + type(native.grad_fn).__name__
    tolerance = 1e-12 if dtype == torch.float64 else 2e-5
    torch.testing.assert_close(native, plain, rtol=tolerance, atol=tolerance)
    for one, other in zip(gradients(native, g, x, layer.weight), gradients(plain, g, x, layer.weight), strict=True):
        torch.testing.assert_close(one, other, rtol=tolerance, atol=10 * tolerance)


@needs_compiler
@pytest.mark.parametrize(("group", "blocks"), REPS[:3])
def test_derivatives_of_the_norm(group: str, blocks: str) -> None:
    layer, x, _ = norm_and_input(group, blocks, torch.float64)
    x = x.detach()[:2].requires_grad_()
    assert torch.autograd.gradcheck(layer, (x,))
    assert torch.autograd.gradgradcheck(layer, (x,))


@needs_compiler
def test_a_wrong_plan_is_found_out() -> None:
    """Two-forms without their second form; and a sign of an antisymmetric form, which only gradients see."""
    layer, x, g = norm_and_input("Sp(4,R)", "3x4", torch.float64)
    assert layer.weight is not None
    layer.plan.arrays[1][:, 2] *= -1
    wrong = normalised(x, layer.weight, layer.plan, layer.epsilon, layer._formula)
    plain = layer._formula(x, layer.weight)
    assert torch.allclose(wrong, plain)
    assert not torch.allclose(gradients(wrong, g, x)[0], gradients(plain, g, x)[0], atol=1e-3)
    layer, x, _ = norm_and_input("SO(1,3)", "4x(1,0)", torch.float64)
    assert layer.weight is not None
    layer.plan.arrays[0][0, 6] -= 1
    assert not torch.allclose(layer(x), layer._formula(x, layer.weight), atol=1e-3)


@needs_compiler
@pytest.mark.parametrize(("group", "blocks"), REPS)
def test_products_of_the_kernel_are_the_formula(monkeypatch: pytest.MonkeyPatch, group: str, blocks: str) -> None:
    rep = rep_of(group, blocks)
    layer = ElementwiseProduct(rep, rep, dtype=torch.float64)
    generator = torch.Generator().manual_seed(0)
    wide = torch.randn(3, 2, 2 * rep.dim, dtype=torch.float64, generator=generator).requires_grad_()
    x, y = wide.split(rep.dim, dim=-1)  # rows that lie apart
    g = torch.randn(3, 2, layer.rep_out.dim, dtype=torch.float64, generator=generator)
    native = layer(x, y)
    found = gradients(native, g, wide)
    monkeypatch.setattr(elementwise_module, "native_runs", lambda *_: False)
    plain = layer(x, y)
    torch.testing.assert_close(native, plain, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(found, gradients(plain, g, wide), rtol=1e-12, atol=1e-12)
    layer.coefficients[0] *= -1
    monkeypatch.undo()
    assert not torch.allclose(layer(x, y), plain, atol=1e-3)


@needs_compiler
def test_derivatives_of_products() -> None:
    rep = rep_of("SO(1,3)", "1x(1/2,1/2) + 2x(1,0)")
    layer = ElementwiseProduct(rep, rep, irreps=rep.irreps, dtype=torch.float64)
    generator = torch.Generator().manual_seed(0)
    x, y = (torch.randn(2, rep.dim, dtype=torch.float64, generator=generator).requires_grad_() for _ in range(2))
    assert torch.autograd.gradcheck(layer, (x, y))
    assert torch.autograd.gradgradcheck(layer, (x, y))
    one_only = torch.autograd.grad(layer(x, y.detach()).sum(), x)[0]
    assert torch.allclose(one_only, torch.autograd.grad(layer(x, y).sum(), x)[0])


@pytest.mark.parametrize(("group", "blocks"), REPS[:2])
def test_maps_side_by_side_are_the_single_ones(group: str, blocks: str) -> None:
    rep = rep_of(group, blocks)
    layers = [Linear(rep, rep, dtype=torch.float64), Linear(rep, rep, bias=False, dtype=torch.float64)]
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(3, rep.dim, dtype=torch.float64, generator=generator)
    with torch.no_grad():
        assert layers[0].bias is not None
        layers[0].bias += 1
    for layer, found in zip(layers, joint(layers, x), strict=True):
        torch.testing.assert_close(side_by_side(found, x), layer(x))
    assert not torch.allclose(side_by_side(joint(layers[::-1], x)[0], x), layers[0](x), atol=1e-3)


@pytest.mark.parametrize("biased", [False, True])
def test_attention_is_its_formula(biased: bool) -> None:
    """Head by head with explicit forms: the metric, and F·F' of two-forms, whose first form counts."""
    rep = rep_of("SO(1,3)", "4x(0,0) + 3x(1/2,1/2) + 2x(1,0)")
    generator = torch.Generator().manual_seed(0)
    layer = Attention(rep, heads=2, dtype=torch.float64)
    x = torch.randn(3, 5, rep.dim, dtype=torch.float64, generator=generator)
    mask = torch.tensor([[True] * 5, [True, True, False, True, False], [False] * 5])
    bias = torch.randn(3, 2, 5, 5, dtype=torch.float64, generator=generator) if biased else None

    def formula(forms: bool) -> Tensor:
        query, key, value = layer.query(x), layer.key(x), layer.value(x)
        mixed = torch.zeros_like(value)
        for head in range(2):
            scores = torch.zeros(3, 5, 5, dtype=torch.float64)
            size = 0
            for index, (block, where) in enumerate(
                zip(layer.query.rep_out.blocks, layer.query.rep_out.slices, strict=True)
            ):
                q, k = (
                    one[..., where].unflatten(-1, (block.irrep.real_dim, 2, -1))[..., head, :] for one in (query, key)
                )
                form = torch.eye(block.irrep.real_dim, dtype=torch.float64)
                if forms and f"forms.{index}" in layer.exact_tables:
                    form = torch.tensor(layer.exact_tables[f"forms.{index}"])
                scores += torch.einsum("bicu,cd,bjdu->bij", q, form, k)
                size += block.dim // 2
            scores = scores / size**0.5 + (0 if bias is None else bias[:, head])
            scores = scores.masked_fill(~mask[:, None, :], -1e9)
            weights = scores.softmax(-1) * mask[:, None, :]
            for block, where in zip(layer.value.rep_out.blocks, layer.value.rep_out.slices, strict=True):
                v = value[..., where].unflatten(-1, (block.irrep.real_dim, 2, -1))
                part = mixed[..., where].unflatten(-1, (block.irrep.real_dim, 2, -1))
                part[..., head, :] = torch.einsum("bij,bjdu->bidu", weights, v[..., head, :])
        return layer.out(mixed)

    found = layer(x, mask, bias)
    torch.testing.assert_close(found, formula(forms=True))
    assert not torch.allclose(found, formula(forms=False), atol=1e-3)
