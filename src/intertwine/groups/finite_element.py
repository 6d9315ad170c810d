"""Elements of finite groups."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from intertwine.errors import GroupError
from intertwine.groups.element import GroupElement

if TYPE_CHECKING:
    from intertwine.groups.finite_group import FiniteGroup


class FiniteElement(GroupElement):
    """The element of a finite group with a given index; index 0 is the unit."""

    group: FiniteGroup

    def __init__(self, group: FiniteGroup, index: int) -> None:
        self.group = group
        self.index = index

    @cached_property
    def permutation(self) -> NDArray[np.intp]:
        """The element as a permutation: x goes to permutation[x]."""
        return self.group.chain.permutation(self.index)

    @property
    def matrix(self) -> NDArray[Any]:
        """The element in the group's defining matrices [d, d]; permutation matrices if it was given by permutations."""
        return self.group.defining_matrix(self)

    @property
    def order(self) -> int:
        """The smallest m ≥ 1 with gᵐ = 1."""
        seen = np.zeros(len(self.permutation), dtype=bool)
        order = 1
        for start in range(len(self.permutation)):
            length, x = 0, start
            while not seen[x]:
                seen[x] = True
                x = int(self.permutation[x])
                length += 1
            order = int(np.lcm(order, length)) if length else order
        return order

    def __matmul__(self, other: GroupElement) -> FiniteElement:
        if not isinstance(other, FiniteElement) or other.group != self.group:
            raise GroupError(
                "elements of different groups have no product",
                received=f"{self.group} and {getattr(other, 'group', other)!r}",
                expected="two elements of one group",
            )
        return self.group.element_of_permutation(self.permutation[other.permutation])

    def inverse(self) -> FiniteElement:
        """g⁻¹."""
        return self.group.element_of_permutation(np.argsort(self.permutation))

    def __pow__(self, exponent: int) -> FiniteElement:
        base = self if exponent >= 0 else self.inverse()
        result, exponent = self.group.identity, abs(exponent)
        while exponent:
            if exponent & 1:
                result = result @ base
            base, exponent = base @ base, exponent >> 1
        return result

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FiniteElement) and self.index == other.index and self.group == other.group

    def __hash__(self) -> int:
        return hash((self.group.name, self.index))

    def __repr__(self) -> str:
        return f"{self.group}.elements[{self.index}]"
