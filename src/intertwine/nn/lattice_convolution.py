"""Convolution with circular padding on periodic lattices of one to four dimensions."""

from __future__ import annotations

from math import prod, sqrt

import torch
from jaxtyping import Float
from torch import Tensor, nn

from intertwine.errors import ConfigurationError
from intertwine.nn.folded_convolution import folded_convolution
from intertwine.nn.lattice_sites import output_sites, per_direction
from intertwine.nn.native_convolution import native_convolution, native_runs
from intertwine.nn.padded_convolution import padded_convolution


class LatticeConvolution(nn.Module):
    """Cross-correlation of a periodic lattice field with a kernel, in any dimension from 1 to 4.

    out[b, o, y] = bias[o] + Σ_{c, j} weight[o, c, j] · in[b, c, (s y + d j - d (k-1) // 2) mod N]

    At stride 1 this commutes with every lattice translation; at stride s with the multiples of s, if s divides N.
    Equals torch's ``Conv2d(padding="same", padding_mode="circular")`` where that exists, with the same weight layout.
    Fields are ``[batch, channels, *sites]``; inside, channels run fastest, and the output is a view with channels
    fastest in memory, so that a stack of these layers never reorders its data.

    Parameters
    ----------
    in_channels, out_channels:
        Channels of the input and output fields.
    kernel, stride, dilation:
        One positive integer, or one a direction.
    dimension:
        Number of lattice directions, 1 to 4.

    Raises
    ------
    ConfigurationError
        On a dimension outside 1 … 4, non-positive sizes, or an input of another dimension or channel number.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel: int | tuple[int, ...],
        *,
        dimension: int = 2,
        stride: int | tuple[int, ...] = 1,
        dilation: int | tuple[int, ...] = 1,
        bias: bool = True,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        if dimension not in (1, 2, 3, 4):
            raise ConfigurationError(
                "No lattice convolution in this dimension", received=dimension, expected="1, 2, 3 or 4"
            )
        if in_channels < 1 or out_channels < 1:
            raise ConfigurationError(
                "A convolution needs channels", received=(in_channels, out_channels), expected="positive integers"
            )
        self.in_channels, self.out_channels, self.dimension = in_channels, out_channels, dimension
        self.kernel = per_direction(kernel, dimension, "kernel")
        self.stride = per_direction(stride, dimension, "stride")
        self.dilation = per_direction(dilation, dimension, "dilation")
        self.weight = nn.Parameter(torch.empty(out_channels, in_channels, *self.kernel, device=device, dtype=dtype))
        self.bias = nn.Parameter(torch.empty(out_channels, device=device, dtype=dtype)) if bias else None
        self.reset_parameters()

    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        """Uniform in ±1/√(fan-in), weights and biases (torch's convention for convolutions)."""
        bound = 1 / sqrt(self.in_channels * prod(self.kernel))
        with torch.no_grad():
            self.weight.uniform_(-bound, bound, generator=generator)
            if self.bias is not None:
                self.bias.uniform_(-bound, bound, generator=generator)

    def forward(self, field: Float[Tensor, "batch channels *sites"]) -> Float[Tensor, "batch out *out_sites"]:
        if field.ndim != self.dimension + 2 or field.shape[1] != self.in_channels:
            raise ConfigurationError(
                "The field does not fit this convolution",
                received=f"shape {tuple(field.shape)}",
                expected=f"[batch, {self.in_channels}, {self.dimension} lattice extents]",
            )
        return lattice_convolution(field, self.weight, self.bias, stride=self.stride, dilation=self.dilation)

    def extra_repr(self) -> str:
        return (
            f"{self.in_channels}, {self.out_channels}, kernel={self.kernel}, stride={self.stride}, "
            f"dilation={self.dilation}, bias={self.bias is not None}"
        )


def lattice_convolution(
    field: Float[Tensor, "batch channels *sites"],
    weight: Float[Tensor, "out channels *kernel"],
    bias: Float[Tensor, " out"] | None = None,
    *,
    stride: tuple[int, ...],
    dilation: tuple[int, ...],
) -> Float[Tensor, "batch out *out_sites"]:
    """Functional form of :class:`LatticeConvolution`; `stride` and `dilation` have one entry a direction."""
    batch, channels, sites, kernel = field.shape[0], field.shape[1], tuple(field.shape[2:]), tuple(weight.shape[2:])
    if prod(kernel) == 1 and prod(stride) == 1:
        out = nn.functional.linear(field.movedim(1, -1), weight.reshape(weight.shape[0], channels), bias)
        return out.movedim(-1, 1)
    if native_runs(field, weight, stride):
        flat = native_convolution(field.movedim(1, -1).flatten(1, -2), weight, bias, sites, dilation)
        return flat.reshape(batch, *sites, weight.shape[0]).movedim(-1, 1)
    if prod(stride) == 1 and len(sites) <= 3 and field.dtype == torch.float32 and not _is_transformed(weight):
        offsets = tuple(d * (k - 1) // 2 for k, d in zip(kernel, dilation, strict=True))
        return padded_convolution(field, weight, bias, dilation, offsets)
    rows = field.movedim(1, -1).flatten(1, -2)
    out = folded_convolution(rows, weight, bias, sites, stride, dilation)
    return out.reshape(batch, *output_sites(sites, stride), weight.shape[0]).movedim(-1, 1)


def _is_transformed(weight: Tensor) -> bool:
    """Whether torch.func is batching over weights: then one batched matrix product beats a grouped convolution."""
    return bool(torch._C._functorch.is_batchedtensor(weight))
