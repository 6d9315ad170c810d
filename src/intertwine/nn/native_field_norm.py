"""Batch norm and non-linearity of fields by our own kernel on CPUs: two passes forwards, two backwards."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from intertwine.nn.kernels.native import library, runs_natively

Affine = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]
FUNCTIONS = {"identity": 0, "relu": 1, "elu": 2}


def native_runs(field: Tensor) -> bool:
    """Whether the kernel can take it: a plain float32 CPU tensor with sites, a compiler at hand."""
    return field.dtype == torch.float32 and runs_natively(field)


def normalised(
    field: Tensor, groups: np.ndarray, out_channels: int, affine: Affine, parameters: Sequence[Tensor]
) -> tuple[Tensor, Tensor, Tensor]:
    """(y, mean, variance) with y = function(a x + b) or (a x + b) σ(gate), (a, b) = affine(mean, variance).

    `affine` takes the moments of every channel over batch and sites and uses `parameters`, which get gradients through
    it. groups: int32 [n, 6], see the kernel. First derivatives only.
    """
    out: tuple[Tensor, Tensor, Tensor] = _Normalised.apply(field, groups, out_channels, affine, *parameters)  # type: ignore[no-untyped-call]
    return out


def applied(field: Tensor, groups: np.ndarray, out_channels: int, scale: Tensor, shift: Tensor) -> Tensor:
    """y = function(a x + b) or (a x + b) σ(gate) for given a, b; no gradients."""
    return _apply(field.contiguous(), groups, out_channels, scale, shift)


def _pointers(*arrays: Any) -> list[ctypes.c_void_p]:
    return [ctypes.c_void_p(a.ctypes.data if isinstance(a, np.ndarray) else a.data_ptr()) for a in arrays]


def _sizes(x: Tensor, out_channels: int, n_groups: int) -> list[ctypes.c_int64]:
    batch, channels = x.shape[0], x.shape[1]
    return [ctypes.c_int64(n) for n in (n_groups, batch, channels, out_channels, x.numel() // (batch * channels))]


def _apply(x: Tensor, groups: np.ndarray, out_channels: int, scale: Tensor, shift: Tensor) -> Tensor:
    y = x.new_empty(x.shape[0], out_channels, *x.shape[2:])
    a, b = scale.detach().contiguous(), shift.detach().contiguous()
    library("field_norm").field_apply(*_pointers(x, a, b, groups), *_sizes(x, out_channels, len(groups)), *_pointers(y))
    return y


class _Normalised(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, field: Tensor, groups: np.ndarray, out_channels: int, affine: Affine, *parameters: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        x = field.detach().contiguous()
        mean, variance = x.new_empty(x.shape[1]), x.new_empty(x.shape[1])
        sizes = [ctypes.c_int64(n) for n in (x.shape[0], x.shape[1], x.numel() // (x.shape[0] * x.shape[1]))]
        library("field_norm").field_moments(*_pointers(x), *sizes, *_pointers(mean, variance))
        ctx.leaves = (mean.requires_grad_(), variance.requires_grad_())
        with torch.enable_grad():
            scale, shift = affine(*ctx.leaves)
        ctx.affine, ctx.parameters = (scale, shift), parameters
        ctx.groups, ctx.out_channels = groups, out_channels
        ctx.save_for_backward(x)
        y = _apply(x, groups, out_channels, scale, shift)
        found = mean.detach(), variance.detach()
        ctx.mark_non_differentiable(*found)
        return y, *found

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, cotangent: Tensor, *_: Tensor) -> tuple[Tensor | None, ...]:
        (x,) = ctx.saved_tensors
        dy = cotangent.contiguous()
        scale, shift = ctx.affine
        a, b = scale.detach().contiguous(), shift.detach().contiguous()
        da, db = torch.zeros_like(a), torch.zeros_like(b)
        lib, sizes = library("field_norm"), _sizes(x, ctx.out_channels, len(ctx.groups))
        lib.field_sums(*_pointers(x, dy, a, b, ctx.groups), *sizes, *_pointers(da, db))
        wanted = [*ctx.leaves, *(p for p in ctx.parameters if p.requires_grad)]
        found = list(torch.autograd.grad((scale, shift), wanted, (da, db), allow_unused=True))
        mean = ctx.leaves[0].detach()
        d_mean, d_variance = (torch.zeros_like(a) if g is None else g for g in found[:2])
        count = x.numel() // x.shape[1]
        p = (2.0 / count) * d_variance
        q = d_mean / count - p * mean
        dx = torch.empty_like(x)
        lib.field_gradient(*_pointers(x, dy, a, b, p.contiguous(), q.contiguous(), ctx.groups), *sizes, *_pointers(dx))
        rest = iter(found[2:])
        return dx, None, None, None, *(next(rest) if p.requires_grad else None for p in ctx.parameters)
