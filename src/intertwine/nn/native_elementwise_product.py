"""Products channel by channel by our own kernel on CPUs: non-zero coefficients only, gradients by the same kernel."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from intertwine.nn.kernels.native import library, pointers, runs_natively


def native_runs(x1: Tensor, x2: Tensor) -> bool:
    """Whether the kernel can take them."""
    return runs_natively(x1) and runs_natively(x2) and x1.dtype == x2.dtype


def product(x1: Tensor, x2: Tensor, terms: NDArray[np.int32], coefficients: NDArray[np.float64], dim: int) -> Tensor:
    """[..., dim_1], [..., dim_2] → [..., dim]: Σ over terms (out, left, right, width) of c x1 x2, to any derivative."""
    leading = x1.shape[:-1]
    rows = x1.reshape(-1, x1.shape[-1]), x2.reshape(-1, x2.shape[-1])
    out: Tensor = _Product.apply(*rows, terms, coefficients, dim)  # type: ignore[no-untyped-call]
    return out.unflatten(0, leading) if len(leading) != 1 else out


class _Product(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, a: Tensor, b: Tensor, terms: NDArray[np.int32], coefficients: NDArray[np.float64], dim: int
    ) -> Tensor:
        ctx.save_for_backward(a, b)
        ctx.terms, ctx.coefficients = terms, coefficients
        a, b = (x if x.stride(-1) == 1 else x.contiguous() for x in (a, b))
        out = a.new_empty(len(a), dim)
        name = "float32" if a.dtype == torch.float32 else "float64"
        counts = [ctypes.c_int64(n) for n in (len(terms), len(a), dim)]
        getattr(library("elementwise_product", name), f"product_{name}")(
            *(argument for x in (a, b) for argument in (*pointers(x), ctypes.c_int64(x.stride(0)))),
            *pointers(terms, coefficients),
            *counts,
            *pointers(out),
        )
        return out

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        (a, b), (g,) = ctx.saved_tensors, gradients
        found: list[Tensor | None] = [None, None]
        # the trilinear form Σ c out a b, read for a and for b
        for role, (x, other, order) in enumerate(((a, b, [1, 0, 2, 3]), (b, a, [2, 0, 1, 3]))):
            if ctx.needs_input_grad[role]:
                terms = np.ascontiguousarray(ctx.terms[:, order])
                found[role] = _Product.apply(g, other, terms, ctx.coefficients, x.shape[-1])  # type: ignore[no-untyped-call]
        return (*found, None, None, None)
