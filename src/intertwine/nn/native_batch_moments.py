"""What batch norm makes of the moments of all channels, and the gradients of that, by our own kernel on CPUs."""

from __future__ import annotations

import ctypes
from typing import Any, NamedTuple, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from intertwine.nn.constant import Constant
from intertwine.nn.field_batch_norm import FieldBatchNorm
from intertwine.nn.kernels.native import library, pointers


class NormPlan(NamedTuple):
    """The units of a `FieldBatchNorm` and the entries of their matrices; see `Unit` in kernels/batch_moments.cpp."""

    units: NDArray[np.int32]
    entries: NDArray[np.float64]

    @classmethod
    def of(cls, norm: FieldBatchNorm) -> NormPlan:
        """Whatever its dtype is or will be: the entries are exact."""
        units, parts = [], [np.zeros(0)]
        start = weight = bias = entry = 0
        matrices = [[cast(Constant, one).exact for one in both] for both in (norm.averages, norm.invariants)]
        for (dim, copies, sizes, invariants), average, invariant in zip(norm.sizes, *matrices, strict=True):
            units.append((start, dim, copies, sizes, invariants, weight, bias, entry, entry + average.size))
            parts += [average.ravel(), invariant.ravel()]
            entry += average.size + invariant.size
            start, weight, bias = start + dim * copies, weight + sizes * copies, bias + invariants * copies
        return cls(np.array(units, np.int32), np.concatenate(parts))


class _Norm(ctypes.Structure):
    _fields_ = [
        ("units", ctypes.c_void_p), ("n_units", ctypes.c_int64), ("entries", ctypes.c_void_p),
        ("weight", ctypes.c_void_p), ("bias", ctypes.c_void_p), ("epsilon", ctypes.c_double),
    ]  # fmt: skip


def affine_and_remember(norm: FieldBatchNorm, plan: NormPlan, moments: Tensor, count: int) -> Tensor:
    """[2, channels], the a and b of a x + b, from the mean and variance [2, channels] of every channel over `count`
    points; the running moments follow."""
    affine = torch.empty_like(moments)
    numbers = ctypes.c_double(norm.momentum), ctypes.c_double(count)
    arrays = *pointers(norm.running_mean, norm.running_variance), *rows(affine)
    library("batch_moments").norm_affine(_norm(norm, plan), *rows(moments), *numbers, *arrays)
    return affine


def gradients(
    norm: FieldBatchNorm, plan: NormPlan, moments: Tensor, count: int, da: Tensor, db: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Of the weight and the bias; and (p, q) [2, channels] of dx = a dz + p x + q."""
    weight, bias, shares = torch.empty_like(norm.weight), torch.empty_like(norm.bias), torch.empty_like(moments)
    da, db = da.double(), db.double()
    found = *pointers(da, db, weight, bias), *rows(shares)
    library("batch_moments").norm_gradients(_norm(norm, plan), *rows(moments), ctypes.c_double(count), *found)
    return weight, bias, shares


def rows(pair: Tensor) -> list[ctypes.c_void_p]:
    """The addresses of the two rows [2, channels] of a contiguous tensor."""
    first = pair.data_ptr()
    return [ctypes.c_void_p(first), ctypes.c_void_p(first + pair.shape[1] * pair.itemsize)]


def _norm(norm: FieldBatchNorm, plan: NormPlan) -> Any:
    units, entries = pointers(plan.units, plan.entries)
    parameters = pointers(norm.weight, norm.bias)
    return ctypes.byref(_Norm(units, len(plan.units), entries, *parameters, norm.epsilon))
