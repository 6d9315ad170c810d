"""The fused fully connected product under torch.func: vmap makes instances more samples, with weights of their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from intertwine.nn import fully_connected_fused as fused
from intertwine.nn.product_transforms import parted, shape_without, stacked, stacked_weight


def fused_fully_connected(*arguments: Any) -> Tensor:
    """`fully_connected_fused.fully_connected`, differentiable and batched by every transform of torch."""
    if torch.compiler.is_compiling() or torch._C._functorch.peek_interpreter_stack() is None:
        found: Tensor = fused.fully_connected(*arguments)
    else:
        found = _Forward.apply(*arguments)  # type: ignore[no-untyped-call]
    return found


def _forward_rule(product: Callable[..., Any]) -> Callable[..., Any]:
    def rule(info: Any, at: Any, x1: Any, x2: Any, weight: Any, *plan: Any) -> Any:
        size = info.batch_size
        out = product(stacked(x1, at[0], size), stacked(x2, at[1], size), stacked_weight(weight, at[2], size), *plan)
        return out.reshape(size, -1, plan[-1]), 0

    return rule


def _backward_rule(product: Callable[..., Any]) -> Callable[..., Any]:
    def rule(info: Any, at: Any, g: Any, x1: Any, x2: Any, weight: Any, *plan: Any) -> Any:
        size = info.batch_size
        found = product(
            stacked(g, at[0], size), stacked(x1, at[1], size), stacked(x2, at[2], size),
            stacked_weight(weight, at[3], size, summed=True), *plan,
        )  # fmt: skip
        shapes = [shape_without(x, axis) for x, axis in zip((x1, x2, weight), at[1:4], strict=True)]
        return parted(found, shapes, plan[-1], size)

    return rule


def _late(name: str) -> Callable[..., Any]:
    """The functions below call each other: looked up when called."""
    return lambda *arguments: globals()[name].apply(*arguments)


class _Backward(torch.autograd.Function):
    forward = staticmethod(fused.fully_connected_backward)
    setup_context = staticmethod(fused.keep_backward)
    backward = staticmethod(fused.double_backward_formula(_late("_Forward"), _late("_Backward")))
    vmap = staticmethod(_backward_rule(_late("_Backward")))


class _Forward(torch.autograd.Function):
    forward = staticmethod(fused.fully_connected)
    setup_context = staticmethod(fused.keep_forward)
    backward = staticmethod(fused.backward_formula(_late("_Backward")))
    vmap = staticmethod(_forward_rule(_late("_Forward")))


fused.fully_connected.register_vmap(_forward_rule(fused.fully_connected))
fused.fully_connected_backward.register_vmap(_backward_rule(fused.fully_connected_backward))
