"""The fully connected product on CPUs as torch operators, closed under differentiation.

F(g, x1, x2, W) = Σ g · out is linear in each argument. Its gradients are the backward operator; theirs are sums of
both operators with a cotangent in the place of an argument. Weights are [dim_w] for all samples, or [groups, dim_w], a
row for each n/groups consecutive samples.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from intertwine.errors import ConfigurationError
from intertwine.nn.kernels.native import PRECISIONS, library, pointers


@torch.library.custom_op("intertwine::fully_connected", mutates_args=(), device_types="cpu")
def fully_connected(
    x1: Tensor, x2: Tensor, weight: Tensor, words: Tensor, coefficients: Tensor, dim_out: int
) -> Tensor:
    """x1 [n, dim_1], x2 [n, dim_2], weight → [n, dim_out]."""
    out = x1.new_empty(x1.shape[0], dim_out)
    x1, x2, weight = (x.contiguous() for x in (x1, x2, weight))
    for rows, w in _groups(weight, x1.shape[0]):
        _call("forward", words, coefficients, rows, [x1[rows], x2[rows], w, out[rows]])
    return out


@torch.library.custom_op("intertwine::fully_connected_backward", mutates_args=(), device_types="cpu")
def fully_connected_backward(
    g: Tensor, x1: Tensor, x2: Tensor, weight: Tensor, words: Tensor, coefficients: Tensor, wanted: Sequence[bool]
) -> tuple[Tensor, Tensor, Tensor]:
    """The gradients of Σ g · out with respect to x1, x2 and the weights; those not wanted are empty."""
    g, *inputs = (x.contiguous() for x in (g, x1, x2, weight))
    found = [x.new_empty(x.shape if yes else (0,)) for x, yes in zip(inputs, wanted, strict=True)]
    for group, (rows, w) in enumerate(_groups(inputs[2], g.shape[0])):
        g1, g2 = (x[rows] if yes else None for x, yes in zip(found[:2], wanted[:2], strict=True))
        gw = None if not wanted[2] else found[2] if weight.ndim == 1 else found[2][group]
        _call("backward", words, coefficients, rows, [g[rows], inputs[0][rows], inputs[1][rows], w, g1, g2, gw])
    return found[0], found[1], found[2]


def _groups(weight: Tensor, n: int) -> list[tuple[slice, Tensor]]:
    """The samples of each row of weights."""
    if weight.ndim == 1:
        return [(slice(0, n), weight)]
    each = n // max(len(weight), 1)
    return [(slice(i * each, (i + 1) * each), w) for i, w in enumerate(weight)]


def _call(name: str, words: Tensor, coefficients: Tensor, rows: slice, arrays: Sequence[Tensor | None]) -> None:
    types = {x.dtype for x in arrays if x is not None}
    kind = PRECISIONS.get(next(iter(types)))
    if kind is None or len(types) > 1:
        raise ConfigurationError(
            "the fused product works in one precision",
            received=sorted(map(str, types)),
            expected="float32 or float64, the same for features and weights",
            fix='cast them, or use backend="reference"',
        )
    kernel = getattr(library("fully_connected", kind), f"fully_connected_{name}_{kind}")
    kernel.restype = None
    kernel(
        *pointers(words, coefficients), ctypes.c_int64(rows.stop - rows.start),
        ctypes.c_int(torch.get_num_threads()), *pointers(*arrays),
    )  # fmt: skip


@fully_connected.register_fake
def _(x1: Tensor, x2: Tensor, weight: Tensor, words: Tensor, coefficients: Tensor, dim_out: int) -> Tensor:
    return x1.new_empty(x1.shape[0], dim_out)


@fully_connected_backward.register_fake
def _(g: Tensor, x1: Tensor, x2: Tensor, weight: Tensor, *others: Any) -> tuple[Tensor, ...]:
    return tuple(x.new_empty(x.shape if yes else (0,)) for x, yes in zip((x1, x2, weight), others[-1], strict=True))


def keep_forward(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
    """What the backward pass needs."""
    ctx.save_for_backward(*inputs[:5])


def keep_backward(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, ...]) -> None:
    """What the double backward pass needs."""
    ctx.save_for_backward(*inputs[:6])
    ctx.wanted = list(inputs[6])
    ctx.set_materialize_grads(False)


def backward_formula(backward: Callable[..., Any]) -> Callable[..., tuple[Tensor | None, ...]]:
    """The derivative of `fully_connected`, made by the given form of `fully_connected_backward`."""

    def formula(ctx: Any, g: Tensor) -> tuple[Tensor | None, ...]:
        wanted = list(ctx.needs_input_grad[:3])
        found = backward(g, *ctx.saved_tensors, wanted)
        return (*(x if yes else None for x, yes in zip(found, wanted, strict=True)), None, None, None)

    return formula


def double_backward_formula(
    forward: Callable[..., Any], backward: Callable[..., Any]
) -> Callable[..., tuple[Tensor | None, ...]]:
    """The derivative of `fully_connected_backward`: each cotangent once in the place of its argument."""

    def formula(ctx: Any, *cotangents: Tensor | None) -> tuple[Tensor | None, ...]:
        g, *arguments, words, coefficients = ctx.saved_tensors
        needed = list(ctx.needs_input_grad[:4])
        sums: list[Tensor | None] = [None] * 4
        for place, (a, given) in enumerate(zip(cotangents, ctx.wanted, strict=True)):
            if a is None or not given:
                continue
            with_a = [a if i == place else x for i, x in enumerate(arguments)]
            if needed[0]:
                sums[0] = _plus(sums[0], forward(*with_a, words, coefficients, g.shape[1]))
            wanted = [yes and i != place for i, yes in enumerate(needed[1:])]
            if any(wanted):
                found = backward(g, *with_a, words, coefficients, wanted)
                for i in range(3):
                    sums[i + 1] = _plus(sums[i + 1], found[i]) if wanted[i] else sums[i + 1]
        return (*sums, None, None, None)

    return formula


def _plus(a: Tensor | None, b: Tensor) -> Tensor:
    return b if a is None else a + b


fully_connected.register_autograd(backward_formula(fully_connected_backward), setup_context=keep_forward)
fully_connected_backward.register_autograd(
    double_backward_formula(fully_connected, fully_connected_backward), setup_context=keep_backward
)
