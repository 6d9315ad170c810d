"""The fused harmonics under torch.func: vmap makes instances more points.

torch.func does not take the derivatives that an operator registers, so that `fused_harmonics` has the same formulas a
second time, as autograd functions, for calls from inside a transform.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from intertwine.nn import harmonics_fused as fused


def fused_harmonics(x: Tensor, words: Tensor, coefficients: Tensor, dim: int) -> Tensor:
    """`harmonics_fused.harmonics`, differentiable and batched by every transform of torch."""
    if torch.compiler.is_compiling() or torch._C._functorch.peek_interpreter_stack() is None:
        found: Tensor = fused.harmonics(x, words, coefficients, dim)
    else:
        found = _Forward.apply(x, words, coefficients, dim)  # type: ignore[no-untyped-call]
    return found


def fused_harmonics_gradient(g: Tensor, x: Tensor, words: Tensor, coefficients: Tensor) -> Tensor:
    """`harmonics_fused.harmonics_backward`, likewise."""
    if torch.compiler.is_compiling() or torch._C._functorch.peek_interpreter_stack() is None:
        found: Tensor = fused.harmonics_backward(g, x, words, coefficients)
    else:
        found = _Backward.apply(g, x, words, coefficients)  # type: ignore[no-untyped-call]
    return found


def points_rule(points: int, operator: Callable[..., Any]) -> Callable[..., Any]:
    """The vmap rule of an operator whose first `points` arguments are [points, …]."""

    def rule(info: Any, at: tuple[int | None, ...], *arguments: Any) -> Any:
        size = info.batch_size
        rows = []
        for x, axis in zip(arguments[:points], at[:points], strict=True):
            batched = x.expand(size, *x.shape) if axis is None else x.movedim(axis, 0)
            rows.append(batched.reshape(-1, batched.shape[-1]))
        found = operator(*rows, *arguments[points:])
        if isinstance(found, Tensor):
            return found.reshape(size, -1, found.shape[-1]), 0
        return tuple(one.reshape(size, -1, one.shape[-1]) for one in found), (0,) * len(found)

    return rule


def _late(name: str) -> Callable[..., Any]:
    """The functions below call each other: looked up when called."""
    return lambda *arguments: globals()[name].apply(*arguments)


class _DoubleBackward(torch.autograd.Function):
    forward = staticmethod(fused.harmonics_double_backward)
    setup_context = staticmethod(lambda ctx, inputs, output: None)
    vmap = staticmethod(points_rule(3, _late("_DoubleBackward")))


class _Backward(torch.autograd.Function):
    forward = staticmethod(fused.harmonics_backward)
    setup_context = staticmethod(fused.keep_backward)
    backward = staticmethod(fused.double_backward_formula(_late("_DoubleBackward")))
    vmap = staticmethod(points_rule(2, _late("_Backward")))


class _Forward(torch.autograd.Function):
    forward = staticmethod(fused.harmonics)
    setup_context = staticmethod(fused.keep_forward)
    backward = staticmethod(fused.backward_formula(_late("_Backward")))
    vmap = staticmethod(points_rule(1, _late("_Forward")))


fused.harmonics.register_vmap(points_rule(1, fused.harmonics))
fused.harmonics_backward.register_vmap(points_rule(2, fused.harmonics_backward))
fused.harmonics_double_backward.register_vmap(points_rule(3, fused.harmonics_double_backward))
