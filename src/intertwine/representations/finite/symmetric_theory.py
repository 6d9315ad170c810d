"""The representation theory of S_n for any n: labels are partitions, matrices Young's orthogonal form."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from intertwine.errors import AccuracyError, RepresentationError
from intertwine.groups.element import GroupElement
from intertwine.groups.finite_element import FiniteElement
from intertwine.groups.symmetric_group import Partition, SymmetricGroup
from intertwine.groups.theory import ComplexArray
from intertwine.representations.finite.matrices import FiniteMatrices
from intertwine.representations.finite.symmetric_characters import (
    SymmetricCharacters,
    hook_dimension,
    symmetric_characters,
)
from intertwine.representations.finite.young import young_form


class SymmetricTheory(FiniteMatrices[Partition]):
    """Every irrep is real. Names are partitions, "(3,1,1)"; "trivial", "sign" and "standard" are accepted as well."""

    group: SymmetricGroup

    def __init__(self, group: SymmetricGroup) -> None:
        super().__init__(group)
        self.n = group.n

    @property
    def characters(self) -> SymmetricCharacters:
        """The exact character table."""
        return symmetric_characters(self.n)

    # --- labels -----------------------------------------------------------------------------------
    @property
    def trivial(self) -> Partition:
        """(n)."""
        return (self.n,)

    def parse(self, *label: object) -> Partition:
        """A partition of n: "(3,1,1)", "3,1^2", (3, 1, 1), or the ints themselves; or "trivial", "sign", "standard"."""
        value: Any = label[0] if len(label) == 1 else label
        if isinstance(value, str):
            aliases = {"trivial": (self.n,), "sign": (1,) * self.n}
            if self.n > 1:
                aliases["standard"] = (self.n - 1, 1)
            if value.strip() in aliases:
                return aliases[value.strip()]
            value = self._parts(value)
        elif isinstance(value, (int, np.integer)):
            value = (int(value),)
        if isinstance(value, (tuple, list)) and all(isinstance(part, (int, np.integer)) for part in value):
            partition = tuple(int(part) for part in value)
            if sum(partition) == self.n and min(partition) > 0 and list(partition) == sorted(partition, reverse=True):
                return partition
        shown = label[0] if len(label) == 1 else label
        names = [self.name(p) for p in self.characters.partitions] if self.n <= 30 else []
        near = difflib.get_close_matches(str(shown), names, n=3, cutoff=0.0)
        raise RepresentationError(
            f"not an irrep of S{self.n}",
            received=repr(shown),
            expected=f"a partition of {self.n}, largest part first",
            fix=f"nearest: {', '.join(near)}" if near else None,
        )

    @staticmethod
    def _parts(text: str) -> tuple[int, ...] | None:
        inner = text.strip().removeprefix("(").removesuffix(")").removeprefix("[").removesuffix("]")
        parts: list[int] = []
        for item in filter(None, (piece.strip() for piece in inner.split(","))):
            match = re.fullmatch(r"(\d+)(?:\^(\d+))?", item)
            if match is None:
                return None
            parts += [int(match[1])] * int(match[2] or 1)
        return tuple(parts) or None

    def name(self, label: Partition) -> str:
        """ "(3,1,1)"."""
        return f"({','.join(map(str, label))})"

    def dimension(self, label: Partition) -> int:
        """The hook length formula."""
        return hook_dimension(label)

    def conjugate(self, label: Partition) -> Partition:
        """Itself."""
        return label

    def indicator(self, label: Partition) -> int:
        """+1."""
        return 1

    def decompose(self, a: Partition, b: Partition) -> dict[Partition, int]:
        """Kronecker coefficients, from exact characters."""
        if self.trivial in (a, b):
            return {b if a == self.trivial else a: 1}
        table = self.characters
        return table.decompose(table.values[table.row[a]] * table.values[table.row[b]])

    def labels(self, max_dimension: int) -> Iterator[Partition]:
        """By dimension, then partitions in decreasing lexicographic order."""
        sized = [(hook_dimension(p), i, p) for i, p in enumerate(self.characters.partitions)]
        return (p for d, _, p in sorted(sized) if d <= max_dimension)

    @property
    def class_representatives(self) -> list[int]:
        """The element indices on which `decompose_character` wants a character."""
        return [self.group.element_of_cycle_type(p).index for p in self.characters.partitions]

    def decompose_character(
        self, character: NDArray[np.complexfloating] | NDArray[np.floating]
    ) -> dict[Partition, int]:
        """Multiplicities of a character given on `class_representatives`; AccuracyError if it is none."""
        values = np.asarray(character)
        whole = np.rint(values.real)
        if np.abs(values - whole).max() > 1e-6:
            raise AccuracyError("characters of S_n are integers", received=np.abs(values - whole).max(), expected="0")
        return self.characters.decompose(np.array([int(x) for x in whole], dtype=object))

    # --- matrices ---------------------------------------------------------------------------------
    def generator_matrices(self, label: Partition) -> ComplexArray:
        """The adjacent transpositions in Young's orthogonal form."""
        form = young_form(label)
        if self.n == 1:
            return np.ones((1, 1, 1), dtype=np.complex128)
        return np.array([form.transposition(i) for i in range(self.n - 1)], dtype=np.complex128)

    def discrete(self, label: Partition) -> ComplexArray:
        """[n−1, d, d]: the adjacent transpositions."""
        return self.generator_matrices(label)

    def matrix(self, label: Partition, element: GroupElement) -> ComplexArray:
        """[d, d], through a reduced word of the permutation."""
        if not isinstance(element, FiniteElement) or element.group != self.group:
            raise RepresentationError(
                "not an element of the group", received=repr(element), expected=f"of {self.group}"
            )
        return young_form(label).matrix(element.permutation).astype(np.complex128)
