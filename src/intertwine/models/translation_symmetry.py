"""Which lattice translations a network commutes with, as a statement that can be tested."""

from __future__ import annotations

from dataclasses import dataclass

from intertwine.errors import ConfigurationError


@dataclass(frozen=True)
class TranslationSymmetry:
    """The translations that a network commutes with.

    Attributes
    ----------
    steps:
        One integer a direction: the network commutes with the translations whose component in that direction is a
        multiple of it (1: all). None: with no translation but the identity.
    strides:
        What the extents must be multiples of for that: strided sites close around such a period only. Along other
        extents nothing but the identity is left. Defaults to `steps`.
    """

    steps: tuple[int, ...] | None
    strides: tuple[int, ...] | None = None

    @property
    def kind(self) -> str:
        """``"all"``, ``"multiples"`` or ``"none"``."""
        if self.steps is None:
            return "none"
        return "all" if all(step == 1 for step in self.steps) else "multiples"

    def commutes(self, translation: tuple[int, ...], sites: tuple[int, ...]) -> bool:
        """Whether the network commutes with `translation` on a periodic lattice of extents `sites`."""
        if len(translation) != len(sites) or (self.steps is not None and len(self.steps) != len(sites)):
            raise ConfigurationError(
                "Translation, lattice and symmetry differ in dimension",
                received=(translation, sites, self.steps),
                expected="one entry a direction each",
            )
        reduced = [t % n for t, n in zip(translation, sites, strict=True)]
        if self.steps is None:
            return not any(reduced)
        return all(
            t % step == 0 if n % stride == 0 else t == 0
            for t, n, step, stride in zip(reduced, sites, self.steps, self.strides or self.steps, strict=True)
        )

    def __str__(self) -> str:
        if self.steps is None:
            return "no translation"
        if self.kind == "all":
            return "all translations"
        return f"translations by multiples of {self.steps}"
