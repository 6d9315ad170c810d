"""The fused backend of harmonics on CPUs: forward, backward and double backward as torch operators."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from intertwine.errors import ConfigurationError
from intertwine.nn.kernels.native import PRECISIONS, library, pointers


@torch.library.custom_op("intertwine::harmonics", mutates_args=(), device_types="cpu")
def harmonics(x: Tensor, words: Tensor, coefficients: Tensor, dim: int) -> Tensor:
    """x [points, n] → [points, dim]; words and coefficients of a HarmonicsTower."""
    out = x.new_empty(x.shape[0], dim)
    call_harmonics("forward", words, coefficients, [x.contiguous(), out])
    return out


@torch.library.custom_op("intertwine::harmonics_backward", mutates_args=(), device_types="cpu")
def harmonics_backward(g: Tensor, x: Tensor, words: Tensor, coefficients: Tensor) -> Tensor:
    """The gradient of Σ g · Y(x), [points, n]."""
    out = x.new_empty(x.shape)
    call_harmonics("backward", words, coefficients, [g.contiguous(), x.contiguous(), out])
    return out


@torch.library.custom_op("intertwine::harmonics_double_backward", mutates_args=(), device_types="cpu")
def harmonics_double_backward(
    g: Tensor, x: Tensor, a: Tensor, words: Tensor, coefficients: Tensor
) -> tuple[Tensor, Tensor]:
    """The gradients of Σ a · (the first gradient) with respect to g and x."""
    hg, hx = g.new_empty(g.shape), x.new_empty(x.shape)
    call_harmonics("double_backward", words, coefficients, [g.contiguous(), x.contiguous(), a.contiguous(), hg, hx])
    return hg, hx


def call_harmonics(
    name: str, words: Tensor, coefficients: Tensor, arrays: list[Tensor], *, directions: bool = False
) -> None:
    """Run a pass of harmonics.cpp, of x or of x / |x|."""
    kind = PRECISIONS.get(arrays[0].dtype)
    if kind is None or any(one.dtype != arrays[0].dtype for one in arrays):
        raise ConfigurationError(
            "the fused harmonics work in one precision",
            received=[str(one.dtype) for one in arrays],
            expected="float32 or float64",
            fix='cast them, or use backend="reference"',
        )
    kernel = getattr(library("harmonics", kind), f"harmonics_{name}_{kind}")
    kernel.restype = None
    kernel(
        *pointers(words, coefficients),
        ctypes.c_int64(arrays[0].shape[0]),
        ctypes.c_int(torch.get_num_threads()),
        ctypes.c_int(directions),
        *pointers(*arrays),
    )


@harmonics.register_fake
def _(x: Tensor, words: Tensor, coefficients: Tensor, dim: int) -> Tensor:
    return x.new_empty(x.shape[0], dim)


@harmonics_backward.register_fake
def _(g: Tensor, x: Tensor, words: Tensor, coefficients: Tensor) -> Tensor:
    return x.new_empty(x.shape)


@harmonics_double_backward.register_fake
def _(g: Tensor, x: Tensor, a: Tensor, words: Tensor, coefficients: Tensor) -> tuple[Tensor, Tensor]:
    return g.new_empty(g.shape), x.new_empty(x.shape)


def keep_forward(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
    """What the backward pass needs."""
    ctx.save_for_backward(*inputs[:3])


def backward_formula(backward: Callable[..., Tensor]) -> Callable[..., tuple[Tensor | None, ...]]:
    """The derivative of `harmonics`, made by the given form of `harmonics_backward`."""

    def formula(ctx: Any, g: Tensor) -> tuple[Tensor | None, ...]:
        x, words, coefficients = ctx.saved_tensors
        return backward(g, x, words, coefficients), None, None, None

    return formula


def keep_backward(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
    """What the double backward pass needs."""
    ctx.save_for_backward(*inputs)


def double_backward_formula(double: Callable[..., Any]) -> Callable[..., tuple[Tensor | None, ...]]:
    """The derivative of `harmonics_backward`, made by the given form of `harmonics_double_backward`."""

    def formula(ctx: Any, a: Tensor) -> tuple[Tensor | None, ...]:
        g, x, words, coefficients = ctx.saved_tensors
        return (*double(g, x, a, words, coefficients), None, None)

    return formula


harmonics.register_autograd(backward_formula(harmonics_backward), setup_context=keep_forward)
harmonics_backward.register_autograd(double_backward_formula(harmonics_double_backward), setup_context=keep_backward)
