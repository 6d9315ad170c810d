"""A representation given by matrices of a group's generators, decomposed into complex irreps."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from intertwine.errors import RepresentationError
from intertwine.groups.finite_group import FiniteGroup
from intertwine.groups.lie_group import LieGroup
from intertwine.groups.theory import ComplexArray, Theory
from intertwine.representations.finite.group_average import ChainRepresentation
from intertwine.representations.isotypic import check_maps, isotypic_maps

TOLERANCE = 1e-8
_CHECKED_ELEMENTS = 500


def decompose_representation(
    theory: Theory[Any], algebra_matrices: ArrayLike | None = None, discrete_matrices: ArrayLike | None = None
) -> tuple[list[tuple[int, Any]], ComplexArray]:
    """([(multiplicity, label), …], Q [D, D]) with Q⁻¹ ρ(g) Q block diagonal in the irreps' own bases.

    Columns of Q run over the labels in order, over the copies of each, over the irrep's basis. Q is unitary for unitary
    representations.

    Parameters
    ----------
    algebra_matrices, discrete_matrices :
        [n_algebra, D, D] and [n_discrete, D, D], real or complex images of the group's own generators, in its order.

    Raises RepresentationError for the wrong number or shapes of generators, singular discrete ones, and matrices that
    violate the group's relations (by how much), AccuracyError if they obey them only to worse than 1e-8.
    """
    group = theory.group
    X, R = (
        _checked(group, a, n, what)
        for a, n, what in (
            (algebra_matrices, group.n_algebra, "Lie algebra generators"),
            (discrete_matrices, group.n_discrete, "discrete generators"),
        )
    )
    sizes = {a.shape[1] for a in (X, R) if len(a)}
    if len(sizes) != 1:
        raise RepresentationError("generators of different sizes", received=sorted(sizes), expected="one dimension D")
    D = sizes.pop()
    X, R = X.reshape(-1, D, D), R.reshape(-1, D, D)
    check_relations(group, X, R)
    maps = isotypic_maps(theory, X, R)
    check_maps(theory, X, R, maps, TOLERANCE)
    parts = [(len(T), label) for label, T in maps.items()]
    return parts, np.concatenate([one for T in maps.values() for one in T], axis=1)


def _checked(group: Any, matrices: ArrayLike | None, count: int, what: str) -> ComplexArray:
    array = np.zeros((0, 0, 0), dtype=np.complex128) if matrices is None else np.asarray(matrices, dtype=np.complex128)
    if len(array) != count or array.ndim != 3 or array.shape[1] != array.shape[2]:
        raise RepresentationError(f"{group.name} has {count} {what}", received=array.shape, expected=f"[{count}, D, D]")
    if not np.isfinite(array).all():
        raise RepresentationError("matrices with entries that are not finite", received="nan or inf")
    return array


def check_relations(group: Any, X: ComplexArray, R: ComplexArray) -> None:
    """Raises RepresentationError unless [X_a, X_b] = f_ab^c X_c, or g ↦ ρ(g) is a homomorphism of a finite group."""
    for k, r in enumerate(R):
        singular = np.linalg.svd(r, compute_uv=False)
        if singular[-1] < 1e-10 * max(1.0, float(singular[0])):
            raise RepresentationError(
                f"the image of discrete generator {k} is singular", expected="invertible matrices"
            )
    if isinstance(group, LieGroup):
        from intertwine.groups.structure_constants import structure_constants

        products = np.einsum("aij,bjk->abik", X, X)
        f = structure_constants(_faithful(group))
        error = np.abs(products - products.transpose(1, 0, 2, 3) - np.tensordot(f, X, axes=1)).max()
        scale = max(1.0, float(np.abs(X).max()) ** 2)
    elif isinstance(group, FiniteGroup):
        error, scale = _homomorphism_error(group, R), 1.0
    else:
        return
    if error > 1e-6 * scale:
        raise RepresentationError(
            f"the matrices are not a representation of {group.name}",
            received=f"relations violated by {error:.1e}",
            expected="at most 1e-6",
            fix="give the images of the group's own generators, in the group's order",
        )


def _faithful(group: LieGroup) -> ComplexArray:
    """Matrices on which the Lie algebra acts faithfully."""
    from intertwine.groups.lie_logarithm import generators
    from intertwine.groups.user_lie_group import UserLieGroup

    return group.matrices if isinstance(group, UserLieGroup) else generators(group)


def _homomorphism_error(group: FiniteGroup, R: ComplexArray) -> float:
    """Largest |ρ(s) ρ(g) − ρ(s g)| over the generators s and the elements g (seeded ones of a large group)."""
    U = ChainRepresentation(group, R)
    rng = np.random.default_rng(0)
    indices = range(group.order) if group.order <= _CHECKED_ELEMENTS else [group.sample(rng).index for _ in range(200)]
    error = 0.0
    for i in indices:
        here, g = U.matrix(i), group.element(i)
        for s, matrix in zip(group.generators, R, strict=True):
            error = max(error, float(np.abs(matrix @ here - U.matrix((s @ g).index)).max()))
    return error
