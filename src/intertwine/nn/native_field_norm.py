"""Batch norm and a non-linearity of fields by our own kernels on CPUs, with gradients through the moments."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import torch
from torch import Tensor

from intertwine.nn.kernels.native import library, pointers, runs_natively

Affine = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]
Gradient = Callable[[Tensor, Tensor], Tensor]


class NativeActivation(Protocol):
    """A non-linearity of z = a x + b, for contiguous float32 x [batch, channels, *sites] and a, b [channels]."""

    def apply(self, x: Tensor, a: Tensor, b: Tensor) -> Tensor:
        """The function of z."""

    def pulled_back(self, x: Tensor, dy: Tensor, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor, Gradient]:
        """Σ dz x and Σ dz over batch and sites, and the gradient (p, q) ↦ dx = a dz + p x + q."""


def native_runs(field: Tensor) -> bool:
    """Whether the kernels can take it: a plain float32 CPU tensor with sites, a compiler at hand."""
    return field.dtype == torch.float32 and runs_natively(field)


def normalised(
    field: Tensor, activation: NativeActivation, affine: Affine, parameters: Sequence[Tensor]
) -> tuple[Tensor, Tensor, Tensor]:
    """(y, mean, variance) with y = activation(a x + b), (a, b) = affine(mean, variance).

    `affine` takes the moments of every channel over batch and sites and uses `parameters`, which get gradients through
    it. First derivatives only.
    """
    out: tuple[Tensor, Tensor, Tensor] = _Normalised.apply(field, activation, affine, *parameters)  # type: ignore[no-untyped-call]
    return out


def applied(field: Tensor, activation: NativeActivation, scale: Tensor, shift: Tensor) -> Tensor:
    """activation(a x + b) for given a, b; no gradients."""
    return activation.apply(field.detach().contiguous(), scale.detach().contiguous(), shift.detach().contiguous())


class _Normalised(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, field: Tensor, activation: NativeActivation, affine: Affine, *parameters: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        x = field.detach().contiguous()
        mean, variance = x.new_empty(x.shape[1]), x.new_empty(x.shape[1])
        sizes = [ctypes.c_int64(n) for n in (x.shape[0], x.shape[1], x.numel() // (x.shape[0] * x.shape[1]))]
        library("field_norm").field_moments(*pointers(x), *sizes, *pointers(mean, variance))
        ctx.leaves = (mean.requires_grad_(), variance.requires_grad_())
        with torch.enable_grad():
            ctx.affine = affine(*ctx.leaves)
        ctx.activation, ctx.parameters = activation, parameters
        ctx.save_for_backward(x)
        found = mean.detach(), variance.detach()
        ctx.mark_non_differentiable(*found)
        return applied(x, activation, *ctx.affine), *found

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, cotangent: Tensor, *_: Tensor) -> tuple[Tensor | None, ...]:
        (x,) = ctx.saved_tensors
        dy = cotangent.contiguous()
        a, b = (t.detach().contiguous() for t in ctx.affine)
        da, db, gradient = ctx.activation.pulled_back(x, dy, a, b)
        wanted = [*ctx.leaves, *(p for p in ctx.parameters if p.requires_grad)]
        found = list(torch.autograd.grad(ctx.affine, wanted, (da, db), allow_unused=True))
        mean = ctx.leaves[0].detach()
        d_mean, d_variance = (torch.zeros_like(a) if g is None else g for g in found[:2])
        count = x.numel() // x.shape[1]
        p = ((2.0 / count) * d_variance).contiguous()
        q = (d_mean / count - p * mean).contiguous()
        rest = iter(found[2:])
        return gradient(p, q), None, None, *(next(rest) if p.requires_grad else None for p in ctx.parameters)
