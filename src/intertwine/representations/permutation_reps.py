"""Permutation representations of finite groups: signals on the group (regular) and on its cosets (quotient)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from intertwine.errors import GroupError
from intertwine.groups.element import GroupElement
from intertwine.groups.finite_group import FiniteGroup, permutation_matrix
from intertwine.groups.group import Group
from intertwine.groups.names import group as named_group
from intertwine.representations.rep import Rep

MAX_POINTS = 4096


def regular(group: Group | str) -> Rep:
    """Signals on a finite group: ρ(g) e_h = e_gh, in the order of the elements' indices.

    Raises GroupError for a group that is not finite or has more than 4096 elements.
    """
    return quotient(group, [])


def quotient(group: Group | str, subgroup: Sequence[GroupElement]) -> Rep:
    """Signals on the cosets G/H of the subgroup H that the given elements generate: ρ(g) e_xH = e_gxH.

    Cosets are in the order of their first elements. Raises GroupError as `regular` does, and for elements of others.
    """
    G = named_group(group)
    if not isinstance(G, FiniteGroup):
        raise GroupError("signals on a group need a finite group", received=repr(G), fix="use fields of irreps")
    return _quotient(G, tuple(G.element(h).index for h in subgroup))


@lru_cache(maxsize=64)
def _quotient(group: FiniteGroup, subgroup: tuple[int, ...]) -> Rep:
    return Rep.from_matrices(group, discrete=np.array([permutation_matrix(p) for p in on_cosets(group, subgroup)]))


def on_cosets(group: FiniteGroup, subgroup: Sequence[int]) -> list[NDArray[np.intp]]:
    """g (x H) = (g x) H for every generator g of the group, as permutations of the cosets; H by indices."""
    if group.order > MAX_POINTS:
        raise GroupError("a group too large for its regular representation", received=group.order, expected="≤ 4096")
    everything = np.arange(group.order)
    coset = everything.copy()
    settled = False
    while not settled:
        # every element takes the smallest number in its coset, passed on along right multiplication
        before = coset.copy()
        for h in subgroup:
            neighbours = group.multiply(everything, h)
            coset = np.minimum(coset, coset[neighbours])
            np.minimum.at(coset, neighbours, coset[everything])
        settled = bool(np.array_equal(before, coset))
    first, number = np.unique(coset, return_inverse=True)
    return [number[group.multiply(g.index, first)] for g in group.generators]
