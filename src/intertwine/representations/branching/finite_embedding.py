"""A finite group as a subgroup of another: the images of its generators.

In order: the same matrices or permutations (fewer points are the first of more); otherwise the first injective
homomorphism in the order of the group's classes and elements. Where both are given by matrices of one size it keeps
traces, so that D3d ⊂ Oh has its main axis along a body diagonal and vectors restrict to vectors. Such an embedding is
fixed up to conjugation and, where more than one class of subgroups fits, is one of them.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from intertwine.errors import GroupError
from intertwine.groups.finite_element import FiniteElement
from intertwine.groups.finite_group import FiniteGroup
from intertwine.groups.stabiliser_chain import StabiliserChain

# A search tries at most so many tuples of images.
MAX_TRIED = 20_000


def finite_embedding(group: FiniteGroup, subgroup: FiniteGroup) -> tuple[FiniteElement, ...] | None:
    """Elements of the group, one for each generator of the subgroup; None if no embedding is found."""
    if group.order % subgroup.order:
        return None
    direct = _same_matrices(group, subgroup) or _same_points(group, subgroup)
    if direct is not None:
        return direct
    return next(_homomorphisms(group, subgroup), None)


def _same_matrices(group: FiniteGroup, subgroup: FiniteGroup) -> tuple[FiniteElement, ...] | None:
    if group.matrices is None or subgroup.matrices is None or group.matrices.shape[1:] != subgroup.matrices.shape[1:]:
        return None
    if not all(group.holds(m) for m in subgroup.matrices):
        return None
    return tuple(group.element(m) for m in subgroup.matrices)


def _same_points(group: FiniteGroup, subgroup: FiniteGroup) -> tuple[FiniteElement, ...] | None:
    n, k = group.chain.degree, subgroup.chain.degree
    if group.matrices is not None or subgroup.matrices is not None or k > n:
        return None
    padded = [np.concatenate([p, np.arange(k, n)]) for p in subgroup.permutations]
    try:
        return tuple(group.element_of_permutation(p) for p in padded)
    except GroupError:  # these permutations are not in the group, though isomorphic ones may be
        return None


def _homomorphisms(group: FiniteGroup, subgroup: FiniteGroup) -> Iterator[tuple[FiniteElement, ...]]:
    classes = group.conjugacy
    choices: list[NDArray[np.int64]] = []
    for generator in subgroup.generators:
        fits = classes.orders == generator.order
        if (
            group.matrices is not None
            and subgroup.matrices is not None
            and group.matrices.shape[1:] == subgroup.matrices.shape[1:]
        ):
            traces = np.array([np.trace(group.element(int(i)).matrix) for i in classes.representatives])
            fits &= np.abs(traces - np.trace(generator.matrix)) < 1e-9
        choices.append(np.flatnonzero(fits))
    # The first image matters up to conjugation only.
    first = [int(classes.representatives[c]) for c in choices[0]]
    rest = [np.flatnonzero(np.isin(classes.of, c)) for c in choices[1:]]
    tried = 0
    for start in first:
        for images in _extended((start,), rest, group, subgroup):
            tried += 1
            if tried > MAX_TRIED:
                return
            if _is_injective(images, group, subgroup):
                yield tuple(group.element(i) for i in images)


def _extended(
    images: tuple[int, ...], rest: list[NDArray[np.int64]], group: FiniteGroup, subgroup: FiniteGroup
) -> Iterator[tuple[int, ...]]:
    """Tuples whose pairwise products have the right orders."""
    k = len(images)
    if not rest:
        yield images
        return
    theirs = subgroup.generators
    for j in rest[0]:
        candidate = group.element(int(j))
        if all((group.element(i) @ candidate).order == (theirs[a] @ theirs[k]).order for a, i in enumerate(images)):
            yield from _extended((*images, int(j)), rest[1:], group, subgroup)


def _is_injective(images: tuple[int, ...], group: FiniteGroup, subgroup: FiniteGroup) -> bool:
    """The pairs (h_i, g_i) generate the graph of an isomorphism exactly if both projections keep the order."""
    ours = np.array([group.element(i).permutation for i in images])
    pairs = np.concatenate([subgroup.permutations, ours + subgroup.chain.degree], axis=1)
    return StabiliserChain(pairs).order == subgroup.order == StabiliserChain(ours).order
