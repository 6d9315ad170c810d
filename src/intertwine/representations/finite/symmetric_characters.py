"""Characters of the symmetric groups by the Murnaghan–Nakayama rule, exact integers.

Source: Murnaghan (1937), Nakayama (1940); James and Kerber, *The Representation Theory of the Symmetric Group*, §2.4. A
partition is kept as its beta-numbers: adding a border strip of length r moves one bead up by r, with the sign of the
beads that it passes.
"""

from __future__ import annotations

from functools import cached_property, lru_cache
from math import factorial

import numpy as np
from numpy.typing import NDArray

from intertwine.errors import AccuracyError
from intertwine.groups.symmetric_group import Partition, partitions


def hook_dimension(partition: Partition) -> int:
    """Number of standard Young tableaux, n!/Π hooks."""
    columns = [sum(part > j for part in partition) for j in range(partition[0] if partition else 0)]
    hooks = 1
    for i, part in enumerate(partition):
        for j in range(part):
            hooks *= part - j + columns[j] - i - 1
    return factorial(sum(partition)) // hooks


def transposed(partition: Partition) -> Partition:
    """The conjugate partition: χ of λ' is the sign times χ of λ."""
    return tuple(sum(part > j for part in partition) for j in range(partition[0] if partition else 0))


class SymmetricCharacters:
    """The character table of S_n; rows and columns are partitions in decreasing lexicographic order."""

    def __init__(self, n: int) -> None:
        self.n = n
        self.partitions: list[Partition] = list(partitions(n))
        self.row: dict[Partition, int] = {p: i for i, p in enumerate(self.partitions)}

    @cached_property
    def class_sizes(self) -> NDArray[np.object_]:
        """[p(n)] exact ints: n!/Π m_k! k^m_k."""
        sizes = []
        for p in self.partitions:
            centraliser = 1
            for part in set(p):
                centraliser *= factorial(p.count(part)) * part ** p.count(part)
            sizes.append(factorial(self.n) // centraliser)
        return np.array(sizes, dtype=object)

    @cached_property
    def values(self) -> NDArray[np.object_]:
        """[irreps, classes] exact ints; built at once, about p(n)² numbers (n = 20: 627²)."""
        table = np.zeros((len(self.partitions), len(self.partitions)), dtype=object)
        start = {tuple(range(self.n - 1, -1, -1)): 1}
        self._fill(table, (), start)
        return table

    def _fill(self, table: NDArray[np.object_], cycles: Partition, states: dict[tuple[int, ...], int]) -> None:
        rest = self.n - sum(cycles)
        if rest == 0:
            column = self.row[cycles]
            for beads, value in states.items():
                shape = tuple(b - (self.n - 1 - i) for i, b in enumerate(beads))
                table[self.row[tuple(part for part in shape if part)], column] = value
            return
        for length in range(min(rest, cycles[-1] if cycles else rest), 0, -1):
            self._fill(table, (*cycles, length), _add_strips(states, length))

    def decompose(self, character: NDArray[np.object_]) -> dict[Partition, int]:
        """Multiplicities of an integer character given on the classes.

        AccuracyError if they are not natural numbers.
        """
        raw = self.values @ (self.class_sizes * character)
        order = factorial(self.n)
        if any(int(x) % order or x < 0 for x in raw):
            raise AccuracyError("the class function is not the character of a representation", received=f"of S{self.n}")
        return {p: int(x) // order for p, x in zip(self.partitions, raw, strict=True) if x}


def _add_strips(states: dict[tuple[int, ...], int], length: int) -> dict[tuple[int, ...], int]:
    out: dict[tuple[int, ...], int] = {}
    for beads, value in states.items():
        occupied = set(beads)
        for i, bead in enumerate(beads):
            target = bead + length
            if target in occupied:
                continue
            passed = sum(bead < other < target for other in beads)
            moved = tuple(sorted((*beads[:i], target, *beads[i + 1 :]), reverse=True))
            out[moved] = out.get(moved, 0) + (-value if passed % 2 else value)
    return {beads: value for beads, value in out.items() if value}


@lru_cache(maxsize=8)
def symmetric_characters(n: int) -> SymmetricCharacters:
    """The table of S_n, shared."""
    return SymmetricCharacters(n)
