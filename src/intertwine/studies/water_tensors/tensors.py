"""Cartesian tensors as features by irreps of O(3), and turned in their indices."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import prod

import numpy as np
from numpy.typing import NDArray

from intertwine.representations import Irrep, Rep
from intertwine.studies.water_tensors.configuration import TENSORS

Array = NDArray[np.float64]


@dataclass(frozen=True)
class TensorSpace:
    """The tensors of one index formula: their irreps, and features = flattened tensor @ projection.T."""

    rep: Rep
    projection: Array
    order: int
    """Number of indices."""

    def features(self, tensors: Array) -> Array:
        """[n, 3, …] → [n, rep.dim]; lengths are kept for tensors with the symmetry of the formula."""
        found: Array = tensors.reshape(-1, self.projection.shape[1]) @ self.projection.T
        return found

    def rep_matrices(self, turns: Array) -> Array:
        """[n, 3, 3] elements of O(3) → [n, dim, dim], how they act on features."""
        basis = self.projection.reshape(self.rep.dim, *[3] * self.order)
        every = np.broadcast_to(basis, (len(turns), *basis.shape)).reshape(-1, *basis.shape[1:])
        moved = turned(every, np.repeat(turns, self.rep.dim, axis=0))
        return self.features(moved).reshape(len(turns), self.rep.dim, self.rep.dim).swapaxes(1, 2)


@cache
def tensor_space(name: str) -> TensorSpace:
    """Of one of `TENSORS`."""
    import intertwine as tw
    from intertwine.representations.cartesian_tensor import irrep_projection

    formula, vector = TENSORS[name][1], tw.Rep(tw.group("O(3)"), "1o")
    return TensorSpace(
        Rep.from_tensor(formula, vector).by_irreps(), irrep_projection(formula, vector), len(formula.split("=")[0])
    )


def parts(names: tuple[str, ...]) -> list[tuple[str, Irrep, slice]]:
    """Tensor, irrep and place among the features of all these tensors side by side; each irrep is there once."""
    found, start = [], 0
    for name in names:
        rep = tensor_space(name).rep
        for block, place in zip(rep.blocks, rep.slices, strict=True):
            found.append((name, block.irrep, slice(start + place.start, start + place.stop)))
        start += rep.dim
    return found


def turned(tensors: Array, turns: Array) -> Array:
    """Each tensor [n, 3, …] with the matrix [n, 3, 3] of its molecule applied to every index."""
    n, *indices = tensors.shape
    for axis in range(1, len(indices) + 1):
        moved = np.moveaxis(tensors, axis, 1).reshape(n, 3, prod(indices) // 3)
        tensors = np.moveaxis((turns @ moved).reshape(n, *indices), 1, axis)
    return tensors
