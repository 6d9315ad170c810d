"""Blur and stride of images by our own kernel on CPUs, and what such a kernel wants to know of them."""

from __future__ import annotations

import ctypes
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from intertwine.nn.kernels.native import library, pointers, runs_natively

FIELD_PRECISIONS = {torch.float32: "float32", torch.bfloat16: "bfloat16"}


class BlurredAxis(NamedTuple):
    """coarse[i] = Σ_t weights[t] fine[factor · i + offset + t], 0 outside; float32 weights."""

    fine: int
    coarse: int
    offset: int
    weights: NDArray[np.float32]


class CAxis(ctypes.Structure):
    """As `Axis` of the kernels."""

    _fields_ = [
        *((name, ctypes.c_int64) for name in ("fine", "coarse", "offset", "taps")), ("weights", ctypes.c_void_p)
    ]  # fmt: skip

    @classmethod
    def of(cls, axis: BlurredAxis) -> CAxis:
        """The weights must outlive it."""
        return cls(axis.fine, axis.coarse, axis.offset, len(axis.weights), axis.weights.ctypes.data)


def native_runs(field: Tensor) -> bool:
    """Whether the kernel can take it: a plain CPU tensor [batch, channels, rows, columns] of float32 or bfloat16."""
    return field.ndim == 4 and runs_natively(field, tuple(FIELD_PRECISIONS))


def pooled(field: Tensor, factor: int, rows: BlurredAxis, columns: BlurredAxis) -> Tensor:
    """[batch, channels, rows, columns] → [batch, channels, coarse rows, coarse columns], with all derivatives."""
    out: Tensor = _Pooled.apply(field, factor, rows, columns, False)  # type: ignore[no-untyped-call]
    return out


class _Pooled(torch.autograd.Function):
    """A linear map and its transpose, which are each other's derivatives."""

    @staticmethod
    def forward(
        ctx: Any, field: Tensor, factor: int, rows: BlurredAxis, columns: BlurredAxis, transposed: bool
    ) -> Tensor:
        ctx.map = factor, rows, columns, transposed
        x = field.detach().contiguous()
        shape = (rows.fine, columns.fine) if transposed else (rows.coarse, columns.coarse)
        y = x.new_empty(*x.shape[:2], *shape)
        run = getattr(library("antialiased_pooling"), f"pooled_{FIELD_PRECISIONS[x.dtype]}")
        sides = ctypes.byref(CAxis.of(rows)), ctypes.byref(CAxis.of(columns))
        planes, step = ctypes.c_int64(x.shape[0] * x.shape[1]), ctypes.c_int64(factor)
        run(*pointers(x), planes, step, *sides, transposed, *pointers(y))
        return y

    @staticmethod
    def backward(ctx: Any, cotangent: Tensor) -> tuple[Tensor | None, ...]:
        factor, rows, columns, transposed = ctx.map
        found = _Pooled.apply(cotangent, factor, rows, columns, not transposed)  # type: ignore[no-untyped-call]
        return found, None, None, None, None
