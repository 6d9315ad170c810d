"""Lattice convolution as one matrix product, short directions folded into the channels.

On 60×4 the four sites across are one row of 4·C numbers, and the kernel across becomes a block-circulant matrix: a few
more multiplications, done several times faster because the product is wider and almost nothing is copied.
"""

from __future__ import annotations

from functools import lru_cache
from math import prod

import torch
from jaxtyping import Float
from torch import Tensor

from intertwine.nn.lattice_gather import gather_windows
from intertwine.nn.lattice_sites import output_sites, window_table

MAX_WORK = 2.1  # multiplications relative to the unfolded product up to which folding pays
MAX_WIDTH = 512  # numbers in a folded row


def n_folded(sites: tuple[int, ...], kernel: tuple[int, ...], channels: int) -> int:
    """How many directions, counted from the last, to fold."""
    count, work, width = 0, 1.0, channels
    for extent, size in zip(reversed(sites), reversed(kernel), strict=True):
        work *= max(extent / size, 1e-9)
        width *= extent
        if work > MAX_WORK or width > MAX_WIDTH:
            break
        count += 1
    return count


def folded_convolution(
    rows: Float[Tensor, "batch n_sites channels"],
    weight: Float[Tensor, "out channels *kernel"],
    bias: Float[Tensor, " out"] | None,
    sites: tuple[int, ...],
    stride: tuple[int, ...],
    dilation: tuple[int, ...],
) -> Float[Tensor, "batch n_out out"]:
    """See `lattice_convolution`; any dimension, dtype and device, any order of derivative."""
    batch, channels = rows.shape[0], rows.shape[2]
    kernel, n_out = tuple(weight.shape[2:]), weight.shape[0]
    split = len(sites) - n_folded(sites, kernel, channels)
    outer, inner = sites[:split], sites[split:]
    blocks = weight.reshape(n_out, channels, prod(kernel[:split]), prod(kernel[split:]))
    if inner:
        pattern = _pattern(inner, kernel[split:], stride[split:], dilation[split:], weight.dtype, weight.device)
        # [inner sites out, out channels, outer taps, inner sites in, in channels]
        matrix = torch.einsum("yxk,ocjk->yojxc", pattern, blocks)
        inner_out = pattern.shape[0]
    else:
        matrix, inner_out = blocks.permute(0, 2, 3, 1), 1
    matrix = matrix.reshape(inner_out * n_out, -1)
    if outer:
        wide = rows.reshape(batch, prod(outer), prod(inner) * channels)
        if prod(kernel[:split]) > 1 or prod(stride[:split]) > 1:
            wide = gather_windows(wide, outer, kernel[:split], stride[:split], dilation[:split])
    else:
        wide = rows
    flat = wide.reshape(-1, matrix.shape[1])
    shift = None if bias is None else bias.repeat(inner_out)
    out = torch.nn.functional.linear(flat, matrix, shift)
    return out.reshape(batch, prod(output_sites(sites, stride)), n_out)


@lru_cache(maxsize=256)
def _pattern(
    sites: tuple[int, ...], kernel: tuple[int, ...], stride: tuple[int, ...], dilation: tuple[int, ...],
    dtype: torch.dtype, device: torch.device,
) -> Tensor:  # fmt: skip
    """1 where kernel element k of output site y sees input site x: [n_out, n_in, K]."""
    table = torch.from_numpy(window_table(sites, kernel, stride, dilation, True).copy())
    pattern = torch.nn.functional.one_hot(table, prod(sites))  # [y, k, x]
    return pattern.movedim(1, 2).to(device=device, dtype=dtype).contiguous()
