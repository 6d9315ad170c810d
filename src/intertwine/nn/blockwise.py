"""A large intermediate result, made and used in blocks of samples that stay in the cache, and made again backwards."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor


def blockwise(f: Callable[..., Tensor], samples: Sequence[Tensor], shared: Sequence[Tensor], size: int) -> Tensor:
    """f(*samples, *shared) [n, d], `size` of the n samples at a time.

    f acts on each row of the samples by itself; it is differentiable, and called again for gradients, so that nothing
    between input and output outlives its block. A gradient of a gradient keeps the intermediate results of that pass.
    Under torch.func and in compiled graphs it is f itself.
    """
    n = samples[0].shape[0]
    if torch.compiler.is_compiling() or torch._C._functorch.peek_interpreter_stack() is not None or n <= size:
        return f(*samples, *shared)
    out: Tensor = _Blockwise.apply(f, len(samples), size, *samples, *shared)  # type: ignore[no-untyped-call]
    return out


class _Blockwise(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, f: Callable[..., Tensor], count: int, size: int, *inputs: Tensor) -> Tensor:
        ctx.save_for_backward(*inputs)
        ctx.f, ctx.count, ctx.size = f, count, size
        samples, shared = inputs[:count], inputs[count:]
        first = f(*(x[:size] for x in samples), *shared)
        out = first.new_empty(samples[0].shape[0], first.shape[1])
        out[:size] = first
        for start in range(size, len(out), size):
            out[start : start + size] = f(*(x[start : start + size] for x in samples), *shared)
        return out

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> tuple[Tensor | None, ...]:
        inputs, count = ctx.saved_tensors, ctx.count
        wanted = [i for i, needed in enumerate(ctx.needs_input_grad[3:]) if needed]
        found: list[Tensor | None] = [None] * len(inputs)
        if torch.is_grad_enabled():  # these gradients will be differentiated themselves
            gradients = torch.autograd.grad(ctx.f(*inputs), [inputs[i] for i in wanted], g, create_graph=True)
            for i, gradient in zip(wanted, gradients, strict=True):
                found[i] = gradient
            return (None, None, None, *found)
        for i in wanted:
            found[i] = torch.empty_like(inputs[i]) if i < count else torch.zeros_like(inputs[i])
        for start in range(0, len(g), ctx.size):
            stop = start + ctx.size
            with torch.enable_grad():
                block = [(x[start:stop] if i < count else x).detach() for i, x in enumerate(inputs)]
                for i in wanted:
                    block[i].requires_grad_()
                out = ctx.f(*block)
            for i, gradient in zip(
                wanted, torch.autograd.grad(out, [block[i] for i in wanted], g[start:stop]), strict=True
            ):
                target = found[i]
                if target is not None:
                    if i < count:
                        target[start:stop] = gradient
                    else:
                        target += gradient
        return (None, None, None, *found)
