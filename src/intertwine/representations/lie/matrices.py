"""Matrices of one irrep of a real Lie algebra: its basis and exponentials, assembled from sparse root vectors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

import numpy as np

from intertwine.groups.chevalley import root_vectors
from intertwine.groups.real_algebra import RealAlgebra
from intertwine.groups.theory import ComplexArray, RealArray
from intertwine.representations.lie.weight_module import IntArray, WeightModule

DENSE = 100  # up to this dimension dense commutators are faster than loading and using sparse ones


class LieMatrices:
    """V_λ with torus charges: Σ_a c_a X_a and its exponential.

    The entries of E_β for different β stand at different places (they shift the weight by β), so that all of them
    together are one list of entries.
    """

    def __init__(self, module: WeightModule, charges: Sequence[float], algebra: RealAlgebra) -> None:
        self.module = module
        self.charges = np.array([float(q) for q in charges])
        self.algebra = algebra

    @cached_property
    def _entries(self) -> tuple[IntArray, IntArray, IntArray, RealArray]:
        """(root, row, column, value) of every E_β."""
        parts: list[list[np.ndarray]] = [[], [], [], []]
        for k, (row, column, value) in enumerate(self._root_entries()):
            keep = np.abs(value) > 1e-14
            parts[0].append(np.full(int(keep.sum()), k))
            parts[1].append(row[keep])
            parts[2].append(column[keep])
            parts[3].append(value[keep])
        if not parts[0]:
            none = np.zeros(0, dtype=np.int64)
            return none, none, none, np.zeros(0)
        root, row, column, value = (np.concatenate(x) for x in parts)
        return root, row.astype(np.int64), column.astype(np.int64), value

    def _root_entries(self) -> Iterator[tuple[IntArray, IntArray, RealArray]]:
        system = self.module.graph.root_system
        if self.module.dimension <= DENSE:
            for e in root_vectors([f.T for f in self.module.dense_lowering()], system):
                row, column = np.nonzero(e)
                yield row, column, e[row, column]
            return
        for e in root_vectors(self.module.raising, system):
            entry = e.tocoo()
            yield entry.coords[0], entry.coords[1], entry.data

    def combine(self, coefficients: RealArray) -> ComplexArray:
        """Σ_a c_a X_a as a dense matrix [d, d]."""
        e, f, h, torus = self.algebra.combine(coefficients)
        root, row, column, value = self._entries
        d = self.module.dimension
        matrix = np.zeros((d, d), dtype=np.complex128)
        matrix[row, column] = e[root] * value
        matrix[column, row] = f[root] * value
        matrix.flat[:: d + 1] = self.module.graph.vector_weights @ h + torus @ self.charges
        return matrix

    def basis(self) -> ComplexArray:
        """[n, d, d]: the real Lie algebra basis."""
        n = self.algebra.dimension
        d = self.module.dimension
        result = np.empty((n, d, d), dtype=np.complex128)
        for a in range(n):
            unit = np.zeros(n)
            unit[a] = 1.0
            result[a] = self.combine(unit)
        return result

    def exp(self, coefficients: RealArray) -> ComplexArray:
        """exp(Σ_a c_a X_a), [d, d]; unitary to rounding where the coefficients are those of a compact element."""
        matrix = self.combine(coefficients)
        is_compact = not np.any(np.asarray(coefficients)[self.algebra.is_boost])
        return exponential(matrix, anti_hermitian=is_compact)


def exponential(matrix: ComplexArray, *, anti_hermitian: bool) -> ComplexArray:
    """exp of a square matrix: through eigenvectors where it is anti-Hermitian, else by scaling and squaring."""
    if anti_hermitian:
        values, vectors = np.linalg.eigh(-1j * matrix)
        result: ComplexArray = (vectors * np.exp(1j * values)) @ vectors.conj().T
        return result
    from scipy.linalg import expm

    scaled: ComplexArray = expm(matrix)
    return scaled
