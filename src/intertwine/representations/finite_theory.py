"""The representation theory of a finite group: labels are rows of its character table."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from intertwine.errors import AccuracyError, RepresentationError
from intertwine.groups.element import GroupElement
from intertwine.groups.finite_element import FiniteElement
from intertwine.groups.finite_group import FiniteGroup
from intertwine.groups.theory import ComplexArray, Theory
from intertwine.representations.character_table import CharacterTable
from intertwine.representations.finite_irrep_names import dimension_names
from intertwine.representations.finite_irreps import irrep_generators
from intertwine.representations.group_average import ChainRepresentation, average_hom, average_intertwiners
from intertwine.representations.index_order_frame import canonical_frame

# Entries of one batch of averaged maps.
_BATCH = 4_000_000


class FiniteTheory(Theory[int]):
    """Complex irreps of a finite group whose elements can be listed (at most 200 000)."""

    group: FiniteGroup

    def __init__(self, group: FiniteGroup) -> None:
        super().__init__(group)
        self._irreps: dict[int, ChainRepresentation] = {}
        self._conjugations: dict[int, ComplexArray] = {}

    @cached_property
    def table(self) -> CharacterTable:
        """The character table."""
        return CharacterTable(self.group)

    @cached_property
    def names(self) -> list[str]:
        """The name of every row."""
        return dimension_names(self.table)

    @cached_property
    def aliases(self) -> dict[str, int]:
        """Other names that `parse` accepts."""
        return {"trivial": 0}

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
        return self.table.decompose(self.table.values[a] * self.table.values[b])

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

    # --- matrices ---------------------------------------------------------------------------------
    def algebra(self, label: int) -> ComplexArray:
        """[0, d, d]."""
        d = self.dimension(label)
        return np.zeros((0, d, d), dtype=np.complex128)

    def representation(self, label: int) -> ChainRepresentation:
        """The irrep on generators and transversals."""
        if label not in self._irreps:
            self._irreps[label] = ChainRepresentation(self.group, irrep_generators(self.table, label))
        return self._irreps[label]

    def discrete(self, label: int) -> ComplexArray:
        """[k, d, d]: the group's generators, in their order."""
        return self.representation(label).generators.copy()

    def matrix(self, label: int, element: GroupElement) -> ComplexArray:
        """[d, d]; raises RepresentationError for another group's element."""
        if not isinstance(element, FiniteElement) or element.group != self.group:
            raise RepresentationError(
                "not an element of the group", received=repr(element), expected=f"of {self.group}"
            )
        return self.representation(label).matrix(element.index)

    def conjugation(self, label: int) -> ComplexArray:
        """J; the unit for complex types (V̄ is built as the conjugate matrices) and for real matrices."""
        if label not in self._conjugations:
            self._conjugations[label] = self._conjugation(label)
        return self._conjugations[label].copy()

    def _conjugation(self, label: int) -> ComplexArray:
        d = self.dimension(label)
        one = np.eye(d, dtype=np.complex128)
        if self.conjugate(label) != label:
            return one
        rep = self.representation(label)
        if not np.any(np.abs(rep.generators.imag) > 1e-14):
            return one
        conjugate = ChainRepresentation(self.group, rep.generators.conj())
        for i in range(d):
            for j in range(i, d):
                X = np.zeros((d, d), dtype=np.complex128)
                X[i, j] = 1.0
                J = average_hom(rep, conjugate, X)
                norm = float(np.linalg.norm(J))
                if norm > 1e-2 / d:
                    J = J * (np.sqrt(d) / norm)
                    flat = J.reshape(-1)
                    first = flat[np.flatnonzero(np.abs(flat) > 1e-6)[0]]
                    J = J * (abs(first) / first)
                    error = float(np.abs(J @ J.conj() - self.indicator(label) * one).max())
                    if error > 1e-10:
                        raise AccuracyError("J² has the wrong value", received=f"off by {error:.1e}", expected="1e-10")
                    return J
        raise AccuracyError("no antiunitary intertwiner found", received=self.name(label), expected="J conj(ρ) = ρ J")

    def clebsch_gordan(self, a: int, b: int, c: int) -> ComplexArray:
        """[N, d_a, d_b, d_c]: averages over the group of elementary maps, orthonormalised in index order."""
        N = self.decompose(a, b).get(c, 0)
        da, db, dc = self.dimension(a), self.dimension(b), self.dimension(c)
        if N == 0:
            return np.zeros((0, da, db, dc), dtype=np.complex128)
        left, right, target = self.representation(a), self.representation(b), self.representation(c)
        batch = max(1, _BATCH // (da * db * dc))
        kept = np.zeros((da * db * dc, 0), dtype=np.complex128)
        for start in range(0, da * db, batch):
            stop = min(start + batch, da * db)
            # E(|ij⟩⟨0|) over all ij spans Hom: T ↦ T|0⟩ is injective.
            X = np.zeros((stop - start, da * db, dc), dtype=np.complex128)
            X[np.arange(stop - start), np.arange(start, stop), 0] = dc
            maps = average_intertwiners(left, right, target, X.reshape(-1, da, db, dc))
            kept = np.concatenate([kept, maps.reshape(stop - start, -1).T], axis=1)
        frame = canonical_frame(kept, N) * np.sqrt(dc)
        T: ComplexArray = frame.T.reshape(N, da, db, dc)
        T.real[np.abs(T.real) < 1e-15] = 0.0
        T.imag[np.abs(T.imag) < 1e-15] = 0.0
        self._check_intertwiner(left, right, target, T)
        return T

    def _check_intertwiner(
        self, left: ChainRepresentation, right: ChainRepresentation, target: ChainRepresentation, T: ComplexArray
    ) -> None:
        for u, v, w in zip(left.generators, right.generators, target.generators, strict=True):
            moved = np.einsum("ip,mpqk->miqk", u, v @ T)
            error = float(np.abs(moved - T @ w).max())
            if error > 1e-10:
                raise AccuracyError(
                    "a Clebsch–Gordan map is not equivariant", received=f"{error:.1e}", expected="1e-10"
                )
