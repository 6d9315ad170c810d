"""The same features under a subgroup: `rep.restrict(H)`, with the change of basis to H's irreps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from intertwine.errors import GroupError
from intertwine.groups.element import GroupElement
from intertwine.groups.group import Group
from intertwine.groups.names import group as parse_group
from intertwine.representations.branching.subgroup_embedding import SubgroupEmbedding, subgroup_embedding
from intertwine.representations.rep import Rep
from intertwine.representations.user_representation import from_matrices


def restrict(
    rep: Rep,
    subgroup: Group | str,
    embedding: SubgroupEmbedding | ArrayLike | None = None,
    discrete: Sequence[GroupElement] = (),
) -> Rep:
    """A representation of G as one of H ⊂ G, in the same coordinates, decomposed into H's irreps.

    Parameters
    ----------
    subgroup:
        H, or its name.
    embedding:
        [n_H, n_G], H's Lie algebra basis in G's; None for the built-in one ("SU(3)" ⊃ "SU(2)xU(1)", "O(3)" ⊃ "Oh").
    discrete:
        With an embedding given: the elements of G that are H's discrete generators.

    Raises
    ------
    GroupError
        For no built-in embedding, one of the wrong shape, and a singular one.
    RepresentationError, AccuracyError
        For an embedding that does not preserve commutators.
    """
    H = parse_group(subgroup)
    if embedding is None:
        found = subgroup_embedding(rep.group, H)
    elif isinstance(embedding, SubgroupEmbedding):
        found = embedding
    else:
        found = given_embedding(rep.group, H, embedding, discrete)
    if found.group != rep.group or found.subgroup != H:
        raise GroupError(
            "an embedding of other groups", received=f"{found.group} ⊃ {found.subgroup}", expected=rep.group
        )
    generators = np.tensordot(found.algebra, rep.generators, axes=1)
    elements = np.array([rep.matrix(g) for g in found.discrete]).reshape(-1, rep.dim, rep.dim)
    return from_matrices(H, generators if H.n_algebra else None, elements if H.n_discrete else None)


def given_embedding(
    group: Group, subgroup: Group, algebra: ArrayLike, discrete: Sequence[GroupElement]
) -> SubgroupEmbedding:
    """A user's embedding, checked: shape, rank, and one element a discrete generator. Raises GroupError."""
    A = np.asarray(algebra, dtype=np.float64)
    expected = (subgroup.n_algebra, group.n_algebra)
    if A.shape != expected:
        raise GroupError(
            f"an embedding of {subgroup.name} in {group.name} of the wrong shape", received=A.shape, expected=expected
        )
    if A.size and np.linalg.matrix_rank(A) < len(A):
        raise GroupError(
            "a singular embedding",
            received=f"rank {np.linalg.matrix_rank(A)}",
            expected=f"rank {len(A)}",
            fix="the images of the subgroup's generators must be linearly independent",
        )
    if len(discrete) != subgroup.n_discrete or any(g.group != group for g in discrete):
        raise GroupError(
            f"the discrete generators of {subgroup.name} as elements of {group.name}",
            received=f"{len(discrete)} elements",
            expected=f"{subgroup.n_discrete} elements of {group.name}",
        )
    return SubgroupEmbedding(group, subgroup, A, tuple(discrete))
