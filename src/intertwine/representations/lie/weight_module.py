"""V_λ in an orthonormal weight basis: the lowering operators as one small block a weight space."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from intertwine.groups.root_system import RootSystem

IntArray = NDArray[np.int64]
RealArray = NDArray[np.float64]
Weight = tuple[int, ...]


class WeightGraph:
    """The weights of V_λ by level below λ, their multiplicities, and which lies a simple root above which.

    Attributes
    ----------
    weights: the Dynkin labels, the highest first.
    counts, offsets: multiplicities [n] and their running sums [n + 1]: basis vectors offsets[k]:offsets[k+1] have
    weight k.
    parents: for each weight μ the pairs (j, index of μ + α_j), by j.
    """

    def __init__(self, root_system: RootSystem, multiplicities: dict[Weight, int]) -> None:
        self.root_system = root_system
        self.weights: list[Weight] = list(multiplicities)
        self.index = {mu: k for k, mu in enumerate(self.weights)}
        self.counts: list[int] = list(multiplicities.values())
        self.offsets: list[int] = [0, *np.cumsum(self.counts).tolist()]
        table = np.array(self.weights, dtype=np.int64).reshape(len(self.weights), root_system.rank)
        self.table: IntArray = table
        above = [list(map(tuple, (table + root).tolist())) for root in root_system.cartan]
        self.parents: list[list[tuple[int, int]]] = [
            [(j, self.index[column[k]]) for j, column in enumerate(above) if column[k] in self.index]
            for k in range(len(self.weights))
        ]

    @property
    def dimension(self) -> int:
        """Sum of the multiplicities."""
        return self.offsets[-1]

    def span(self, k: int) -> slice:
        """The basis vectors of weight k."""
        return slice(self.offsets[k], self.offsets[k + 1])

    def parent_slices(self, k: int) -> Iterator[tuple[int, int, slice]]:
        """(j, index of μ + α_j, where its vectors stand among the candidates F_j w), by j."""
        start = 0
        for j, p in self.parents[k]:
            stop = start + self.counts[p]
            yield j, p, slice(start, stop)
            start = stop

    @cached_property
    def vector_weights(self) -> IntArray:
        """[d, rank] the weight of each basis vector."""
        return np.repeat(self.table, self.counts, axis=0)


class WeightModule:
    """A highest-weight irrep: its weight graph and, for each weight μ, the block C_μ = [F_j : V_{μ+α_j} → V_μ]_j.

    All blocks are real; raising operators are the transposes, E_j = F_jᵀ.
    """

    def __init__(self, dynkin: Weight, graph: WeightGraph, blocks: list[RealArray]) -> None:
        self.dynkin = dynkin
        self.graph = graph
        self.blocks = blocks

    @property
    def dimension(self) -> int:
        """Complex dimension of V_λ."""
        return self.graph.dimension

    def lowering_into(self, k: int, j: int) -> RealArray | None:
        """The block of F_j into weight k, [m(μ), m(μ + α_j)], or None where μ + α_j is not a weight."""
        for i, _, where in self.graph.parent_slices(k):
            if i == j:
                return self.blocks[k][:, where]
        return None

    @cached_property
    def lowering_entries(self) -> list[tuple[IntArray, IntArray, RealArray]]:
        """(row, column, value) of the entries of F_j, j = 1 … rank."""
        graph = self.graph
        entries: list[list[tuple[IntArray, IntArray, RealArray]]] = [[] for _ in range(graph.root_system.rank)]
        for k, block in enumerate(self.blocks):
            rows = np.arange(graph.offsets[k], graph.offsets[k + 1])
            for j, p, where in graph.parent_slices(k):
                width = graph.counts[p]
                columns = np.arange(graph.offsets[p], graph.offsets[p + 1])
                entries[j].append((rows.repeat(width), np.tile(columns, len(rows)), block[:, where].ravel()))
        none = np.zeros(0, dtype=np.int64)
        result = []
        for parts in entries:
            if not parts:
                result.append((none, none, np.zeros(0)))
                continue
            row, column, value = (np.concatenate(x) for x in zip(*parts, strict=True))
            keep = value != 0
            result.append((row[keep], column[keep], value[keep]))
        return result

    def dense_lowering(self) -> list[RealArray]:
        """F_j as dense [d, d] arrays, for small d (scipy need not load)."""
        result = []
        for row, column, value in self.lowering_entries:
            matrix = np.zeros((self.dimension, self.dimension))
            matrix[row, column] = value
            result.append(matrix)
        return result

    @cached_property
    def lowering(self) -> list[csr_array]:
        """F_j as sparse [d, d] arrays, j = 1 … rank."""
        from scipy.sparse import csr_array

        shape = (self.dimension, self.dimension)
        return [csr_array((value, (row, column)), shape=shape) for row, column, value in self.lowering_entries]

    @property
    def raising(self) -> list[csr_array]:
        """E_j = F_jᵀ as sparse [d, d] arrays."""
        from scipy.sparse import csr_array

        return [csr_array(f.T) for f in self.lowering]
