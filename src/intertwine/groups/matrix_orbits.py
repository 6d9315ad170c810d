"""Finite matrix groups as permutations of the orbits of basis vectors."""

from __future__ import annotations

from fractions import Fraction
from math import lcm

import numpy as np
from numpy.typing import NDArray

from intertwine.errors import GroupError

# Two images closer than EQUAL are one point; farther than EQUAL but closer than DISTINCT is neither one nor two.
EQUAL = 1e-8
DISTINCT = 1e-5
MAX_POINTS = 50_000
MAX_ORDER = 10_000
GOLDEN = (np.sqrt(5) - 1) / 2


def checked_matrices(matrices: object) -> NDArray[np.complex128] | NDArray[np.float64]:
    """Generators as one array [k, d, d], real where all are real.

    Raises GroupError if they are not square matrices of one size, not finite numbers, or singular.
    """
    try:
        array = np.array(matrices, dtype=np.complex128)
    except (ValueError, TypeError) as error:
        raise GroupError(
            "generators must be matrices of one size",
            received=f"shapes {[np.shape(m) for m in matrices] if isinstance(matrices, (list, tuple)) else matrices!r}",
            expected="arrays [d, d] with the same d",
        ) from error
    if array.ndim != 3 or array.shape[1] != array.shape[2] or array.shape[0] == 0 or array.shape[1] == 0:
        raise GroupError(
            "generators must be square matrices", received=f"shape {array.shape}", expected="[k, d, d] with k, d ≥ 1"
        )
    if not np.all(np.isfinite(array)):
        raise GroupError(
            "a generator contains numbers that are not finite", received="nan or inf", expected="finite entries"
        )
    for k, singular in enumerate(np.linalg.svd(array, compute_uv=False)):
        if singular[-1] <= 1e-10 * max(1.0, float(singular[0])):
            raise GroupError(
                f"generator {k} is singular, so it is not a group element",
                received=f"smallest singular value {singular[-1]:.1e}",
                expected="invertible matrices",
            )
    return array.real.copy() if not np.any(array.imag) else array


class _Points:
    """A growing set of vectors, found again by a quantised linear functional."""

    def __init__(self, dimension: int) -> None:
        weights = np.arange(1, 2 * dimension + 1) * GOLDEN % 1.0  # none is zero
        self._weights = weights / weights.sum()
        self._bins: dict[int, list[int]] = {}
        self.vectors: list[NDArray[np.complex128]] = []

    def values(self, vectors: NDArray[np.complex128]) -> NDArray[np.float64]:
        """The functional of vectors [..., d]: it changes by no more than their largest component does."""
        d = vectors.shape[-1]
        found: NDArray[np.float64] = vectors.real @ self._weights[:d] + vectors.imag @ self._weights[d:]
        return found

    def _bin(self, vector: NDArray[np.complex128]) -> int:
        return round(float(self.values(vector)) / (2 * DISTINCT))

    def find(self, vector: NDArray[np.complex128]) -> int:
        """Its index, −1 if it is new.

        Raises GroupError if it is neither equal to a known vector nor distinct from all.
        """
        key = self._bin(vector)
        for near in (key, key - 1, key + 1):
            for i in self._bins.get(near, ()):
                distance = float(np.abs(self.vectors[i] - vector).max())
                if distance <= EQUAL:
                    return i
                if distance < DISTINCT:
                    raise does_not_close(f"two images of one vector that differ by {distance:.1e} only")
        return -1

    def add(self, vector: NDArray[np.complex128]) -> int:
        self._bins.setdefault(self._bin(vector), []).append(len(self.vectors))
        self.vectors.append(vector)
        return len(self.vectors) - 1


def does_not_close(reason: str) -> GroupError:
    """The error for generators of an infinite group."""
    return GroupError(
        "the generators do not close to a finite group",
        received=reason,
        expected=f"orbits of at most {MAX_POINTS} vectors, distinct by {DISTINCT}",
        fix="give Lie algebra generators for a continuous group, exact entries, or permutations",
    )


def _check_finite_order(matrix: NDArray[np.complex128], what: str) -> None:
    """Eigenvalues of an element of finite order are roots of unity; others are refused before any orbit is followed."""
    values = np.linalg.eigvals(matrix)
    if np.abs(np.abs(values) - 1.0).max() > 1e-6:
        raise does_not_close(
            f"{what} with an eigenvalue of modulus {np.abs(values)[np.abs(np.abs(values) - 1.0).argmax()]:.6g}"
        )
    order = 1
    for turn in np.angle(values) / (2 * np.pi):
        fraction = Fraction(float(turn)).limit_denominator(MAX_ORDER)
        if abs(float(fraction) - turn) > 1e-9:
            raise does_not_close(f"{what} with an eigenvalue of phase {turn:.6g} turns, not a fraction of them")
        order = lcm(order, fraction.denominator)
    if order > MAX_POINTS or np.abs(np.linalg.matrix_power(matrix, order) - np.eye(len(matrix))).max() > 1e-6:
        raise does_not_close(f"{what} of infinite order")


def orbit_permutations(
    matrices: NDArray[np.complex128] | NDArray[np.float64],
) -> tuple[NDArray[np.intp], NDArray[np.complex128]]:
    """Faithful permutations [k, n] of a spanning set of vectors [n, d] that the generators [k, d, d] permute.

    The set is the union of the orbits of basis vectors, in order, until it spans. Raises GroupError if an orbit does
    not close.
    """
    k, d = matrices.shape[0], matrices.shape[1]
    for g, a in enumerate(matrices):
        _check_finite_order(a, f"generator {g}")
        for h in range(g):
            _check_finite_order(a @ matrices[h], f"a product of generators {g} and {h}")
    points = _Points(d)
    images: list[list[int]] = [[] for _ in range(k)]
    for axis in range(d):
        start = np.eye(d, dtype=np.complex128)[axis]
        if points.vectors and _in_span(start, np.array(points.vectors)):
            continue
        reached = len(points.vectors)
        points.add(start)
        while reached < len(points.vectors):
            for g in range(k):
                moved = matrices[g] @ points.vectors[reached]
                where = points.find(moved)
                images[g].append(points.add(moved) if where < 0 else where)
            reached += 1
            if len(points.vectors) > MAX_POINTS:
                raise does_not_close(f"more than {MAX_POINTS} images of basis vector {axis}")
    permutations = np.array(images, dtype=np.intp)
    for g in range(k):
        if len(np.unique(permutations[g])) != len(points.vectors):
            raise does_not_close(f"generator {g}, which maps two vectors of an orbit to one")
    return permutations, np.array(points.vectors)


def _in_span(vector: NDArray[np.complex128], points: NDArray[np.complex128]) -> bool:
    coefficients = np.linalg.lstsq(points.T, vector, rcond=1e-9)[0]
    return bool(np.abs(points.T @ coefficients - vector).max() < 1e-7)


def permutation_of_matrix(matrix: NDArray[np.complex128], points: NDArray[np.complex128]) -> NDArray[np.intp] | None:
    """How a matrix permutes the points [n, d], or None if it does not."""
    moved = points @ matrix.T
    known = _Points(points.shape[1])
    here, there = known.values(points), known.values(moved)
    order, moved_order = np.argsort(here), np.argsort(there)
    if np.abs(here[order] - there[moved_order]).max() > 2 * EQUAL:
        return None  # sets of vectors that agree have values that agree
    images = np.empty(len(points), dtype=np.intp)
    images[moved_order] = order
    if np.abs(moved - points[images]).max() <= EQUAL:
        return images
    for vector in points:
        known.add(vector)
    try:
        where = np.array([known.find(vector) for vector in moved], dtype=np.intp)
    except GroupError:
        return None
    return where if np.all(where >= 0) and len(np.unique(where)) == len(points) else None
