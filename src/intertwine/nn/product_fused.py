"""The fused backend on CPUs: one pass over memory forward, backward and double backward, as torch operators.

out[r(e)] += Σ_p w[e, p] C_p x1[s(e)] x2[e] over samples e; s and r: sender and receiver of an edge, or e itself.
Weights are [groups, dim_w], a row for each n/groups consecutive samples, or [dim_w] for all.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from intertwine.errors import ConfigurationError
from intertwine.nn.kernels.native import PRECISIONS, library, pointers


@torch.library.custom_op("intertwine::channelwise", mutates_args=(), device_types="cpu")
def channelwise(
    x1: Tensor,
    x2: Tensor,
    weight: Tensor,
    sender: Tensor | None,
    receiver: Tensor | None,
    rows: int,
    words: Tensor,
    coefficients: Tensor,
    dim_out: int,
) -> Tensor:
    """x1 [nodes or n, dim_1], x2 [n, dim_2], weight, indices int64 [n] → [rows, dim_out]."""
    inputs = [x.contiguous() for x in (x1, x2, weight)]
    out = x1.new_empty(rows, dim_out)
    _call("forward", words, coefficients, (sender, receiver), _sizes(x1, x2, weight, rows), [*inputs, out])
    return out


@torch.library.custom_op("intertwine::channelwise_backward", mutates_args=(), device_types="cpu")
def channelwise_backward(
    g: Tensor,
    x1: Tensor,
    x2: Tensor,
    weight: Tensor,
    sender: Tensor | None,
    receiver: Tensor | None,
    words: Tensor,
    coefficients: Tensor,
    wanted: Sequence[bool],
) -> tuple[Tensor, Tensor, Tensor]:
    """The gradients of Σ g · out with respect to x1, x2 and the weights; those not wanted are empty."""
    inputs = [x.contiguous() for x in (g, x1, x2, weight)]
    outputs = _outputs(inputs[1:], wanted)
    sizes = _sizes(x1, x2, weight, g.shape[0])
    _call("backward", words, coefficients, (sender, receiver), sizes, [*inputs, *_or_null(outputs, wanted)])
    return outputs[0], outputs[1], outputs[2]


@torch.library.custom_op("intertwine::channelwise_double_backward", mutates_args=(), device_types="cpu")
def channelwise_double_backward(
    g: Tensor,
    x1: Tensor,
    x2: Tensor,
    weight: Tensor,
    a1: Tensor | None,
    a2: Tensor | None,
    aw: Tensor | None,
    sender: Tensor | None,
    receiver: Tensor | None,
    words: Tensor,
    coefficients: Tensor,
    wanted: Sequence[bool],
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """The gradients of Σ a · (the first gradients) with respect to g, x1, x2 and the weights; None stands for zero.

    With receivers the first one is a sum over edges and not made here: it is three forward passes.
    """
    inputs = [x.contiguous() for x in (g, x1, x2, weight)]
    cotangents = [None if x is None else x.contiguous() for x in (a1, a2, aw)]
    outputs = _outputs(inputs, wanted)
    sizes = _sizes(x1, x2, weight, g.shape[0])
    arrays = [*inputs, *cotangents, *_or_null(outputs, wanted)]
    _call("double_backward", words, coefficients, (sender, receiver), sizes, arrays)
    return outputs[0], outputs[1], outputs[2], outputs[3]


def _sizes(x1: Tensor, x2: Tensor, weight: Tensor, rows: int) -> np.ndarray:
    """Samples, rows of x1, rows of the output, rows of the weights."""
    return np.array([x2.shape[0], x1.shape[0], rows, 1 if weight.ndim == 1 else weight.shape[0]], dtype=np.int64)


def _outputs(like: list[Tensor], wanted: Sequence[bool]) -> list[Tensor]:
    return [x.new_empty(x.shape if yes else (0,)) for x, yes in zip(like, wanted, strict=True)]


def _or_null(outputs: list[Tensor], wanted: Sequence[bool]) -> list[Tensor | None]:
    return [x if yes else None for x, yes in zip(outputs, wanted, strict=True)]


def _call(
    name: str,
    words: Tensor,
    coefficients: Tensor,
    indices: tuple[Tensor | None, Tensor | None],
    sizes: np.ndarray,
    arrays: Sequence[Tensor | None],
) -> None:
    types = {x.dtype for x in arrays if x is not None}
    kind = PRECISIONS.get(next(iter(types)))
    if kind is None or len(types) > 1:
        raise ConfigurationError(
            "the fused product works in one precision",
            received=sorted(map(str, types)),
            expected="float32 or float64, the same for features and weights",
            fix='cast them, or use backend="reference"',
        )
    where = [None if x is None else x.to(torch.int64).contiguous() for x in indices]
    failed = getattr(library("channelwise", kind), f"channelwise_{name}_{kind}")(
        *pointers(words, coefficients, sizes), _index(where[0], sizes),
        _index(where[1], sizes), ctypes.c_int(torch.get_num_threads()), *pointers(*arrays),
    )  # fmt: skip
    if failed:
        raise ConfigurationError(
            "an edge leads out of the graph",
            received=[(int(x.min()), int(x.max())) for x in where if x is not None],
            expected=f"senders in 0 … {sizes[1] - 1}, receivers in 0 … {sizes[2] - 1}",
        )


def _index(x: Tensor | None, sizes: np.ndarray) -> ctypes.c_void_p:
    """A graph without edges is still a graph: an empty tensor's address would be null, which means no indices."""
    return ctypes.c_void_p(None if x is None else x.data_ptr() or sizes.ctypes.data)


@channelwise.register_fake
def _(x1: Tensor, x2: Tensor, weight: Tensor, sender: Any, receiver: Any, rows: int, *plan: Any) -> Tensor:
    return x1.new_empty(rows, plan[-1])


@channelwise_backward.register_fake
def _(g: Tensor, x1: Tensor, x2: Tensor, weight: Tensor, *others: Any) -> tuple[Tensor, ...]:
    return tuple(_outputs([x1, x2, weight], others[-1]))


@channelwise_double_backward.register_fake
def _(g: Tensor, x1: Tensor, x2: Tensor, weight: Tensor, *others: Any) -> tuple[Tensor, ...]:
    return tuple(_outputs([g, x1, x2, weight], others[-1]))


def keep_forward(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
    """What the backward pass needs."""
    x1, x2, weight, sender, receiver, _, words, coefficients, _ = inputs
    ctx.save_for_backward(x1, x2, weight, sender, receiver, words, coefficients)


def keep_backward(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, ...]) -> None:
    """What the double backward pass needs."""
    ctx.save_for_backward(*inputs[:-1])
    ctx.wanted = list(inputs[-1])
    ctx.set_materialize_grads(False)


def backward_formula(backward: Callable[..., Any]) -> Callable[..., tuple[Tensor | None, ...]]:
    """The derivative of `channelwise`, made by the given form of `channelwise_backward`."""

    def formula(ctx: Any, g: Tensor) -> tuple[Tensor | None, ...]:
        wanted = list(ctx.needs_input_grad[:3])
        found = backward(g, *ctx.saved_tensors, wanted)
        return (*_or_null(found, wanted), *[None] * 6)

    return formula


def double_backward_formula(
    forward: Callable[..., Any], double: Callable[..., Any]
) -> Callable[..., tuple[Tensor | None, ...]]:
    """The derivative of `channelwise_backward`, made by the given forms of the other two."""

    def formula(ctx: Any, *cotangents: Tensor | None) -> tuple[Tensor | None, ...]:
        g, x1, x2, weight, sender, receiver, words, coefficients = ctx.saved_tensors
        a = [x if yes else None for x, yes in zip(cotangents, ctx.wanted, strict=True)]
        wanted = list(ctx.needs_input_grad[:4])
        if all(x is None for x in a) or not any(wanted):
            return (None,) * 9
        hg = None
        if receiver is not None and wanted[0]:
            plan = (sender, receiver, g.shape[0], words, coefficients, g.shape[1])
            for one, two, three in ((a[0], x2, weight), (x1, a[1], weight), (x1, x2, a[2])):
                if one is not None and two is not None and three is not None:
                    term = forward(one, two, three, *plan)
                    hg = term if hg is None else hg + term
            wanted[0] = False
        found = double(g, x1, x2, weight, *a, sender, receiver, words, coefficients, wanted)
        first, *others = _or_null(found, wanted)
        return (hg if first is None else first, *others, *[None] * 5)

    return formula


channelwise.register_autograd(backward_formula(channelwise_backward), setup_context=keep_forward)
channelwise_backward.register_autograd(
    double_backward_formula(channelwise, channelwise_double_backward), setup_context=keep_backward
)
