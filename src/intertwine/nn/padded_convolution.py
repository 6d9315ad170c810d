"""Lattice convolution through torch's own kernels on a circularly padded copy, in one to three dimensions.

Two things make it faster than ``padding_mode="circular"``: the copy is one gather with channels fastest, which the
vectorised kernels like best, and the gradient of the input is again a circular convolution, so that nothing is computed
on the padding.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import torch
from torch import Tensor

Sizes = tuple[int, ...]


@lru_cache(maxsize=256)
def _padding_index(
    sites: Sizes, kernel: Sizes, dilation: Sizes, offsets: Sizes, device: torch.device
) -> tuple[Tensor, Sizes]:
    """Flat site index of every position of the padded lattice, and the padded extents."""
    padded = tuple(n + d * (k - 1) for n, k, d in zip(sites, kernel, dilation, strict=True))
    index = np.zeros((), dtype=np.int64)
    for extent, size, offset in zip(sites, padded, offsets, strict=True):
        index = index[..., None] * extent + (np.arange(size) - offset) % extent
    return torch.from_numpy(index.reshape(-1)).to(device), padded


def _pad(field: Tensor, kernel: Sizes, dilation: Sizes, offsets: Sizes) -> Tensor:
    """[B, C, *sites] → [B, C, *padded], channels fastest in memory."""
    index, padded = _padding_index(tuple(field.shape[2:]), kernel, dilation, offsets, field.device)
    rows = field.movedim(1, -1).flatten(1, -2).index_select(1, index)
    return rows.reshape(field.shape[0], *padded, field.shape[1]).movedim(-1, 1)


class _PaddedConvolution(torch.autograd.Function):
    """field [B, C, *sites], weight [O, C, *kernel], dilation, offsets → [B, O, *sites], stride 1.

    out[y] = Σ_j weight[j] field[(y + d j - offset) mod N].
    """

    generate_vmap_rule = True

    @staticmethod
    def forward(field: Tensor, weight: Tensor, dilation: Sizes, offsets: Sizes) -> Tensor:
        padded = _pad(field, tuple(weight.shape[2:]), dilation, offsets)
        convolve = (torch.conv1d, torch.conv2d, torch.conv3d)[len(dilation) - 1]
        return convolve(padded, weight, None, dilation=dilation)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        field, weight, ctx.dilation, ctx.offsets = inputs
        ctx.save_for_backward(field, weight)
        ctx.save_for_forward(field, weight)

    @staticmethod
    def backward(ctx: Any, cotangent: Tensor) -> tuple[Tensor | None, Tensor | None, None, None]:
        field, weight = ctx.saved_tensors
        kernel, d = tuple(weight.shape[2:]), len(ctx.dilation)
        grad_field: Tensor | None = None
        grad_weight: Tensor | None = None
        if ctx.needs_input_grad[0]:
            flipped = weight.flip(tuple(range(2, 2 + d))).transpose(0, 1)
            offsets = tuple(s * (k - 1) - o for s, k, o in zip(ctx.dilation, kernel, ctx.offsets, strict=True))
            grad_field = padded_convolution(cotangent, flipped, ctx.dilation, offsets)
        if ctx.needs_input_grad[1]:
            padded = _pad(field, kernel, ctx.dilation, ctx.offsets)
            grad_weight = torch.ops.aten.convolution_backward(
                cotangent, padded, weight, None, (1,) * d, (0,) * d, ctx.dilation, False, (0,) * d, 1,
                [False, True, False],
            )[1]  # fmt: skip
        return grad_field, grad_weight, None, None

    @staticmethod
    def jvp(ctx: Any, field_tangent: Tensor | None, weight_tangent: Tensor | None, *_: None) -> Tensor:
        field, weight = ctx.saved_tensors
        parts = []
        if field_tangent is not None:
            parts.append(padded_convolution(field_tangent, weight, ctx.dilation, ctx.offsets))
        if weight_tangent is not None:
            parts.append(padded_convolution(field, weight_tangent, ctx.dilation, ctx.offsets))
        total: Tensor = parts[0] if len(parts) == 1 else parts[0] + parts[1]
        return total


def padded_convolution(field: Tensor, weight: Tensor, dilation: Sizes, offsets: Sizes) -> Tensor:
    """field [B, C, *sites], weight [O, C, *kernel] → [B, O, *sites]; any order of derivative, forward mode, vmap."""
    out: Tensor = _PaddedConvolution.apply(field, weight, dilation, offsets)  # type: ignore[no-untyped-call]
    return out
