"""Between matrices of the defining representation and words of exponentials."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from intertwine.errors import GroupError
from intertwine.groups.lie_element import LieElement
from intertwine.groups.physical_algebra import algebra_matrices

if TYPE_CHECKING:
    from intertwine.groups.lie_group import LieGroup

ComplexArray = NDArray[np.complex128]
RealArray = NDArray[np.float64]

MEMBERSHIP = 1e-8  # how far a given matrix may be from the group, relative to its size
SMALL = 2.0  # largest rotation angle for which the principal logarithm is trusted
STEPS = 60


@lru_cache(maxsize=64)
def generators(group: LieGroup) -> ComplexArray:
    """[n_algebra, d, d]: the Lie algebra basis in the defining representation (for F4, E6, E7, E8 the smallest
    irrep)."""
    if group.defining is not None:
        return algebra_matrices(group.spec, group.defining, group.algebra)
    smallest: ComplexArray = group.theory.algebra(group.theory.parse(*_smallest(group)))
    return smallest


def _smallest(group: LieGroup) -> tuple[int, ...]:
    node = {"F4": 3, "E6": 0, "E7": 6, "E8": 7}[group.spec.root_system.type_name]
    return tuple(int(i == node) for i in range(group.spec.root_system.rank))


def _is_real(group: LieGroup) -> bool:
    return group.defining is not None and group.defining.is_real


def matrix_of_element(group: LieGroup, element: LieElement) -> NDArray[Any]:
    """[d, d]: the product of the exponentials of the word."""
    from scipy.linalg import expm

    if element.group != group:
        raise GroupError("an element of another group", received=repr(element), expected=f"an element of {group.name}")
    basis = generators(group)
    total = np.eye(basis.shape[-1], dtype=np.complex128)
    for c in element.word:
        total = total @ expm(np.tensordot(c, basis, axes=1))
    return total.real.copy() if _is_real(group) else total


def element_of_matrix(group: LieGroup, matrix: NDArray[Any]) -> LieElement:
    """The word of a matrix: polar decomposition g = k exp(b), then k as one exponential or a few.

    Raises GroupError for a matrix of another shape, singular, not finite, or not in the group.
    """
    basis = generators(group)
    d = basis.shape[-1]
    given = np.asarray(matrix)
    if given.shape == (2, 2) and group.spec.series in ("SO", "Spin") and d == 1:  # SO(2) as a rotation matrix
        given = _complex_of_rotation(given)
    if given.shape != (d, d) or not np.isfinite(given).all():
        raise GroupError(
            f"a matrix of {group.name} is {d} x {d} with finite entries",
            received=f"shape {given.shape}" if given.shape != (d, d) else "entries that are not finite",
            fix="give it in the defining representation; group.exp(coefficients) takes algebra elements",
        )
    g = given.astype(np.complex128)
    if _is_real(group) and np.abs(g.imag).max() > MEMBERSHIP * np.abs(g).max():
        raise GroupError(
            f"a matrix of {group.name} is real", received=f"imaginary parts up to {np.abs(g.imag).max():.1e}"
        )
    from scipy.linalg import expm

    u, sizes, vh = np.linalg.svd(g)
    if sizes[-1] <= 1e-12 * sizes[0]:
        raise GroupError(f"a matrix of {group.name} is invertible", received=f"singular values down to {sizes[-1]:.1e}")
    compact = u @ vh
    word: list[RealArray] = []
    if sizes[0] / sizes[-1] - 1 > 1e-13:
        boost = _project((vh.conj().T * np.log(sizes)) @ vh, basis)
        word.append(boost)
    word = [*compact_word(compact, group), *word]
    rebuilt = np.eye(d, dtype=np.complex128)
    for c in word:
        rebuilt = rebuilt @ expm(np.tensordot(c, basis, axes=1))
    error = float(np.abs(rebuilt - g).max()) / max(1.0, float(sizes[0]))
    if not error < MEMBERSHIP:
        raise GroupError(
            f"not an element of {group.name}",
            received=f"a matrix at distance {error:.1e} from the group{_what_fails(group, g)}",
            expected=f"at most {MEMBERSHIP:.0e}",
        )
    for c in word:
        c.setflags(write=False)
    return LieElement(group, tuple(word))


def _complex_of_rotation(given: NDArray[Any]) -> NDArray[Any]:
    real = np.asarray(given)
    rotated = np.array([[real[0, 0], -real[1, 0]], [real[1, 0], real[0, 0]]])
    if not np.allclose(rotated, real, atol=MEMBERSHIP):
        raise GroupError("not an element of SO(2)", received=real.tolist(), expected="a rotation matrix of the plane")
    return np.array([[real[0, 0] + 1j * real[1, 0]]])


def _project(matrix: ComplexArray, basis: ComplexArray) -> RealArray:
    """Coefficients of the algebra element nearest to a matrix."""
    flat = basis.reshape(len(basis), -1)
    rows = np.concatenate([flat.real, flat.imag], axis=1)
    target = np.concatenate([matrix.real.ravel(), matrix.imag.ravel()])
    coefficients: RealArray = np.linalg.lstsq(rows.T, target, rcond=None)[0]
    return coefficients


def compact_word(k: ComplexArray, group: LieGroup) -> list[RealArray]:
    """A unitary element of the group, in the defining representation, as a word: one factor for almost all.

    The principal logarithm lies in the Lie algebra near the unit; for SU(n) up to turns by 2π. Where it does not,
    an element of the algebra that brings k nearer to 1 (the gradient of Re tr) is split off first.
    """
    from scipy.linalg import expm

    where = np.flatnonzero(~group.algebra.is_boost)
    compact = generators(group)[where]
    word: list[RealArray] = []
    left = k
    for step in range(STEPS):
        angles, logarithm = _unitary_logarithm(left, traceless=group.spec.series in ("SU", "SLC"))
        c = _project(logarithm, compact)
        if np.abs(np.tensordot(c, compact, axes=1) - logarithm).max() < 1e-9 and angles < np.pi - 1e-6:
            return [full(c, where, group.n_algebra), *reversed(word)]
        gradient = _project((left - left.conj().T) / 2, compact)
        size = float(np.linalg.norm(np.tensordot(gradient, compact, axes=1), 2))
        if size < 1e-3 or step == 0:
            # a stationary point of Re tr, such as a rotation by π: leave it in a fixed, generic direction
            gradient = gradient + np.cos(1.0 + np.arange(len(compact)) * (step + 1.0)) * 0.3
            size = float(np.linalg.norm(np.tensordot(gradient, compact, axes=1), 2))
        gradient = gradient * min(1.0, SMALL / size)
        word.append(full(gradient, where, group.n_algebra))
        left = left @ expm(-np.tensordot(gradient, compact, axes=1))
    return list(reversed(word))


def full(c: RealArray, where: NDArray[np.intp], n: int) -> RealArray:
    """Coefficients c at the given places of n, zero elsewhere."""
    result = np.zeros(n)
    result[where] = c
    return result


def _unitary_logarithm(k: ComplexArray, *, traceless: bool) -> tuple[float, ComplexArray]:
    """The largest principal angle and the logarithm of a (nearly) unitary matrix; traceless for determinant 1 if
    asked."""
    from scipy.linalg import schur

    triangular, vectors = schur(k, output="complex")
    angles = np.angle(np.diagonal(triangular)).copy()
    largest = float(np.abs(angles).max(initial=0.0))
    if traceless:
        turns = round(float(angles.sum()) / (2 * np.pi))
        order = np.argsort(angles)
        angles[order[len(angles) - turns :] if turns > 0 else order[:-turns]] -= 2 * np.pi * np.sign(turns)
    return largest, (vectors * (1j * angles)) @ vectors.conj().T


def _what_fails(group: LieGroup, g: ComplexArray) -> str:
    """The first defining condition that a matrix violates, in words."""
    spec = group.spec
    metric = None if group.defining is None else group.defining.metric
    if metric is not None:
        eta = np.diag(metric).astype(np.complex128)
        if np.abs(g.conj().T @ eta @ g - eta).max() > MEMBERSHIP * max(1.0, float(np.abs(g).max()) ** 2):
            return " (it does not keep the form " + "".join("+" if s > 0 else "-" for s in metric) + ")"
    if spec.series != "U" and abs(np.linalg.det(g) - 1) > 1e-6:
        return f" (its determinant is {np.linalg.det(g):.6g})"
    if metric is not None and spec.series in ("SO", "Spin") and len(spec.parameters) == 2:
        return " (it is not in the identity component)"
    return ""
