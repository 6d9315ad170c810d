"""The fused product under torch.func: vmap makes instances more samples, and graphs one graph of disjoint parts.

torch.func does not take the derivatives that an operator registers, so that `fused_product` has the same formulas a
second time, as autograd functions, for calls from inside a transform.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from intertwine.nn import product_fused as fused
from intertwine.nn import product_triton as _on_cuda  # noqa: F401  registers the operators there


def fused_product(*arguments: Any) -> Tensor:
    """`product_fused.channelwise`, differentiable and batched by every transform of torch."""
    if torch.compiler.is_compiling() or torch._C._functorch.peek_interpreter_stack() is None:
        found: Tensor = fused.channelwise(*arguments)
    else:
        found = _Forward.apply(*arguments)  # type: ignore[no-untyped-call]
    return found


def stacked(x: Any, axis: int | None, size: int) -> Any:
    """[..., rows, d] → [size · rows, d]: the batch of a vmap, one after the other."""
    if x is None:
        return None
    x = x.movedim(axis, 0) if axis is not None else x.expand(size, *x.shape)
    return x.reshape(-1, x.shape[-1])


def stacked_weight(x: Any, axis: int | None, size: int, *, summed: bool = False) -> Any:
    """Weights that all samples of all instances share stay so, unless each instance wants a sum of its own."""
    if x is None or (x.ndim == 1 and axis is None and not summed):
        return x
    return stacked(x, axis, size)


def stacked_index(x: Any, axis: int | None, size: int, rows: int) -> Any:
    """The instances as one graph of disjoint parts."""
    if x is None:
        return None
    x = x.movedim(axis, 0) if axis is not None else x.expand(size, *x.shape)
    return (x + rows * torch.arange(size)[:, None]).reshape(-1)


def _rows(x: Tensor, axis: int | None) -> int:
    return x.shape[0 if axis is None or axis > 0 else 1]


def parted(found: Sequence[Tensor], shapes: Sequence[Any], wanted: Sequence[bool], size: int) -> Any:
    """The instances of each result, what was not wanted empty, and their axes."""
    parts = [
        x.reshape(size, *shape) if yes else x.new_empty(size, 0)
        for x, shape, yes in zip(found, shapes, wanted, strict=True)
    ]
    return tuple(parts), (0,) * len(parts)


def shape_without(x: Tensor, axis: int | None) -> tuple[int, ...]:
    """The shape of one instance."""
    return tuple(n for i, n in enumerate(x.shape) if i != axis)


def forward_rule(product: Callable[..., Any]) -> Callable[..., Any]:
    """The vmap rule of `channelwise`."""

    def rule(
        info: Any, at: Any, x1: Any, x2: Any, weight: Any, sender: Any, receiver: Any, rows: int, *plan: Any
    ) -> Any:
        size = info.batch_size
        out = product(
            stacked(x1, at[0], size), stacked(x2, at[1], size), stacked_weight(weight, at[2], size),
            stacked_index(sender, at[3], size, _rows(x1, at[0])), stacked_index(receiver, at[4], size, rows),
            size * rows, *plan,
        )  # fmt: skip
        return out.reshape(size, rows, plan[-1]), 0

    return rule


def backward_rule(product: Callable[..., Any]) -> Callable[..., Any]:
    """The vmap rule of `channelwise_backward`."""

    def rule(info: Any, at: Any, g: Any, x1: Any, x2: Any, weight: Any, sender: Any, receiver: Any, *plan: Any) -> Any:
        size = info.batch_size
        found = product(
            stacked(g, at[0], size), stacked(x1, at[1], size), stacked(x2, at[2], size),
            stacked_weight(weight, at[3], size, summed=True), stacked_index(sender, at[4], size, _rows(x1, at[1])),
            stacked_index(receiver, at[5], size, _rows(g, at[0])), *plan,
        )  # fmt: skip
        shapes = [shape_without(x, axis) for x, axis in zip((x1, x2, weight), at[1:4], strict=True)]
        return parted(found, shapes, plan[-1], size)

    return rule


def double_backward_rule(product: Callable[..., Any]) -> Callable[..., Any]:
    """The vmap rule of `channelwise_double_backward`."""

    def rule(info: Any, at: Any, g: Any, x1: Any, x2: Any, weight: Any, a1: Any, a2: Any, aw: Any, *others: Any) -> Any:
        size, (sender, receiver, *plan) = info.batch_size, others
        found = product(
            stacked(g, at[0], size), stacked(x1, at[1], size), stacked(x2, at[2], size),
            stacked_weight(weight, at[3], size, summed=True), stacked(a1, at[4], size), stacked(a2, at[5], size),
            stacked_weight(aw, at[6], size, summed=True), stacked_index(sender, at[7], size, _rows(x1, at[1])),
            stacked_index(receiver, at[8], size, _rows(g, at[0])), *plan,
        )  # fmt: skip
        shapes = [shape_without(x, axis) for x, axis in zip((g, x1, x2, weight), at[:4], strict=True)]
        return parted(found, shapes, plan[-1], size)

    return rule


def _late(name: str) -> Callable[..., Any]:
    """The functions below call each other: looked up when called."""
    return lambda *arguments: globals()[name].apply(*arguments)


class _DoubleBackward(torch.autograd.Function):
    forward = staticmethod(fused.channelwise_double_backward)
    setup_context = staticmethod(lambda ctx, inputs, output: None)
    vmap = staticmethod(double_backward_rule(_late("_DoubleBackward")))


class _Backward(torch.autograd.Function):
    forward = staticmethod(fused.channelwise_backward)
    setup_context = staticmethod(fused.keep_backward)
    backward = staticmethod(fused.double_backward_formula(_late("_Forward"), _late("_DoubleBackward")))
    vmap = staticmethod(backward_rule(_late("_Backward")))


class _Forward(torch.autograd.Function):
    forward = staticmethod(fused.channelwise)
    setup_context = staticmethod(fused.keep_forward)
    backward = staticmethod(fused.backward_formula(_late("_Backward")))
    vmap = staticmethod(forward_rule(_late("_Forward")))


fused.channelwise.register_vmap(forward_rule(fused.channelwise))
fused.channelwise_backward.register_vmap(backward_rule(fused.channelwise_backward))
fused.channelwise_double_backward.register_vmap(double_backward_rule(fused.channelwise_double_backward))
