"""Lattice convolution at stride 1 by our own kernel on CPUs, in any dimension, differentiable to any order.

Convolution, its transpose and the correlation of two fields are bilinear and each other's derivatives, so that the two
functions below close under differentiation.
"""

from __future__ import annotations

import ctypes
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from torch import Tensor

from intertwine.nn.kernels.native import PRECISIONS, library, pointers, runs_natively
from intertwine.nn.lattice_sites import window_table


def native_runs(field: Tensor, weight: Tensor, stride: tuple[int, ...]) -> bool:
    """Whether the kernel can take it: plain CPU tensors of one precision, stride 1, a compiler at hand."""
    return max(stride) == 1 and field.dtype == weight.dtype and runs_natively(field) and runs_natively(weight)


def native_convolution(
    rows: Tensor, weight: Tensor, bias: Tensor | None, sites: tuple[int, ...], dilation: tuple[int, ...]
) -> Tensor:
    """rows [batch, n_sites, channels], weight [out, channels, *kernel] → [batch, n_sites, out]."""
    kernel = tuple(weight.shape[2:])
    matrix = weight.flatten(2).permute(2, 1, 0)  # [kernel, in, out]
    out: Tensor = _Convolve.apply(rows, matrix, bias, (sites, kernel, dilation), False)  # type: ignore[no-untyped-call]
    return out


_Geometry = tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]


@lru_cache(maxsize=512)
def _table(geometry: _Geometry, inverse: bool) -> np.ndarray:
    """int32 [n_sites, n_kernel]: the site that each kernel element sees, or the site that sees this one by it."""
    sites, kernel, dilation = geometry
    table = window_table(sites, kernel, (1,) * len(sites), dilation, True)
    if inverse:
        table = np.argsort(table, axis=0)  # at stride 1 every column is a permutation of the sites
    return np.ascontiguousarray(table, dtype=np.int32)


def _laid_out(x: Tensor) -> tuple[Tensor, bool]:
    """[batch, sites, channels] as it lies in memory, or as [batch, channels, sites], which the kernel turns."""
    channels_first = not x.is_contiguous() and x.transpose(1, 2).is_contiguous()
    return (x if channels_first else x.contiguous()), channels_first


def _call(
    name: str, table: np.ndarray, sizes: tuple[int, int, int, int, int], first: list[bool], arrays: list[Tensor | None]
) -> None:
    kind = next(PRECISIONS[x.dtype] for x in arrays if x is not None)
    getattr(library("lattice_convolution"), f"{name}_{kind}")(
        *(ctypes.c_int64(size) for size in sizes), ctypes.c_int(torch.get_num_threads()),
        *(ctypes.c_int(one) for one in first), *pointers(table, *arrays),
    )  # fmt: skip


class _Convolve(torch.autograd.Function):
    """Σ_k x[site(s, k)] w[k] + bias: x [B, N, C], w [K, C, O] → [B, N, O]; with `inverse`, the sites that see s."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, w: Tensor, bias: Tensor | None, geometry: _Geometry, inverse: bool) -> Tensor:
        ctx.save_for_backward(x, w)  # the inputs themselves: copies would not be differentiated a second time
        ctx.save_for_forward(x, w)
        (x, x_first), w = _laid_out(x), w.contiguous()
        ctx.geometry, ctx.inverse, ctx.has_bias = geometry, inverse, bias is not None
        out = x.new_empty(x.shape[0], x.shape[1], w.shape[2])
        sizes = (x.shape[0], x.shape[1], w.shape[0], w.shape[1], w.shape[2])
        shift = None if bias is None else bias.contiguous()
        _call("convolve", _table(geometry, inverse), sizes, [x_first], [x, w, shift, out])
        return out

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> tuple[Tensor | None, ...]:
        x, w = ctx.saved_tensors
        gx = gw = gb = None
        if ctx.needs_input_grad[0]:
            gx = _Convolve.apply(g, w.transpose(1, 2), None, ctx.geometry, not ctx.inverse)  # type: ignore[no-untyped-call]
        if ctx.needs_input_grad[1] or ctx.needs_input_grad[2]:
            gw, gb = _Correlate.apply(x, g, ctx.geometry, ctx.inverse)  # type: ignore[no-untyped-call]
        return gx, gw, gb if ctx.has_bias else None, None, None

    @staticmethod
    def jvp(ctx: Any, tx: Tensor | None, tw: Tensor | None, tb: Tensor | None, *_: None) -> Tensor:
        x, w = ctx.saved_tensors
        tx, tw = torch.zeros_like(x) if tx is None else tx, torch.zeros_like(w) if tw is None else tw
        moved: Tensor = _Convolve.apply(tx, w, None, ctx.geometry, ctx.inverse)  # type: ignore[no-untyped-call]
        changed: Tensor = _Convolve.apply(x, tw, tb, ctx.geometry, ctx.inverse)  # type: ignore[no-untyped-call]
        return moved + changed


class _Correlate(torch.autograd.Function):
    """Σ_{b, s} x[b, site(s, k), c] g[b, s, o] → [K, C, O], and Σ_{b, s} g → [O]."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, g: Tensor, geometry: _Geometry, inverse: bool) -> tuple[Tensor, Tensor]:
        ctx.save_for_backward(x, g)
        ctx.save_for_forward(x, g)
        (x, x_first), (g, g_first) = _laid_out(x), _laid_out(g)
        ctx.geometry, ctx.inverse = geometry, inverse
        table = _table(geometry, inverse)
        w, total = x.new_empty(table.shape[1], x.shape[2], g.shape[2]), x.new_empty(g.shape[2])
        sizes = (x.shape[0], x.shape[1], table.shape[1], x.shape[2], g.shape[2])
        _call("correlate", table, sizes, [x_first, g_first], [x, g, w, total])
        return w, total

    @staticmethod
    def backward(ctx: Any, a: Tensor, total: Tensor) -> tuple[Tensor | None, ...]:
        x, g = ctx.saved_tensors
        gx = _Convolve.apply(g, a.transpose(1, 2), None, ctx.geometry, not ctx.inverse)  # type: ignore[no-untyped-call]
        gg = _Convolve.apply(x, a, total, ctx.geometry, ctx.inverse)  # type: ignore[no-untyped-call]
        return gx, gg, None, None

    @staticmethod
    def jvp(ctx: Any, tx: Tensor | None, tg: Tensor | None, *_: None) -> tuple[Tensor, Tensor]:
        x, g = ctx.saved_tensors
        tx, tg = torch.zeros_like(x) if tx is None else tx, torch.zeros_like(g) if tg is None else tg
        moved, _ = _Correlate.apply(tx, g, ctx.geometry, ctx.inverse)  # type: ignore[no-untyped-call]
        changed, total = _Correlate.apply(x, tg, ctx.geometry, ctx.inverse)  # type: ignore[no-untyped-call]
        return moved + changed, total
