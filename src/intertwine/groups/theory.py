"""What a family of groups must know about its complex irreps; the one seam of the engine.

`groups` names symmetries and their elements; `representations` supplies, for each family of groups,
one implementation of `Theory`. Everything above (real features, real Clebsch–Gordan maps, products,
intertwiners, layers) is written against this class only and never asks which group it was given.

Two levels are kept apart. The *label* methods are exact: integers and fractions, never a matrix, so
that they work at any size. The *matrix* methods return complex float64 arrays in one fixed,
deterministic, orthonormal basis of each complex irrep.

A label is a hashable value private to its theory (a tuple of Dynkin labels with charges, the index
of a character, a partition, a tuple of labels for a product). It names a *complex* irrep V_λ of the
group; the conjugate V̄_λ is the irrep in which every element acts by the complex-conjugate matrix.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from intertwine.errors import GroupError

if TYPE_CHECKING:
    from intertwine.groups.element import GroupElement
    from intertwine.groups.group import Group

Label = TypeVar("Label", bound=Hashable)
ComplexArray = NDArray[np.complex128]
RealArray = NDArray[np.float64]


class Theory(ABC, Generic[Label]):
    """The complex representation theory of one group."""

    def __init__(self, group: Group) -> None:
        self.group = group
        # What the floor above derives from this theory (real bases, real Clebsch–Gordan maps) is kept here, with it.
        self.derived: dict[Any, Any] = {}

    # --- labels: exact, no matrices --------------------------------------------------------------
    @property
    @abstractmethod
    def trivial(self) -> Label:
        """The label of the trivial irrep."""

    @abstractmethod
    def parse(self, *label: object) -> Label:
        """The label that a user meant: a name ("10bar", "1/2", "(1/2,1/2)"), Dynkin labels, a partition …

        Raises RepresentationError that names the nearest valid irreps.
        """

    @abstractmethod
    def name(self, label: Label) -> str:
        """The physicist's name; `parse(name(label)) == label` always holds."""

    @abstractmethod
    def dimension(self, label: Label) -> int:
        """Complex dimension d_λ."""

    @abstractmethod
    def conjugate(self, label: Label) -> Label:
        """The label of V̄_λ, under the group's own real form."""

    @abstractmethod
    def indicator(self, label: Label) -> int:
        """+1 real type, −1 quaternionic type, 0 complex type (label differs from its conjugate)."""

    @abstractmethod
    def decompose(self, a: Label, b: Label) -> dict[Label, int]:
        """Multiplicities of the irreps in V_a ⊗ V_b."""

    @abstractmethod
    def labels(self, max_dimension: int) -> Iterator[Label]:
        """All irreps with d_λ ≤ max_dimension, by dimension, then by the order of their names.

        Groups with infinitely many irreps of one dimension (U(1) charges) yield them up to a small
        documented bound.
        """

    # --- matrices: one fixed orthonormal basis of each V_λ ---------------------------------------
    @abstractmethod
    def algebra(self, label: Label) -> ComplexArray:
        """[n_algebra, d, d]: the group's real Lie algebra basis in V_λ (n_algebra = 0 for a finite group).

        The same real basis, in the same order, for every label: an element exp(c) acts by
        expm(Σ_a c_a algebra(λ)_a).
        """

    @abstractmethod
    def discrete(self, label: Label) -> ComplexArray:
        """[n_discrete, d, d]: matrices of the group's discrete generators (n_discrete = 0 where connected)."""

    @abstractmethod
    def matrix(self, label: Label, element: GroupElement) -> ComplexArray:
        """[d, d]: the element's action on V_λ; matrix(g h) = matrix(g) matrix(h)."""

    @abstractmethod
    def conjugation(self, label: Label) -> ComplexArray:
        """Unitary J [d, d] with ρ_λ̄(g) = J conj(ρ_λ(g)) J⁻¹ for every g of the group.

        For λ̄ = λ: J conj(J) = indicator(λ) · 1. For λ̄ ≠ λ: conjugation(λ̄) conj(conjugation(λ)) = 1.
        """

    @abstractmethod
    def clebsch_gordan(self, a: Label, b: Label, c: Label) -> ComplexArray:
        """[N, d_a, d_b, d_c] with N = decompose(a, b)[c]: intertwiners V_c → V_a ⊗ V_b, orthonormal.

        Columns are orthonormal in the auxiliary Euclidean inner product:
        Σ_ij conj(T[m,i,j,k]) T[m',i,j,k'] = δ_mm' δ_kk', and
        Σ_pq ρ_a(g)_ip ρ_b(g)_jq T[m,p,q,k] = Σ_l T[m,i,j,l] ρ_c(g)_lk.
        """

    def real_basis(self, label: Label) -> ComplexArray | None:
        """A preferred real basis: columns S [d, d_real] of V_λ, for types real only, or None for the canonical one.

        Real type: S is unitary and its columns are fixed by v ↦ J conj(v). This is where bases that
        people use (x, y, z; E, px, py, pz; Gell-Mann components) enter.
        """
        return None

    def complex_structure_basis(self, label: Label) -> ComplexArray | None:
        """A preferred unitary basis S [d, d] of a complex- or quaternionic-type V_λ, or None for the basis itself.

        The real features of such an irrep are (Re z, Im z) of the components z in this basis.
        """
        return None

    def clebsch_gordan_sparse(self, a: Label, b: Label, c: Label) -> list[Any]:
        """The same maps as N scipy.sparse arrays [d_a d_b, d_c]; families whose dense arrays are large override it."""
        from scipy.sparse import csr_array

        maps = self.clebsch_gordan(a, b, c)
        return [csr_array(one.reshape(-1, one.shape[-1])) for one in maps]


_FAMILIES: dict[str, Callable[[Any], Theory[Any]]] = {}


def theory_of(group: Any) -> Theory[Any]:
    """The theory of a group; `intertwine.representations` registers one implementation a family.

    Theories live on the floor above, so they are looked up by name on first use and never imported here.
    Raises GroupError for a class of groups that nobody registered.
    """
    import_module("intertwine.representations")
    for family in type(group).__mro__:
        build = _FAMILIES.get(f"{family.__module__}.{family.__qualname__}")
        if build is not None:
            return build(group)
    raise GroupError(
        f"the irreps of {group!r} are not known",
        received=f"a {type(group).__name__}",
        fix="name a group that is, or register a Theory of this class with register_theory",
    )


def register_theory(family: type | str, build: Callable[[Any], Theory[Any]]) -> None:
    """Say how the theory of a family of groups is built; family: a subclass of Group, or its "module.Class"."""
    key = family if isinstance(family, str) else f"{family.__module__}.{family.__qualname__}"
    _FAMILIES[key] = build
