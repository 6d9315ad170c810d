"""The basis of V_a ⊗ V_b sorted by weight, with the lowering operators F_j ⊗ 1 + 1 ⊗ F_j in blocks."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from intertwine.errors import AccuracyError
from intertwine.representations.lie.weight_module import IntArray, RealArray, WeightModule

# Fixed odd 64-bit multipliers (the splitmix64 increment's powers): weights ↦ wrapped integers, linear, so that the
# key of a sum is the sum of the keys. Collisions are excluded by a check, not by hope.
_GOLDEN = 0x9E3779B97F4A7C15


def weight_keys(weights: IntArray) -> IntArray:
    """[n] additive keys of Dynkin labels [n, rank] (arithmetic modulo 2^64)."""
    powers = [pow(_GOLDEN, k + 1, 2**64) for k in range(weights.shape[1])]
    multipliers = np.array(powers, dtype=np.uint64).view(np.int64)
    keys: IntArray = (weights * multipliers).sum(axis=1, dtype=np.int64)
    return keys


class ProductWeights:
    """Weight spaces of V_a ⊗ V_b.

    Attributes
    ----------
    order: [d_a d_b] the flat indices i d_b + j, sorted by weight; inside a weight space in index order.
    keys, starts: the distinct weight keys, ascending, and where each weight space begins in `order` (one more
    entry at the end).
    """

    def __init__(self, a: WeightModule, b: WeightModule) -> None:
        self.a, self.b = a, b
        weights_a, weights_b = a.graph.vector_weights, b.graph.vector_weights
        keys = (weight_keys(weights_a)[:, None] + weight_keys(weights_b)[None, :]).ravel()
        self.order: IntArray = np.argsort(keys, kind="stable")
        ordered = keys[self.order]
        first = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
        self.keys: IntArray = ordered[first]
        self.starts: list[int] = [*first.tolist(), len(keys)]
        self._check(weights_a, weights_b, first)

    def _check(self, weights_a: IntArray, weights_b: IntArray, first: IntArray) -> None:
        i, j = np.divmod(self.order, len(weights_b))
        group = np.repeat(np.arange(len(first)), np.diff(self.starts))
        for column in range(weights_a.shape[1]):
            total = weights_a[i, column] + weights_b[j, column]
            if not np.array_equal(total, total[first][group]):
                raise AccuracyError("two weights share one key", received=f"{self.a.dynkin} x {self.b.dynkin}")

    def find(self, keys: IntArray) -> IntArray:
        """The number of the weight space with each key, −1 where there is none."""
        where = np.searchsorted(self.keys, keys)
        where[where == len(self.keys)] = 0
        return np.where(self.keys[where] == keys, where, -1)

    def size(self, space: int) -> int:
        """Dimension of one weight space."""
        return self.starts[space + 1] - self.starts[space]

    @cached_property
    def _lowering(self) -> list[tuple[list[int], IntArray, RealArray]]:
        """F_j in the sorted basis, j = 1 … rank, each as compressed rows."""
        d_a, d_b = self.a.dimension, self.b.dimension
        position = np.empty(d_a * d_b, dtype=np.int64)
        position[self.order] = np.arange(d_a * d_b)
        grid = position.reshape(d_a, d_b)
        result = []
        for left, right in zip(self.a.lowering_entries, self.b.lowering_entries, strict=True):
            rows = np.concatenate([grid[left[0]].ravel(), grid[:, right[0]].ravel()])
            columns = np.concatenate([grid[left[1]].ravel(), grid[:, right[1]].ravel()])
            data = np.concatenate([left[2].repeat(d_b), np.tile(right[2], d_a)])
            order = np.argsort(rows, kind="stable")
            pointers = np.zeros(d_a * d_b + 1, dtype=np.int64)
            np.cumsum(np.bincount(rows, minlength=d_a * d_b), out=pointers[1:])
            result.append((pointers.tolist(), columns[order], data[order]))
        return result

    def lowering_into(self, space: int, parents: list[int]) -> tuple[RealArray, list[int]]:
        """M = [F_j : (weight + α_j) → this weight]_j, dense, with the boundaries of its column blocks.

        parents: the number of the weight space at weight + α_j for every j, −1 where it is empty.
        """
        start, stop = self.starts[space], self.starts[space + 1]
        bounds = [0]
        for p in parents:
            bounds.append(bounds[-1] + (self.size(p) if p >= 0 else 0))
        matrix = np.zeros((stop - start, bounds[-1]))
        for j, p in enumerate(parents):
            if p < 0:
                continue
            pointers, indices, data = self._lowering[j]
            first, last = pointers[start], pointers[stop]
            if first == last:
                continue
            rows = np.repeat(np.arange(stop - start), np.diff(pointers[start : stop + 1]))
            matrix[rows, indices[first:last] - (self.starts[p] - bounds[j])] = data[first:last]
        return matrix, bounds

    def indices(self, space: int) -> NDArray[np.int64]:
        """Flat indices i d_b + j of one weight space's basis vectors, ascending."""
        return self.order[self.starts[space] : self.starts[space + 1]]
