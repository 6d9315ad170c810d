"""Index tables of periodic lattices: which sites a kernel sees around every output site."""

from __future__ import annotations

from functools import lru_cache
from itertools import product
from math import prod

import numpy as np
import torch

from intertwine.errors import ConfigurationError


def per_direction(value: int | tuple[int, ...], dimension: int, name: str) -> tuple[int, ...]:
    """`value` as one positive integer a lattice direction; raises ConfigurationError on anything else."""
    values = (value,) * dimension if isinstance(value, int) else tuple(value)
    if len(values) != dimension or any(v < 1 for v in values):
        raise ConfigurationError(
            f"{name} does not fit the lattice",
            received=value,
            expected=f"a positive integer, or {dimension} of them (one a direction)",
        )
    return values


def output_sites(sites: tuple[int, ...], stride: tuple[int, ...]) -> tuple[int, ...]:
    """Extents of the lattice of every stride-th site: ceil(N / s) in each direction."""
    return tuple(-(-n // s) for n, s in zip(sites, stride, strict=True))


@lru_cache(maxsize=512)
def window_table(
    sites: tuple[int, ...], kernel: tuple[int, ...], stride: tuple[int, ...], dilation: tuple[int, ...], centred: bool
) -> np.ndarray:
    """Flat site index [n_out, prod(kernel)] that each kernel element sees, periodic in every direction.

    Output site y sees the sites (s y + d j - offset) mod N for j = 0 … k-1. The offset is d (k-1) // 2 when
    `centred` (torch's padding="same"), else 0. Any k, d is allowed: a window larger than the lattice wraps.
    """
    out = output_sites(sites, stride)
    offsets = tuple(d * (k - 1) // 2 if centred else 0 for k, d in zip(kernel, dilation, strict=True))
    table = np.zeros((*out, *kernel), dtype=np.int64)
    ndim = len(sites)
    for axis, extent in enumerate(sites):
        start = stride[axis] * np.arange(out[axis])
        seen = (start[:, None] + dilation[axis] * np.arange(kernel[axis])[None, :] - offsets[axis]) % extent
        shape = [1] * (2 * ndim)
        shape[axis], shape[ndim + axis] = out[axis], kernel[axis]
        table = table * extent + seen.reshape(shape)
    table = table.reshape(prod(out), prod(kernel))
    table.flags.writeable = False
    return table


@lru_cache(maxsize=512)
def window_index(
    sites: tuple[int, ...],
    kernel: tuple[int, ...],
    stride: tuple[int, ...],
    dilation: tuple[int, ...],
    centred: bool,
    device: torch.device,
) -> torch.Tensor:
    """`window_table` as a cached int64 tensor on `device`."""
    return torch.from_numpy(window_table(sites, kernel, stride, dilation, centred).copy()).to(device)


def translations(sites: tuple[int, ...]) -> list[tuple[int, ...]]:
    """Every translation of a periodic lattice, the identity first."""
    return list(product(*(range(n) for n in sites)))
