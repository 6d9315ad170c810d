"""Group elements: words of exponentials and discrete factors, so that one element acts in every representation."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any


class GroupElement(ABC):
    """An element of a group. Composition is `g @ h` (first h, then g acts), `g.inverse()` the inverse."""

    group: Any

    @abstractmethod
    def __matmul__(self, other: GroupElement) -> GroupElement:
        """The product g h; raises GroupError for elements of different groups."""

    @abstractmethod
    def inverse(self) -> GroupElement:
        """g⁻¹."""
