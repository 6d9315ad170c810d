"""Collecting a kernel's window around every site of a periodic lattice (im2col), fast in both directions.

The adjoint of a gather is a scatter; here it is a gather again, from a precomputed inverse table, because adding rows
one by one at scattered places is several times slower. Linear, so derivatives of any order and forward mode are the
same two maps.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from intertwine.nn.lattice_sites import window_table


def gather_windows(
    rows: Float[Tensor, "batch n_sites channels"],
    sites: tuple[int, ...],
    kernel: tuple[int, ...],
    stride: tuple[int, ...],
    dilation: tuple[int, ...],
    *,
    centred: bool = True,
) -> Float[Tensor, "batch n_out window channels"]:
    """The sites that the kernel sees around each output site, channels fastest."""
    forward, inverse, mask = _tables(sites, kernel, stride, dilation, centred, rows.device)
    windows: Tensor = _Gather.apply(rows, forward.reshape(-1), inverse, mask)  # type: ignore[no-untyped-call]
    return windows.reshape(rows.shape[0], *forward.shape, rows.shape[2])


@lru_cache(maxsize=512)
def _tables(
    sites: tuple[int, ...], kernel: tuple[int, ...], stride: tuple[int, ...], dilation: tuple[int, ...], centred: bool,
    device: torch.device,
) -> tuple[Tensor, Tensor, Tensor | None]:  # fmt: skip
    """Window table [n_out, K]; for every site the flat entries that show it [n_sites, M]; which of those count."""
    table = window_table(sites, kernel, stride, dilation, centred)
    seen = table.reshape(-1)
    counts = np.bincount(seen, minlength=int(np.prod(sites)))
    order = np.argsort(seen, kind="stable")
    inverse = np.zeros((len(counts), max(int(counts.max()), 1)), dtype=np.int64)
    slot = np.arange(len(seen)) - np.repeat(np.cumsum(counts) - counts, counts)
    inverse[seen[order], slot] = order
    full = bool((counts == inverse.shape[1]).all())
    mask = None if full else torch.from_numpy(np.arange(inverse.shape[1])[None, :] < counts[:, None]).to(device)
    return torch.from_numpy(table.copy()).to(device), torch.from_numpy(inverse).to(device), mask


class _Gather(torch.autograd.Function):
    """rows [B, N, C] → [B, len(index), C]."""

    generate_vmap_rule = True

    @staticmethod
    def forward(rows: Tensor, index: Tensor, inverse: Tensor, mask: Tensor | None) -> Tensor:
        return rows.index_select(1, index)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        ctx.tables = inputs[1:]

    @staticmethod
    def backward(ctx: Any, cotangent: Tensor) -> tuple[Tensor, None, None, None]:
        return _Scatter.apply(cotangent, *ctx.tables), None, None, None  # type: ignore[no-untyped-call]

    @staticmethod
    def jvp(ctx: Any, tangent: Tensor, *_: None) -> Tensor:
        result: Tensor = _Gather.apply(tangent, *ctx.tables)  # type: ignore[no-untyped-call]
        return result


class _Scatter(torch.autograd.Function):
    """Adjoint of _Gather: entries [B, len(index), C] → [B, N, C]."""

    generate_vmap_rule = True

    @staticmethod
    def forward(entries: Tensor, index: Tensor, inverse: Tensor, mask: Tensor | None) -> Tensor:
        picked = entries.index_select(1, inverse.reshape(-1))
        picked = picked.reshape(entries.shape[0], *inverse.shape, entries.shape[2])
        if mask is not None:
            picked = picked * mask[:, :, None].to(picked.dtype)
        return picked.sum(2)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        ctx.tables = inputs[1:]

    @staticmethod
    def backward(ctx: Any, cotangent: Tensor) -> tuple[Tensor, None, None, None]:
        return _Gather.apply(cotangent, *ctx.tables), None, None, None  # type: ignore[no-untyped-call]

    @staticmethod
    def jvp(ctx: Any, tangent: Tensor, *_: None) -> Tensor:
        result: Tensor = _Scatter.apply(tangent, *ctx.tables)  # type: ignore[no-untyped-call]
        return result
