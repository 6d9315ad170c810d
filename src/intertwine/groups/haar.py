"""Random elements: Haar on the maximal compact subgroup, times a boost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from intertwine.errors import GroupError
from intertwine.groups.lie_element import LieElement

if TYPE_CHECKING:
    from intertwine.groups.lie_group import LieGroup

RealArray = NDArray[np.float64]


def sample(group: LieGroup, rng: np.random.Generator, scale: float) -> LieElement:
    """See `LieGroup.sample`."""
    if not (np.isfinite(scale) and scale >= 0):
        raise GroupError("the scale of a sample is a non-negative number", received=scale)
    word = list(haar_word(group, rng))
    boosts = np.flatnonzero(group.algebra.is_boost)
    if len(boosts):
        direction = rng.normal(size=len(boosts))
        c = np.zeros(group.n_algebra)
        c[boosts] = direction * (scale * rng.uniform() / np.linalg.norm(direction))
        word.append(c)
    for c in word:
        c.setflags(write=False)
    return LieElement(group, tuple(word))


def haar_word(group: LieGroup, rng: np.random.Generator) -> list[RealArray]:
    """A word of Gaussian exponentials in the maximal compact subgroup."""
    compact = np.flatnonzero(~group.algebra.is_boost)
    word = []
    for _ in range(4):
        c = np.zeros(group.n_algebra)
        c[compact] = rng.normal(size=len(compact)) * 3
        word.append(c)
    return word
