"""The base of every group: a name, elements, and access to its irreps."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property
from typing import Any

import numpy as np

from intertwine.groups.element import GroupElement
from intertwine.groups.theory import Theory, theory_of


class Group(ABC):
    """A symmetry group. Equal groups compare equal and hash equal; instances are immutable."""

    name: str
    is_compact: bool  # finite groups are compact
    n_algebra: int  # dimension of the real Lie algebra, 0 for finite groups
    n_discrete: int  # number of discrete generators

    @property
    @abstractmethod
    def identity(self) -> GroupElement:
        """The unit element."""

    @abstractmethod
    def sample(self, rng: np.random.Generator, scale: float = 1.0) -> GroupElement:
        """Haar for compact and finite groups (scale ignored); otherwise Haar on the maximal compact
        subgroup times a boost of norm ≤ scale."""

    @cached_property
    def theory(self) -> Theory[Any]:
        """The group's complex representation theory."""
        return theory_of(self)

    def __repr__(self) -> str:
        return f'group("{self.name}")'
