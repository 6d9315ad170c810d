"""The fused backend on CPUs: one pass over memory forward, backward and double backward, as torch operators."""

from __future__ import annotations

import ctypes
from typing import Any

import torch
from torch import Tensor

from intertwine.errors import ConfigurationError
from intertwine.nn.kernels.native import library

_TYPES = {torch.float32: "float32", torch.float64: "float64"}


def _call(
    name: str, words: Tensor, coefficients: Tensor, weight: Tensor, inputs: list[Tensor], outputs: list[Tensor]
) -> None:
    kind = _TYPES.get(inputs[0].dtype)
    if kind is None or any(x.dtype != inputs[0].dtype for x in inputs):
        raise ConfigurationError(
            "the fused product works in one precision",
            received=[str(x.dtype) for x in inputs],
            expected="float32 or float64, the same for features and weights",
            fix='cast them, or use backend="reference"',
        )
    kernel = getattr(library("channelwise"), f"channelwise_{name}_{kind}")
    arguments = [ctypes.c_void_p(t.data_ptr()) for t in (*inputs, *outputs)]
    kernel(
        ctypes.c_void_p(words.data_ptr()),
        ctypes.c_void_p(coefficients.data_ptr()),
        ctypes.c_int64(inputs[0].shape[0]),
        ctypes.c_int(torch.get_num_threads()),
        ctypes.c_int(weight.ndim == 1),
        *arguments,
    )


@torch.library.custom_op("intertwine::channelwise", mutates_args=(), device_types="cpu")
def channelwise(x1: Tensor, x2: Tensor, weight: Tensor, words: Tensor, coefficients: Tensor, dim_out: int) -> Tensor:
    """x1 [n, dim_1], x2 [n, dim_2], weights [n, dim_w] or shared [dim_w] → [n, dim_out]."""
    inputs = [x.contiguous() for x in (x1, x2, weight)]
    out = x1.new_empty(x1.shape[0], dim_out)
    _call("forward", words, coefficients, weight, inputs, [out])
    return out


@torch.library.custom_op("intertwine::channelwise_backward", mutates_args=(), device_types="cpu")
def channelwise_backward(
    g: Tensor, x1: Tensor, x2: Tensor, weight: Tensor, words: Tensor, coefficients: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """The gradients of Σ g · out with respect to x1, x2 and the weights."""
    inputs = [x.contiguous() for x in (g, x1, x2, weight)]
    outputs = [torch.empty_like(x) for x in inputs[1:]]
    _call("backward", words, coefficients, weight, inputs, outputs)
    return outputs[0], outputs[1], outputs[2]


@torch.library.custom_op("intertwine::channelwise_double_backward", mutates_args=(), device_types="cpu")
def channelwise_double_backward(
    g: Tensor,
    x1: Tensor,
    x2: Tensor,
    weight: Tensor,
    a1: Tensor,
    a2: Tensor,
    aw: Tensor,
    words: Tensor,
    coefficients: Tensor,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """The gradients of Σ a · (the first gradients) with respect to g, x1, x2 and the weights."""
    inputs = [x.contiguous() for x in (g, x1, x2, weight, a1, a2, aw)]
    outputs = [torch.empty_like(x) for x in inputs[:4]]
    _call("double_backward", words, coefficients, weight, inputs, outputs)
    return outputs[0], outputs[1], outputs[2], outputs[3]


@channelwise.register_fake
def _(x1: Tensor, x2: Tensor, weight: Tensor, words: Tensor, coefficients: Tensor, dim_out: int) -> Tensor:
    return x1.new_empty(x1.shape[0], dim_out)


@channelwise_backward.register_fake
def _(g: Tensor, x1: Tensor, x2: Tensor, weight: Tensor, words: Tensor, coefficients: Tensor) -> tuple[Tensor, ...]:
    return x1.new_empty(x1.shape), x2.new_empty(x2.shape), weight.new_empty(weight.shape)


@channelwise_double_backward.register_fake
def _(
    g: Tensor,
    x1: Tensor,
    x2: Tensor,
    weight: Tensor,
    a1: Tensor,
    a2: Tensor,
    aw: Tensor,
    words: Tensor,
    coefficients: Tensor,
) -> tuple[Tensor, ...]:
    return g.new_empty(g.shape), x1.new_empty(x1.shape), x2.new_empty(x2.shape), weight.new_empty(weight.shape)


def _keep_forward(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
    ctx.save_for_backward(*inputs[:5])


def _backward(ctx: Any, g: Tensor) -> tuple[Tensor | None, ...]:
    x1, x2, weight, words, coefficients = ctx.saved_tensors
    return (*channelwise_backward(g, x1, x2, weight, words, coefficients), None, None, None)


def _keep_backward(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, ...]) -> None:
    ctx.save_for_backward(*inputs)


def _double_backward(ctx: Any, a1: Tensor, a2: Tensor, aw: Tensor) -> tuple[Tensor | None, ...]:
    g, x1, x2, weight, words, coefficients = ctx.saved_tensors
    return (*channelwise_double_backward(g, x1, x2, weight, a1, a2, aw, words, coefficients), None, None)


channelwise.register_autograd(_backward, setup_context=_keep_forward)
channelwise_backward.register_autograd(_double_backward, setup_context=_keep_backward)
