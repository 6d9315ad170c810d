"""Collecting a kernel's window around every site of a periodic lattice (im2col), differentiable to any order."""

from __future__ import annotations

from math import prod

from jaxtyping import Float
from torch import Tensor

from intertwine.nn.lattice_sites import window_index


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
    index = window_index(sites, kernel, stride, dilation, centred, rows.device)
    windows = rows.index_select(1, index.reshape(-1))
    return windows.reshape(rows.shape[0], index.shape[0], prod(kernel), rows.shape[2])
