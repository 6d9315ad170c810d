"""Pointwise functions and gates of channels by our own kernel on CPUs, behind a batch norm."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from intertwine.nn.kernels.native import library, pointers
from intertwine.nn.native_field_norm import Gradient

FUNCTIONS = {"identity": 0, "relu": 1, "elu": 2}


class NativePointwiseActivation:
    """function(z) or z σ(gate), a `NativeActivation`; groups: each a `Group` of kernels/field_norm.cpp."""

    def __init__(self, groups: Sequence[tuple[int, ...]], out_channels: int) -> None:
        self.groups, self.out_channels = np.array(groups, dtype=np.int32), out_channels

    def apply(self, x: Tensor, a: Tensor, b: Tensor) -> Tensor:
        """The function of z = a x + b."""
        y = x.new_empty(x.shape[0], self.out_channels, *x.shape[2:])
        library("field_norm").field_apply(*pointers(x, a, b, self.groups), *self._sizes(x), *pointers(y))
        return y

    def pulled_back(self, x: Tensor, dy: Tensor, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor, Gradient]:
        """Σ dz x, Σ dz, and (p, q) ↦ a dz + p x + q, which computes dz again."""
        da, db = torch.zeros_like(a), torch.zeros_like(b)
        library("field_norm").field_sums(*pointers(x, dy, a, b, self.groups), *self._sizes(x), *pointers(da, db))

        def gradient(p: Tensor, q: Tensor) -> Tensor:
            dx = torch.empty_like(x)
            arrays = pointers(x, dy, a, b, p, q, self.groups)
            library("field_norm").field_gradient(*arrays, *self._sizes(x), *pointers(dx))
            return dx

        return da, db, gradient

    def _sizes(self, x: Tensor) -> list[ctypes.c_int64]:
        batch, channels = x.shape[0], x.shape[1]
        sizes = (len(self.groups), batch, channels, self.out_channels, x.numel() // (batch * channels))
        return [ctypes.c_int64(n) for n in sizes]
