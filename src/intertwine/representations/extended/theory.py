"""The representation theory of O(n) and O(p,q): irreps of the identity component, extended by reflections.

Every diagonal reflection of the group is a base reflection of O(n, C) times an element of SO(n, C), written as an
exponential of complex multiples of the real Lie algebra's basis (a turn by π, or a boost by iπ where the plane mixes
the signs of the metric). The base is −1 for odd n and the reflection of the last axis for even n, which maps the chosen
positive roots to themselves. All irreps are of real type: they are spanned by real tensors.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property, lru_cache

import numpy as np

from intertwine.errors import AccuracyError, RepresentationError
from intertwine.groups.element import GroupElement
from intertwine.groups.extended_group import ExtendedElement, ExtendedGroup
from intertwine.groups.lie_spec import LieLabel
from intertwine.groups.theory import ComplexArray, Theory
from intertwine.representations.extended.labels import ExtendedLabel, ExtendedLabels
from intertwine.representations.extended.maps import extended_maps
from intertwine.representations.extended.reflection_operator import reflection_operator
from intertwine.representations.extended.turns import turn_coefficients
from intertwine.representations.lie.theory import LieTheory

TOLERANCE = 1e-10


class ExtendedTheory(Theory[ExtendedLabel]):
    """Labels are (label of the identity component, power of det, power of χ_T); see `ExtendedLabels`."""

    group: ExtendedGroup

    def __init__(self, group: ExtendedGroup) -> None:
        super().__init__(group)
        theory = group.connected.theory
        if not isinstance(theory, LieTheory):
            raise RepresentationError("an extended group needs a connected Lie group", received=group.connected)
        self.lie = theory
        self.exact = ExtendedLabels(group.name, group.connected.spec)
        self._discrete = lru_cache(maxsize=128)(self._build_discrete)

    # --- labels ----------------------------------------------------------------------------------
    @property
    def trivial(self) -> ExtendedLabel:
        return self.exact.trivial

    def parse(self, *label: object) -> ExtendedLabel:
        return self.exact.parse(*label)

    def name(self, label: ExtendedLabel) -> str:
        return self.exact.name(label)

    def dimension(self, label: ExtendedLabel) -> int:
        return self.exact.dimension(label)

    def conjugate(self, label: ExtendedLabel) -> ExtendedLabel:
        return label

    def indicator(self, label: ExtendedLabel) -> int:
        return 1

    def decompose(self, a: ExtendedLabel, b: ExtendedLabel) -> dict[ExtendedLabel, int]:
        return self.exact.decompose(a, b)

    def labels(self, max_dimension: int) -> Iterator[ExtendedLabel]:
        return self.exact.labels(max_dimension)

    # --- matrices --------------------------------------------------------------------------------
    def algebra(self, label: ExtendedLabel) -> ComplexArray:
        return _direct_sum([self.lie.algebra(part) for part in self.exact.parts(label)])

    def discrete(self, label: ExtendedLabel) -> ComplexArray:
        return self._discrete(label).copy()

    def matrix(self, label: ExtendedLabel, element: GroupElement) -> ComplexArray:
        if not isinstance(element, ExtendedElement) or element.group != self.group:
            raise RepresentationError(
                "an element of another group does not act here",
                received=repr(element),
                expected=f"an element of {self.group.name}",
            )
        parts = [self.lie.matrix(part, element.connected)[None] for part in self.exact.parts(label)]
        total: ComplexArray = _direct_sum(parts)[0]
        for bit, reflection in zip(element.bits, self._discrete(label), strict=True):
            total = total @ reflection if bit else total
        return total

    @cached_property
    def _node_map(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """π and c_i with R E_i R⁻¹ = c_i E_πi, R the reflection of the last axis (even n, at least 4)."""
        rank = self.lie.root_system.rank
        nodes = (*range(rank - 2), rank - 1, rank - 2)
        defining = self.group.connected.defining
        if defining is None:
            raise RepresentationError("an orthogonal group has a defining representation", received=self.group)
        E = defining.raising
        r = np.ones(self.exact.n)
        r[-1] = -1
        moved = r[:, None] * E * r[None, :]
        overlaps = [np.vdot(E[nodes[i]], moved[i]) / np.vdot(E[nodes[i]], E[nodes[i]]) for i in range(rank)]
        signs = tuple(1 if x.real > 0 else -1 for x in overlaps)
        error = max(float(np.abs(moved[i] - signs[i] * E[nodes[i]]).max()) for i in range(rank))
        if error > TOLERANCE:
            raise AccuracyError("the last axis' reflection does not keep the positive roots", received=f"{error:.1e}")
        return nodes, signs

    def _base(self, label: ExtendedLabel) -> ComplexArray:
        """The base reflection [d, d] on the natural irrep times det^a."""
        parts = self.exact.parts(label)
        sign = (-1) ** label[1]
        if self.exact.is_odd:
            sign *= (-1) ** self.exact.boxes(label[0])
            return np.diag(np.full(self.dimension(label), sign, dtype=np.complex128))
        if self.lie.root_system.rank == 0:
            half = np.ones((1, 1))
        else:
            nodes, signs = self._node_map
            half = reflection_operator(self.lie.module(parts[0]), self.lie.module(parts[-1]), nodes, signs)
        if len(parts) == 1:
            return np.asarray(sign * half, dtype=np.complex128)
        zero = np.zeros_like(half)
        return np.block([[zero, half.T], [half, zero]]).astype(np.complex128)

    def _build_discrete(self, label: ExtendedLabel) -> ComplexArray:
        base = self._base(label)
        algebra = self.algebra(label)
        axes = np.full(self.exact.n, -1) if self.exact.is_odd else np.array([1] * (self.exact.n - 1) + [-1])
        matrices = []
        for letter, diagonal in zip(self.group.letters, self.group.reflections, strict=True):
            coefficients = turn_coefficients(self.group.connected, axes * diagonal)
            turn = _exponential(np.tensordot(coefficients, algebra, axes=1))
            matrices.append((-1) ** (label[2] * (letter == "T")) * base @ turn)
        return np.array(matrices)

    def conjugation(self, label: ExtendedLabel) -> ComplexArray:
        parts = self.exact.parts(label)
        pieces = [self.lie.conjugation(part) for part in parts]
        d = self.dimension(label)
        if len(parts) == 1:
            J = pieces[0]
        elif self.lie.conjugate(parts[0]) == parts[0]:
            # J on V_λ' is fixed by J on V_λ and the reflection
            half = self._base(label)[d // 2 :, : d // 2]
            J = _direct_sum([pieces[0][None], (half @ pieces[0] @ half.T)[None]])[0]
        else:
            zero = np.zeros_like(pieces[0])
            J = np.block([[zero, pieces[1]], [pieces[0], zero]])
        for r in self._discrete(label):
            error = float(np.abs(J @ r.conj() - r @ J).max())
            if error > TOLERANCE:
                raise AccuracyError(
                    f"J of {self.name(label)} does not commute with a reflection", received=f"{error:.1e}"
                )
        return J

    def clebsch_gordan(self, a: ExtendedLabel, b: ExtendedLabel, c: ExtendedLabel) -> ComplexArray:
        return extended_maps(self, a, b, c)

    def real_basis(self, label: ExtendedLabel) -> ComplexArray | None:
        parts: tuple[LieLabel, ...] = self.exact.parts(label)
        return self.lie.real_basis(parts[0]) if len(parts) == 1 else None


def _direct_sum(blocks: list[ComplexArray]) -> ComplexArray:
    """[n, d_1, d_1], [n, d_2, d_2], … as block-diagonal [n, d, d]."""
    if len(blocks) == 1:
        return blocks[0]
    d = sum(block.shape[-1] for block in blocks)
    total = np.zeros((len(blocks[0]), d, d), dtype=np.complex128)
    start = 0
    for block in blocks:
        stop = start + block.shape[-1]
        total[:, start:stop, start:stop] = block
        start = stop
    return total


def _exponential(matrix: ComplexArray) -> ComplexArray:
    """exp of an anti-Hermitian matrix, by its eigenvectors."""
    values, vectors = np.linalg.eigh(-1j * matrix)
    result: ComplexArray = (vectors * np.exp(1j * values)) @ vectors.conj().T
    return result
