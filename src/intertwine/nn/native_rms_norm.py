"""RMSNorm by our own kernel on CPUs: one pass forwards, one backwards; a gradient of a gradient by the formula."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from intertwine.nn.kernels.native import library, pointers
from intertwine.representations import Rep

Formula = Callable[[Tensor, Tensor], Tensor]
KINDS = {"none": 0, "definite": 1, "gram": 2}
ZERO = 1e-12  # entries of forms below are rounding of the Clebsch–Gordan maps


class NormPlan:
    """Where the blocks of a representation lie and what their forms are, as the kernel reads it."""

    def __init__(self, rep: Rep, kinds: Sequence[str], forms: Sequence[NDArray[np.float64] | None]) -> None:
        blocks: list[list[int]] = []
        stretches: list[list[int]] = []
        entries: list[tuple[int, int]] = []
        values: list[float] = []
        channel = 0
        for block, where, kind, matrices in zip(rep.blocks, rep.slices, kinds, forms, strict=True):
            count = 0 if matrices is None else len(matrices)
            place = [where.start, block.irrep.real_dim, block.multiplicity, KINDS[kind]]
            blocks.append([*place, channel, len(stretches), count])
            channel += block.multiplicity
            for form in () if matrices is None else matrices:
                rows, columns = np.nonzero(np.abs(form) > ZERO)
                stretches.append([len(values), len(rows), 1 if np.allclose(form, form.T, atol=1e-9) else -1])
                entries += list(zip(rows, columns, strict=True))
                values += list(form[rows, columns])
        self.arrays: list[NDArray[Any]] = [np.array(one, dtype=np.int32) for one in (blocks, stretches, entries)]
        self.arrays.append(np.array(values, dtype=np.float64))
        self.n_blocks, self.dim, self.channels = len(blocks), rep.dim, channel

    def call(self, name: str, dtype: torch.dtype, *arguments: Any) -> None:
        """One function of the kernel; tensors go as pointers."""
        kind = str(dtype).removeprefix("torch.")
        function = getattr(library("rms_norm", kind), f"norm_{name}_{kind}")
        sizes = [ctypes.c_int64(n) for n in (self.n_blocks, self.dim, self.channels)]
        function(*pointers(*self.arrays), *sizes, *(_argument(one) for one in arguments))


def normalised(x: Tensor, weight: Tensor, plan: NormPlan, epsilon: float, formula: Formula) -> Tensor:
    """y [..., dim] of x [..., dim] and weights [channels]; `formula` is the same function of (x, weight) in torch."""
    flat = x.reshape(-1, x.shape[-1]).contiguous()
    y: Tensor = _Norm.apply(flat, weight, plan, epsilon, formula)  # type: ignore[no-untyped-call]
    return y.view(x.shape)


def _argument(one: Any) -> Any:
    if isinstance(one, Tensor):
        return pointers(one)[0]
    return ctypes.c_double(one) if isinstance(one, float) else ctypes.c_int64(one)


class _Norm(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, plan: NormPlan, epsilon: float, formula: Formula) -> Tensor:
        y, sizes = torch.empty_like(x), x.new_empty(len(x), plan.n_blocks)
        weight = weight.contiguous()
        plan.call("forward", x.dtype, x, weight, float(epsilon), len(x), y, sizes)
        ctx.save_for_backward(x, weight, sizes)
        ctx.plan, ctx.formula = plan, formula
        return y

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        (x, weight, sizes), (g,) = ctx.saved_tensors, gradients
        found: list[Tensor | None] = [None, None]
        if torch.is_grad_enabled():  # these gradients will be differentiated themselves
            wanted = [i for i in range(2) if ctx.needs_input_grad[i]]
            inputs = [(x, weight)[i] for i in wanted]
            for i, one in zip(
                wanted, torch.autograd.grad(ctx.formula(x, weight), inputs, g, create_graph=True), strict=True
            ):
                found[i] = one
            return (*found, None, None, None)
        dx, dw = torch.empty_like(x), torch.zeros_like(weight)
        ctx.plan.call("backward", x.dtype, x, weight, sizes, g.contiguous(), len(x), dx, dw)
        return dx, dw, None, None, None
