"""Pointwise functions and gates of channels, and pooling, by our own kernel on CPUs, behind a batch norm."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from intertwine.nn.kernels.native import pointers
from intertwine.nn.native_batch_moments import rows
from intertwine.nn.native_field_norm import Gradient, field_function, in_place_gradient
from intertwine.nn.native_pooling import FIELD_PRECISIONS, BlurredAxis, CAxis

FUNCTIONS = {"identity": 0, "relu": 1, "elu": 2}


class _Pooling(ctypes.Structure):
    _fields_ = [("factor", ctypes.c_int64), ("rows", CAxis), ("columns", CAxis)]


class NativePointwiseActivation:
    """function(z) or z σ(gate), a `NativeActivation`; groups: each a `Group` of kernels/field_groups.hpp.

    `pooled` is `AntialiasedPooling.axes`, of images that are pooled afterwards.
    """

    precisions: tuple[torch.dtype, ...] = tuple(FIELD_PRECISIONS)

    def __init__(
        self,
        groups: Sequence[tuple[int, ...]] | np.ndarray,
        out_channels: int,
        pooled: tuple[int, BlurredAxis, BlurredAxis] | None = None,
    ) -> None:
        self.groups, self.out_channels, self.pooled = np.array(groups, dtype=np.int32), out_channels, pooled

    def followed_by(self, pooled: tuple[int, BlurredAxis, BlurredAxis]) -> NativePointwiseActivation:
        """With the pooling of images of one size."""
        return NativePointwiseActivation(self.groups, self.out_channels, pooled)

    def apply(self, x: Tensor, a: Tensor, b: Tensor) -> Tensor:
        """The function of z = a x + b."""
        sites = x.shape[2:] if self.pooled is None else [axis.coarse for axis in self.pooled[1:]]
        y = x.new_empty(x.shape[0], self.out_channels, *sites)
        field_function("apply", x)(*pointers(x, a, b), *self._sizes(x), *pointers(y))
        return y

    def pulled_back(self, x: Tensor, dy: Tensor, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor, Gradient]:
        """Σ dz x, Σ dz, and (p, q) ↦ a dz + p x + q in the place of dz: to be called once."""
        sums, dz = torch.empty(2, x.shape[1], dtype=torch.float64), torch.empty_like(x)
        field_function("cotangents", x)(*pointers(x, dy, a, b), *self._sizes(x), *rows(sums), *pointers(dz))
        da, db = sums.unbind()
        return da, db, in_place_gradient(dz, x, a)

    def _sizes(self, x: Tensor) -> tuple[Any, ...]:
        batch, channels = x.shape[:2]
        shape = (ctypes.c_int64 * 4)(batch, channels, self.out_channels, x.numel() // (batch * channels))
        pooling = _Pooling()
        if self.pooled is not None:
            factor, rows, columns = self.pooled
            pooling = _Pooling(factor, CAxis.of(rows), CAxis.of(columns))
        return *pointers(self.groups), ctypes.c_int64(len(self.groups)), shape, ctypes.byref(pooling)
