"""Irrep: a real irreducible representation, the unit of which all features are made."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from functools import cached_property, total_ordering
from typing import Any, Literal

import numpy as np

from intertwine.errors import RepresentationError
from intertwine.groups.element import GroupElement
from intertwine.groups.group import Group
from intertwine.groups.theory import RealArray, Theory
from intertwine.representations.realification import realify

Type = Literal["real", "complex", "quaternionic"]
_TYPES: dict[int, Type] = {1: "real", 0: "complex", -1: "quaternionic"}


@total_ordering
class Irrep:
    """A real irrep of a group, named by a complex irrep V_λ; V_λ and V̄_λ are the same real irrep.

    Attributes
    ----------
    label:
        The theory's label of V_λ or V̄_λ, whichever has the shorter name ("10" for "10bar").
    spelled:
        The label that was asked for; only `clebsch_gordan(..., basis="weight")` looks at it.
    """

    def __init__(self, group: Group, label: Hashable) -> None:
        theory = group.theory
        self.group = group
        self.spelled = label
        key = ("canonical label", label)
        if key not in theory.derived:
            theory.derived[key] = min((label, theory.conjugate(label)), key=lambda one: _plainness(theory.name(one)))
        self.label: Hashable = theory.derived[key]

    @classmethod
    def parse(cls, group: Group, *label: object) -> Irrep:
        """The irrep that a user's label names; raises RepresentationError with the nearest irreps."""
        if len(label) == 1 and isinstance(label[0], Irrep):
            if label[0].group != group:
                raise RepresentationError("an irrep of another group", received=repr(label[0]), expected=repr(group))
            return label[0]
        if not label:
            raise RepresentationError("an irrep needs a label", received="()", expected=f"an irrep of {group.name}")
        return cls(group, group.theory.parse(*label))

    @property
    def _theory(self) -> Theory[Any]:
        return self.group.theory

    @cached_property
    def name(self) -> str:
        """The physicist's name: `group.irrep(irrep.name) == irrep`."""
        return self._theory.name(self.label)

    @cached_property
    def indicator(self) -> int:
        """+1 real type, −1 quaternionic type, 0 complex type."""
        derived, key = self._theory.derived, ("indicator", self.label)
        if key not in derived:
            derived[key] = self._theory.indicator(self.label)
        found: int = derived[key]
        return found

    @property
    def type(self) -> Type:
        """Which division algebra commutes with the irrep: "real", "complex" or "quaternionic"."""
        return _TYPES[self.indicator]

    @cached_property
    def dim(self) -> int:
        """Complex dimension of V_λ, the dimension in its name."""
        return self._theory.dimension(self.label)

    @property
    def real_dim(self) -> int:
        """Dimension of the real feature space: dim for type R, 2 dim for types C and H."""
        return self.dim if self.indicator == 1 else 2 * self.dim

    @property
    def commutant_dim(self) -> int:
        """1, 2 or 4: real parameters of a linear map between two copies."""
        return {1: 1, 0: 2, -1: 4}[self.indicator]

    @property
    def is_trivial(self) -> bool:
        """Whether every group element acts as 1."""
        return bool(self.label == self._theory.trivial)

    @property
    def generators(self) -> RealArray:
        """[n_algebra, real_dim, real_dim]: the real Lie algebra basis; ρ(exp c) = expm(Σ_a c_a generators_a)."""
        return self._cached("generators", lambda: realify(self._theory, self.label, self._theory.algebra(self.label)))

    @property
    def discrete_generators(self) -> RealArray:
        """[n_discrete, real_dim, real_dim]: matrices of the group's discrete generators."""
        return self._cached("discrete", lambda: realify(self._theory, self.label, self._theory.discrete(self.label)))

    def _cached(self, what: str, compute: Any) -> RealArray:
        key = (what, self.label)
        derived = self._theory.derived
        if key not in derived:
            value = compute()
            value.setflags(write=False)
            derived[key] = value
        found: RealArray = derived[key]
        return found

    def matrix(self, element: GroupElement) -> RealArray:
        """[real_dim, real_dim]: ρ(g), ρ(g h) = ρ(g) ρ(h). Raises RepresentationError for another group's element."""
        if getattr(element, "group", None) != self.group:
            raise RepresentationError(
                "an element of another group does not act here",
                received=repr(element),
                expected=f"an element of {self.group.name}",
                fix="make it with group.sample(rng), group.exp(coefficients) or group.element(matrix)",
            )
        return realify(self._theory, self.label, self._theory.matrix(self.label, element))

    @cached_property
    def commutant(self) -> RealArray:
        """[1, 2 or 4, real_dim, real_dim]: orthogonal units 1, I (, J', K) of the matrices that commute with ρ.

        I is multiplication by i. For the quaternionic type J'z = conj of the antilinear J, and K = I J'.
        """
        d, one = self.dim, np.eye(self.real_dim)
        if self.indicator == 1:
            return one[None]
        zero, half = np.zeros((d, d)), np.eye(d)
        i = np.block([[zero, -half], [half, zero]])
        if self.indicator == 0:
            return np.stack([one, i])
        from intertwine.representations.realification import feature_basis

        S = feature_basis(self._theory, self.label)
        # v ↦ 𝒥 v = J conj(v) commutes with ρ; in the components z of v = S z it is z ↦ S† J conj(S) conj(z).
        A = S.conj().T @ self._theory.conjugation(self.label) @ S.conj()
        j = np.block([[A.real, A.imag], [A.imag, -A.real]])
        return np.stack([one, i, j, i @ j])

    def _order(self) -> tuple[Any, ...]:
        return (self.dim, *_name_order(self.name))

    def __lt__(self, other: object) -> bool:
        if not isinstance(other, Irrep) or other.group != self.group:
            return NotImplemented
        return self._order() < other._order()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Irrep) and self.label == other.label and self.group == other.group

    def __hash__(self) -> int:
        return hash((self.group.name, self.label))

    def __str__(self) -> str:
        return self.name

    def __repr__(self) -> str:
        return f'{self.group!r}.irrep("{self.name}")'


def _name_order(name: str) -> tuple[int, str]:
    # The shorter name is the plainer one: 10 before 10bar, 1 before -1.
    return len(name), name


def _plainness(name: str) -> tuple[int, bool, str]:
    # Of V and V̄: the shorter name; of pairs that are each other reversed, the left-handed one, (1,0) before (0,1).
    return len(name), name.startswith("(0,"), name


def irreps(group: Group, max_dimension: int) -> Iterator[Irrep]:
    """The real irreps of complex dimension ≤ max_dimension, in the theory's order, V and V̄ once."""
    for label in group.theory.labels(max_dimension):
        irrep = Irrep(group, label)
        if irrep.label == label:
            yield irrep
