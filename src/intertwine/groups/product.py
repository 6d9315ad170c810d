"""Direct products of groups: elements are tuples of the factors' elements."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from intertwine.errors import GroupError
from intertwine.groups.element import GroupElement
from intertwine.groups.group import Group


class ProductElement(GroupElement):
    """(g₁, g₂, …), composed factor by factor."""

    group: ProductGroup

    def __init__(self, group: ProductGroup, parts: Sequence[GroupElement]) -> None:
        self.group = group
        self.parts = tuple(parts)

    def __matmul__(self, other: GroupElement) -> ProductElement:
        if not isinstance(other, ProductElement) or other.group != self.group:
            raise GroupError("elements of different groups have no product", received=other, expected=self.group)
        return ProductElement(self.group, [g @ h for g, h in zip(self.parts, other.parts, strict=True)])

    def inverse(self) -> ProductElement:
        """(g₁⁻¹, g₂⁻¹, …)."""
        return ProductElement(self.group, [g.inverse() for g in self.parts])

    def __repr__(self) -> str:
        return f"{self.group.name} element({', '.join(repr(part) for part in self.parts)})"


class ProductGroup(Group):
    """G₁ × G₂ × …; the Lie algebras and the discrete generators of the factors follow each other in order.

    Raises GroupError for fewer than two factors.
    """

    def __init__(self, factors: Sequence[Group]) -> None:
        flat: list[Group] = []
        for factor in factors:
            flat.extend(factor.factors if isinstance(factor, ProductGroup) else [factor])
        if len(flat) < 2:
            raise GroupError("a product needs at least two factors", received=[factor.name for factor in flat])
        self.factors: tuple[Group, ...] = tuple(flat)
        self.name = "x".join(factor.name for factor in flat)
        self.is_compact = all(factor.is_compact for factor in flat)
        self.n_algebra = sum(factor.n_algebra for factor in flat)
        self.n_discrete = sum(factor.n_discrete for factor in flat)

    @property
    def identity(self) -> ProductElement:
        """The unit element."""
        return ProductElement(self, [factor.identity for factor in self.factors])

    @property
    def discrete_elements(self) -> Sequence[GroupElement]:
        """Each factor's discrete generators, with the unit in the other factors."""
        return [
            self.element(*(r if j == i else other.identity for j, other in enumerate(self.factors)))
            for i, factor in enumerate(self.factors)
            for r in factor.discrete_elements
        ]

    def element(self, *parts: GroupElement) -> ProductElement:
        """The element with these factors; raises GroupError when one does not belong to its factor group."""
        expected = [factor.name for factor in self.factors]
        received = [getattr(getattr(part, "group", None), "name", repr(part)) for part in parts]
        if len(parts) != len(self.factors) or any(g.group != f for g, f in zip(parts, self.factors, strict=True)):
            raise GroupError(
                f"not an element of {self.name}", received=received, expected=f"one element each of {expected}"
            )
        return ProductElement(self, parts)

    def sample(self, rng: np.random.Generator, scale: float = 1.0) -> ProductElement:
        """Independent samples of the factors; scale bounds the boost of each non-compact factor."""
        return ProductElement(self, [factor.sample(rng, scale) for factor in self.factors])

    def exp(self, coefficients: ArrayLike) -> ProductElement:
        """exp(Σ_a c_a X_a), the factors' coefficients one after the other; [n_algebra]."""
        c = np.asarray(coefficients, dtype=np.float64)
        if c.shape != (self.n_algebra,):
            raise GroupError("wrong number of Lie algebra coefficients", received=c.shape, expected=(self.n_algebra,))
        parts: list[GroupElement] = []
        start = 0
        for factor in self.factors:
            stop = start + factor.n_algebra
            parts.append(factor.exp(c[start:stop]) if factor.n_algebra else factor.identity)
            start = stop
        return ProductElement(self, parts)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ProductGroup) and self.factors == other.factors

    def __hash__(self) -> int:
        return hash(self.factors)
