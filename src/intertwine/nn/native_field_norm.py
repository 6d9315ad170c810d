"""Batch norm and a non-linearity of fields by our own kernels on CPUs, with gradients through the moments."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any, Protocol

import torch
from torch import Tensor

from intertwine.nn.field_batch_norm import FieldBatchNorm
from intertwine.nn.kernels.native import library, pointers, runs_natively
from intertwine.nn.native_batch_moments import NormPlan, affine_and_remember, gradients, rows
from intertwine.nn.native_pooling import FIELD_PRECISIONS

Gradient = Callable[[Tensor, Tensor], Tensor]


class NativeActivation(Protocol):
    """A non-linearity of z = a x + b, for contiguous x [batch, channels, *sites] and float32 a, b [channels]."""

    precisions: tuple[torch.dtype, ...]  # of x, of float32 and bfloat16

    def apply(self, x: Tensor, a: Tensor, b: Tensor) -> Tensor:
        """The function of z."""

    def pulled_back(self, x: Tensor, dy: Tensor, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor, Gradient]:
        """Σ dz x and Σ dz over batch and sites, and the gradient (p, q) ↦ dx = a dz + p x + q, to be called once."""


def native_runs(field: Tensor, norm: FieldBatchNorm, activation: NativeActivation) -> bool:
    """Whether the kernels can take it: a plain CPU tensor, parameters in float32, a compiler at hand."""
    return norm.weight.dtype == torch.float32 and runs_natively(field, activation.precisions)


def normalised(field: Tensor, norm: FieldBatchNorm, plan: NormPlan, activation: NativeActivation) -> Tensor:
    """activation(a x + b), with the a and b of training; running moments follow. First derivatives only."""
    out: Tensor = _Normalised.apply(field, norm.weight, norm.bias, norm, plan, activation)  # type: ignore[no-untyped-call]
    return out


def applied(field: Tensor, norm: FieldBatchNorm, activation: NativeActivation) -> Tensor:
    """activation(a x + b), with the a and b of eval mode; no gradients."""
    a, b = norm.affine()
    return activation.apply(field.detach().contiguous(), a.detach(), b.detach())


def field_function(name: str, x: Tensor) -> Any:
    """One of kernels/field_norm.cpp, in the precision of x."""
    precision = FIELD_PRECISIONS[x.dtype]
    return getattr(library("field_norm", precision), f"field_{name}_{precision}")


def in_place_gradient(dz: Tensor, x: Tensor, a: Tensor) -> Gradient:
    """(p, q) ↦ a dz + p x + q in the place of dz."""

    def gradient(p: Tensor, q: Tensor) -> Tensor:
        batch, channels = x.shape[:2]
        shape = (ctypes.c_int64 * 4)(batch, channels, channels, x.numel() // (batch * channels))
        field_function("gradient", x)(*pointers(x, a, p, q), shape, *pointers(dz))
        return dz

    return gradient


class _Normalised(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, field: Tensor, weight: Tensor, bias: Tensor, norm: FieldBatchNorm, plan: NormPlan,
        activation: NativeActivation,
    ) -> Tensor:  # fmt: skip
        x = field.detach().contiguous()
        batch, channels = x.shape[:2]
        ctx.count = x.numel() // channels
        moments = torch.empty(2, channels)
        shape = (ctypes.c_int64 * 4)(batch, channels, channels, ctx.count // batch)
        field_function("moments", x)(*pointers(x), shape, *rows(moments))
        affine = affine_and_remember(norm, plan, moments, ctx.count)
        ctx.save_for_backward(x, weight, bias, moments, affine)
        ctx.norm, ctx.plan, ctx.activation = norm, plan, activation
        return activation.apply(x, *affine.unbind())

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, cotangent: Tensor) -> tuple[Tensor | None, ...]:
        x, _, _, moments, affine = ctx.saved_tensors  # parameters too: one changed since is an error
        da, db, gradient = ctx.activation.pulled_back(x, cotangent.contiguous(), *affine.unbind())
        d_weight, d_bias, shares = gradients(ctx.norm, ctx.plan, moments, ctx.count, da, db)
        return gradient(*shares.unbind()), d_weight, d_bias, None, None, None
