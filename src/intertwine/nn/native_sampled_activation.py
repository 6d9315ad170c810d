"""Pointwise functions of sampled signals by our own kernel on CPUs, behind a batch norm."""

from __future__ import annotations

import ctypes

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from intertwine.nn.kernels.native import library, pointers
from intertwine.nn.native_field_norm import Gradient


class NativeSampledActivation:
    """F f(T z) for signals z [dim, copies], T [samples, dim] and F [dim, samples] float32. A `NativeActivation`.

    `function` is a number of `native_pointwise_activation.FUNCTIONS`.
    """

    precisions: tuple[torch.dtype, ...] = (torch.float32,)

    def __init__(self, to_samples: ArrayLike, from_samples: ArrayLike, function: int, copies: int) -> None:
        self.matrices = [np.ascontiguousarray(one, dtype=np.float32) for one in (to_samples, from_samples)]
        self.function, self.copies = function, copies

    def apply(self, x: Tensor, a: Tensor, b: Tensor) -> Tensor:
        """The function of z = a x + b."""
        y = torch.empty_like(x)
        library("sampled_norm").sampled_apply(*pointers(x, a, b, *self.matrices), *self._sizes(x), *pointers(y))
        return y

    def pulled_back(self, x: Tensor, dy: Tensor, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor, Gradient]:
        """Σ dz x, Σ dz, and (p, q) ↦ a dz + p x + q in the place of dz: to be called once."""
        dz, sums = torch.empty_like(x), x.new_empty(x.shape[0], 2, x.shape[1])
        arrays = pointers(x, dy, a, b, *self.matrices)
        library("sampled_norm").sampled_cotangents(*arrays, *self._sizes(x), *pointers(dz, sums))
        sites = x.numel() // (x.shape[0] * x.shape[1])

        def gradient(p: Tensor, q: Tensor) -> Tensor:
            sizes = [ctypes.c_int64(n) for n in (x.shape[0], x.shape[1], sites)]
            library("sampled_norm").sampled_gradient(*pointers(x, a, p, q), *sizes, *pointers(dz))
            return dz

        da, db = sums.sum(0)
        return da, db, gradient

    def _sizes(self, x: Tensor) -> list[ctypes.c_int64]:
        samples, dim = self.matrices[0].shape
        sizes = (self.function, x.shape[0], dim, self.copies, samples, x.numel() // (x.shape[0] * x.shape[1]))
        return [ctypes.c_int64(n) for n in sizes]
