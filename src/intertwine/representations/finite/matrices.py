"""What the theories of all finite groups share: everything that follows from unitary matrices of the generators."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Hashable
from typing import TypeVar

import numpy as np

from intertwine.errors import AccuracyError, RepresentationError
from intertwine.groups.element import GroupElement
from intertwine.groups.finite_element import FiniteElement
from intertwine.groups.finite_group import FiniteGroup
from intertwine.groups.theory import ComplexArray, Theory
from intertwine.representations.finite.averaged_maps import averaged_clebsch_gordan
from intertwine.representations.finite.group_average import ChainRepresentation, average_hom

Label = TypeVar("Label", bound=Hashable)


class FiniteMatrices(Theory[Label]):
    """The matrix half of a finite group's theory, from `generator_matrices` and the labels."""

    group: FiniteGroup

    def __init__(self, group: FiniteGroup) -> None:
        super().__init__(group)
        self._irreps: dict[Label, ChainRepresentation] = {}
        self._conjugations: dict[Label, ComplexArray] = {}

    @abstractmethod
    def generator_matrices(self, label: Label) -> ComplexArray:
        """[k, d, d] unitary; for complex types the conjugate irrep has the conjugate matrices."""

    def algebra(self, label: Label) -> ComplexArray:
        """[0, d, d]."""
        d = self.dimension(label)
        return np.zeros((0, d, d), dtype=np.complex128)

    def representation(self, label: Label) -> ChainRepresentation:
        """The irrep on generators and transversals."""
        if label not in self._irreps:
            self._irreps[label] = ChainRepresentation(self.group, self.generator_matrices(label))
        return self._irreps[label]

    def discrete(self, label: Label) -> ComplexArray:
        """[k, d, d]: the group's generators, in their order."""
        return self.representation(label).generators.copy()

    def matrix(self, label: Label, element: GroupElement) -> ComplexArray:
        """[d, d]; raises RepresentationError for another group's element."""
        if not isinstance(element, FiniteElement) or element.group != self.group:
            raise RepresentationError(
                "not an element of the group", received=repr(element), expected=f"of {self.group}"
            )
        return self.representation(label).matrix(element.index)

    def conjugation(self, label: Label) -> ComplexArray:
        """J; the unit for complex types (V̄ is built as the conjugate matrices) and for real matrices."""
        if label not in self._conjugations:
            self._conjugations[label] = self._conjugation(label)
        return self._conjugations[label].copy()

    def _conjugation(self, label: Label) -> ComplexArray:
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
                J: ComplexArray = average_hom(rep, conjugate, X)
                norm = float(np.linalg.norm(J))
                if norm <= 1e-2 / d:
                    continue
                J = J * (np.sqrt(d) / norm)
                flat = J.reshape(-1)
                first = flat[np.flatnonzero(np.abs(flat) > 1e-6)[0]]
                J = J * (abs(first) / first)
                error = float(np.abs(J @ J.conj() - self.indicator(label) * one).max())
                if error > 1e-10:
                    raise AccuracyError("J² has the wrong value", received=f"off by {error:.1e}", expected="1e-10")
                return J
        raise AccuracyError("no antiunitary intertwiner found", received=self.name(label), expected="J conj(ρ) = ρ J")

    def clebsch_gordan(self, a: Label, b: Label, c: Label) -> ComplexArray:
        """[N, d_a, d_b, d_c]: averages over the group of elementary maps, orthonormalised in index order."""
        N = self.decompose(a, b).get(c, 0)
        if N == 0:
            return np.zeros((0, self.dimension(a), self.dimension(b), self.dimension(c)), dtype=np.complex128)
        if self.dimension(a) == self.dimension(b) == 1:
            return np.ones((1, 1, 1, 1), dtype=np.complex128)
        return averaged_clebsch_gordan(self.representation(a), self.representation(b), self.representation(c), N)
