"""The representation theory of a finite group: labels are rows of its character table."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from intertwine.errors import RepresentationError
from intertwine.groups.finite_group import FiniteGroup
from intertwine.groups.theory import ComplexArray
from intertwine.representations.finite.character_table import CharacterTable
from intertwine.representations.finite.irrep_names import dimension_names
from intertwine.representations.finite.irreps import irrep_generators
from intertwine.representations.finite.matrices import FiniteMatrices
from intertwine.representations.finite.mulliken import mulliken_names

SMALL_TABLE = 64  # irreps up to which one character is multiplied with all others at once


class FiniteTheory(FiniteMatrices[int]):
    """Complex irreps of a finite group whose elements can be listed (at most 200 000)."""

    group: FiniteGroup

    @cached_property
    def table(self) -> CharacterTable:
        """The character table."""
        return CharacterTable(self.group)

    @cached_property
    def _products(self) -> dict[tuple[int, int], dict[int, int]]:
        return {}

    @cached_property
    def names(self) -> list[str]:
        """The name of every row."""
        return mulliken_names(self.table) or dimension_names(self.table)

    @cached_property
    def aliases(self) -> dict[str, int]:
        """Other names that `parse` accepts."""
        # "E" is the real irrep that the pair 1E, 2E makes.
        pairs = {name[1:]: i for i, name in enumerate(self.names) if name.startswith("1E")}
        return {"trivial": 0, **{alias: i for alias, i in pairs.items() if alias not in self.names}}

    @property
    def class_representatives(self) -> list[int]:
        """The element indices on which `decompose_character` wants a character."""
        return [int(i) for i in self.group.conjugacy.representatives]

    # --- labels -----------------------------------------------------------------------------------
    @property
    def trivial(self) -> int:
        """Row 0."""
        return 0

    def parse(self, *label: object) -> int:
        """The row of a name ("T2g", "2'"); a row number given as an int is accepted too."""
        if len(label) == 1:
            wanted = label[0]
            if isinstance(wanted, (int, np.integer)) and 0 <= int(wanted) < len(self.names):
                return int(wanted)
            if isinstance(wanted, str):
                text = wanted.strip().replace("’", "'").replace("″", "''").replace('"', "''").replace("′", "'")
                if text in self.names:
                    return self.names.index(text)
                if text in self.aliases:
                    return self.aliases[text]
        shown = label[0] if len(label) == 1 else label
        near = difflib.get_close_matches(str(shown), self.names, n=3, cutoff=0.0)
        raise RepresentationError(
            f"{self.group.name} has no irrep of that name",
            received=repr(shown),
            expected=f"one of {', '.join(self.names[:40])}",
            fix=f"nearest: {', '.join(near)}",
        )

    def name(self, label: int) -> str:
        """Its name in `names`."""
        return self.names[label]

    def dimension(self, label: int) -> int:
        """χ(1)."""
        return int(self.table.dimensions[label])

    def conjugate(self, label: int) -> int:
        """The row of χ̄."""
        return int(self.table.conjugates[label])

    def indicator(self, label: int) -> int:
        """Σ_g χ(g²)/|G|."""
        return int(self.table.indicators[label])

    def decompose(self, a: int, b: int) -> dict[int, int]:
        """By characters."""
        known = self._products
        if (a, b) not in known:
            if len(self.table.values) > SMALL_TABLE:
                known[a, b] = self.table.decompose(self.table.values[a] * self.table.values[b])
            else:
                known.update({(a, other): found for other, found in enumerate(self.table.products(a))})
        return dict(known[a, b])

    def decompose_character(self, character: NDArray[np.complexfloating] | NDArray[np.floating]) -> dict[int, int]:
        """Multiplicities of a character given on `group.conjugacy`'s classes [n]; AccuracyError if it is none."""
        return self.table.decompose(character)

    def symmetric_square(self, label: int, sign: int = 1) -> dict[int, int]:
        """Multiplicities in Sym² (sign = 1) or Λ² (sign = −1)."""
        chi = self.table.values[label]
        squares = chi[[powers[2 % len(powers)] for powers in self.table.classes.powers]]
        return self.table.decompose((chi**2 + sign * squares) / 2)

    def labels(self, max_dimension: int) -> Iterator[int]:
        """Rows of the table with d ≤ max_dimension; the table is ordered by dimension."""
        return (i for i, d in enumerate(self.table.dimensions.tolist()) if d <= max_dimension)

    def generator_matrices(self, label: int) -> ComplexArray:
        """[k, d, d], from `finite_irreps`."""
        return irrep_generators(self.table, label)
