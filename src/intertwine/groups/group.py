"""The base of every group: a name, elements, and access to its irreps."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from intertwine.errors import GroupError
from intertwine.groups.element import GroupElement
from intertwine.groups.theory import Theory, theory_of

if TYPE_CHECKING:
    from collections.abc import Sequence


class Group(ABC):
    """A symmetry group. Equal groups compare equal and hash equal; instances are immutable.

    Attributes
    ----------
    name:
        What `group(name)` accepts; for a user's own group whatever it was called.
    is_compact:
        True for finite and compact groups: their real features are orthogonal representations.
    n_algebra:
        Dimension of the real Lie algebra, 0 for a finite group.
    n_discrete:
        Number of discrete generators, 0 for a connected group.
    """

    name: str
    is_compact: bool
    n_algebra: int
    n_discrete: int

    @property
    @abstractmethod
    def identity(self) -> GroupElement:
        """The unit element."""

    @abstractmethod
    def sample(self, rng: np.random.Generator, scale: float = 1.0) -> GroupElement:
        """Haar for compact and finite groups (scale ignored); otherwise Haar on the maximal compact
        subgroup times a boost of norm ≤ scale."""

    @property
    def discrete_elements(self) -> Sequence[GroupElement]:
        """The discrete generators as elements, in the order of `theory.discrete`; empty for a connected group."""
        if self.n_discrete:
            raise GroupError(f"{type(self).__name__} does not list its discrete generators", received=self.name)
        return ()

    def exp(self, coefficients: ArrayLike) -> GroupElement:
        """exp(Σ_a c_a X_a) in the real basis X_a of the Lie algebra; coefficients [n_algebra].

        Raises GroupError for a finite group.
        """
        raise GroupError(
            f"{self.name} has no Lie algebra",
            received=coefficients,
            fix="use group.sample(rng) or group.element(matrix)",
        )

    @cached_property
    def theory(self) -> Theory[Any]:
        """The group's complex representation theory."""
        return theory_of(self)

    # `representations` is the floor above, so it is looked up when it is first asked for and never imported here.
    def irrep(self, *label: object) -> Any:
        """The real irrep that a label names: `G.irrep("8")`, `G.irrep("10bar")`, Dynkin labels `G.irrep(1, 1)`.

        Raises RepresentationError that names the nearest irreps.
        """
        return import_module("intertwine.representations").Irrep.parse(self, *label)

    def irreps(self, max_dimension: int) -> list[Any]:
        """The real irreps whose complex dimension is at most max_dimension, by dimension, V and V̄ once."""
        return list(import_module("intertwine.representations").irreps(self, max_dimension))

    @property
    def trivial(self) -> Any:
        """The trivial irrep."""
        return import_module("intertwine.representations").Irrep(self, self.theory.trivial)

    def __deepcopy__(self, memo: dict[int, Any]) -> Group:
        return self  # immutable, and its theory holds large tables

    def __getstate__(self) -> dict[str, Any]:
        """Pickled without its theory, which is built again when it is needed."""
        return {name: value for name, value in self.__dict__.items() if name != "theory"}

    def __repr__(self) -> str:
        return f'group("{self.name}")'
