"""The kernel of blur and stride against products with its matrices, and against its own transpose."""

from __future__ import annotations

import pytest
import torch

import intertwine as tw
import intertwine.nn.antialiased_pooling as pooling_module
from intertwine import nn
from intertwine.nn.kernels.native import compiler
from intertwine.nn.native_pooling import BlurredAxis, pooled

pytestmark = pytest.mark.skipif(compiler() is None, reason="no C++ compiler")
REP = tw.Rep("C4", "2xA")


def _by_products(layer: nn.AntialiasedPooling, x: torch.Tensor) -> torch.Tensor:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pooling_module, "native_runs", lambda *_: False)
        return layer(x)


@pytest.mark.parametrize(
    ("factor", "sigma", "sites"),
    [
        (2, None, (28, 28)), (2, None, (7, 6)), (2, None, (2, 33)), (2, None, (1, 1)), (2, 2.0, (12, 70)),
        (3, None, (7, 19)), (4, 0.1, (8, 5)), (4, 3.0, (9, 16)),
    ],
)  # fmt: skip
def test_values_and_all_derivatives(factor: int, sigma: float | None, sites: tuple[int, int]) -> None:
    layer = nn.AntialiasedPooling(REP, factor, sigma=sigma)
    x = torch.randn(3, 2, *sites, requires_grad=True)
    found = []
    for f in (layer, lambda x: _by_products(layer, x)):
        torch.manual_seed(0)
        y = f(x)
        cotangent = torch.randn_like(y).requires_grad_()
        (dx,) = torch.autograd.grad(y, x, cotangent, create_graph=True)
        (second,) = torch.autograd.grad(dx, cotangent, torch.randn_like(dx))
        found.append((y, dx, second))
    for ours, theirs in zip(*found, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-6)


def test_a_shifted_blur_is_found_out() -> None:
    layer = nn.AntialiasedPooling(REP)
    x = torch.randn(3, 2, 8, 9)
    factor, rows, columns = layer.axes((8, 9))
    moved = BlurredAxis(rows.fine, rows.coarse, rows.offset - 1, rows.weights)
    assert (pooled(x, factor, moved, columns) - _by_products(layer, x)).abs().max() > 0.1
    flipped = pooled(x.flip(2), factor, rows, columns).flip(2)
    assert (flipped - layer(x)).abs().max() < 1e-6
    flipped = pooled(x.flip(2), factor, moved, columns).flip(2)
    assert (flipped - pooled(x, factor, moved, columns)).abs().max() > 0.1


def test_bfloat16_strided_memory_and_other_paths() -> None:
    layer = nn.AntialiasedPooling(REP)
    x = torch.randn(3, 2, 12, 7)
    torch.testing.assert_close(layer(x.bfloat16()), layer(x.bfloat16().float()).bfloat16())
    torch.testing.assert_close(layer(x.contiguous(memory_format=torch.channels_last)), layer(x))
    torch.testing.assert_close(torch.func.vmap(layer)(x[None])[0], layer(x), rtol=1e-5, atol=1e-6)
    exact = nn.AntialiasedPooling(REP, dtype=torch.float64)(x.double())
    torch.testing.assert_close(layer(x).double(), exact, rtol=1e-5, atol=1e-6)
    assert layer(torch.zeros(0, 2, 12, 7)).shape == (0, 2, 6, 4)
