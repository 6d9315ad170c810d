"""Elements of connected Lie groups: words of exponentials, so that one element acts in every representation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from intertwine.errors import GroupError
from intertwine.groups.element import GroupElement

if TYPE_CHECKING:
    from intertwine.groups.lie_group import LieGroup


class LieElement(GroupElement):
    """exp(c_1) exp(c_2) …, each factor a coefficient vector [n_algebra] in the group's real Lie algebra basis."""

    group: LieGroup

    def __init__(self, group: LieGroup, word: tuple[NDArray[np.float64], ...]) -> None:
        self.group = group
        self.word = word

    def __matmul__(self, other: GroupElement) -> LieElement:
        if not isinstance(other, LieElement) or other.group != self.group:
            raise GroupError(
                "elements of different groups have no product",
                received=f"{self.group} and {getattr(other, 'group', other)!r}",
                expected="two elements of one group",
            )
        return LieElement(self.group, self.word + other.word)

    def inverse(self) -> LieElement:
        """g⁻¹."""
        return LieElement(self.group, tuple(-c for c in reversed(self.word)))

    @property
    def matrix(self) -> NDArray[np.generic]:
        """[d, d]: the element in the group's defining representation, real where that is a real matrix group."""
        return self.group.defining_matrix(self)

    def __repr__(self) -> str:
        factors = "".join(f"exp({np.array2string(c, precision=3, threshold=8)})" for c in self.word)
        return f"{self.group.name} element({factors or '1'})"
