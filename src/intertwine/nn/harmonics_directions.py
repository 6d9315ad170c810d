"""The fused harmonics of directions, Y(x / |x|): the division is part of the pass over the points.

A gradient that will be differentiated itself is made of the harmonics of u = x / |x| and of torch's own operators.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from intertwine.nn.harmonics_fused import call_harmonics, keep_forward
from intertwine.nn.harmonics_transforms import fused_harmonics_gradient, points_rule

SHORTEST = 1e-12  # shorter vectors are divided by this, as in harmonics.cpp and torch.nn.functional.normalize


@torch.library.custom_op("intertwine::directional_harmonics", mutates_args=(), device_types="cpu")
def directional_harmonics(x: Tensor, words: Tensor, coefficients: Tensor, dim: int) -> Tensor:
    """x [points, n] → [points, dim]."""
    out = x.new_empty(x.shape[0], dim)
    call_harmonics("forward", words, coefficients, [x.contiguous(), out], directions=True)
    return out


@torch.library.custom_op("intertwine::directional_harmonics_backward", mutates_args=(), device_types="cpu")
def directional_harmonics_backward(g: Tensor, x: Tensor, words: Tensor, coefficients: Tensor) -> Tensor:
    """The gradient of Σ g · Y(x / |x|), [points, n]. Without derivatives of its own: see `_gradient`."""
    out = x.new_empty(x.shape)
    call_harmonics("backward", words, coefficients, [g.contiguous(), x.contiguous(), out], directions=True)
    return out


@directional_harmonics.register_fake
def _(x: Tensor, words: Tensor, coefficients: Tensor, dim: int) -> Tensor:
    return x.new_empty(x.shape[0], dim)


@directional_harmonics_backward.register_fake
def _(g: Tensor, x: Tensor, words: Tensor, coefficients: Tensor) -> Tensor:
    return x.new_empty(x.shape)


def fused_directional_harmonics(x: Tensor, words: Tensor, coefficients: Tensor, dim: int) -> Tensor:
    """Y(x / |x|), differentiable and batched by every transform of torch."""
    if torch.compiler.is_compiling() or torch._C._functorch.peek_interpreter_stack() is None:
        found: Tensor = directional_harmonics(x, words, coefficients, dim)
    else:
        found = _Forward.apply(x, words, coefficients, dim)  # type: ignore[no-untyped-call]
    return found


def _gradient(ctx: Any, g: Tensor) -> tuple[Tensor | None, ...]:
    x, words, coefficients = ctx.saved_tensors
    if not torch.is_grad_enabled():
        return directional_harmonics_backward(g, x, words, coefficients), None, None, None
    length = torch.linalg.vector_norm(x, dim=-1, keepdim=True)
    divisor = length.clamp_min(SHORTEST)
    u = x / divisor
    of_u = fused_harmonics_gradient(g, u, words, coefficients)
    along = torch.where(length > SHORTEST, (u * of_u).sum(-1, keepdim=True), torch.zeros_like(length))
    return (of_u - along * u) / divisor, None, None, None


class _Forward(torch.autograd.Function):
    forward = staticmethod(directional_harmonics)
    setup_context = staticmethod(keep_forward)
    backward = staticmethod(_gradient)
    vmap = staticmethod(points_rule(1, fused_directional_harmonics))


directional_harmonics.register_autograd(_gradient, setup_context=keep_forward)
directional_harmonics.register_vmap(points_rule(1, directional_harmonics))
directional_harmonics_backward.register_vmap(points_rule(2, directional_harmonics_backward))
