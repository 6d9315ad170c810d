"""Pointwise functions of sampled signals by our own kernel on CPUs, behind a batch norm."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from intertwine.nn.kernels.native import library, pointers
from intertwine.nn.native_field_norm import Gradient, in_place_gradient
from intertwine.nn.native_pooling import FIELD_PRECISIONS


class NativeSampledActivation:
    """F f(T z) for signals z [dim, copies], T [samples, dim] and F [dim, samples] float32. A `NativeActivation`.

    `function` is a number of `native_pointwise_activation.FUNCTIONS`.
    """

    precisions: tuple[torch.dtype, ...] = tuple(FIELD_PRECISIONS)

    def __init__(self, to_samples: ArrayLike, from_samples: ArrayLike, function: int, copies: int) -> None:
        self.matrices = [np.ascontiguousarray(one, dtype=np.float32) for one in (to_samples, from_samples)]
        self.function, self.copies = function, copies

    def apply(self, x: Tensor, a: Tensor, b: Tensor) -> Tensor:
        """The function of z = a x + b."""
        y = torch.empty_like(x)
        self._run("apply", (x, a, b), (y,))
        return y

    def pulled_back(self, x: Tensor, dy: Tensor, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor, Gradient]:
        """Σ dz x, Σ dz, and (p, q) ↦ a dz + p x + q in the place of dz: to be called once."""
        dz, sums = torch.empty_like(x), torch.empty(x.shape[0], 2, x.shape[1])
        self._run("cotangents", (x, dy, a, b), (dz, sums))
        da, db = sums.sum(0, dtype=torch.float64)
        return da, db, in_place_gradient(dz, x, a)

    def _run(self, name: str, given: tuple[Tensor, ...], found: tuple[Tensor, ...]) -> None:
        x, precision = given[0], FIELD_PRECISIONS[given[0].dtype]
        samples, dim = self.matrices[0].shape
        shape = (ctypes.c_int64 * 5)(x.shape[0], dim, self.copies, samples, x.numel() // (x.shape[0] * x.shape[1]))
        function: Any = getattr(library("sampled_norm", precision), f"sampled_{name}_{precision}")
        function(*pointers(*given, *self.matrices), ctypes.c_int(self.function), shape, *pointers(*found))
