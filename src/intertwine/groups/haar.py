"""Random elements: Haar on the maximal compact subgroup, times a boost.

Classical groups: the unitary polar factor of a Gaussian matrix over ℝ, ℂ or ℍ is Haar on O(n), U(n), Sp(n) (both are
invariant under multiplication from either side; Mezzadri, Notices AMS 54 (2007) 592, for the QR form); a
determinant is put into one column.
Exceptional groups: a product of N exponentials of isotropic Gaussian vectors. By Schur's lemma each multiplies
every non-trivial irrep's mean
by one number c_λ, so that after N factors no matrix element's mean differs from Haar's by more than |c_λ|^N.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from intertwine.errors import GroupError
from intertwine.groups.lie_element import LieElement
from intertwine.groups.lie_logarithm import compact_word
from intertwine.groups.lie_spec import LieSpec

if TYPE_CHECKING:
    from intertwine.groups.lie_group import LieGroup

RealArray = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]
Generator = np.random.Generator

# Number of factors. At this width |c_λ| ≤ 0.08 was measured for the small irreps of G2, F4 and E6, and it falls
# with dimension,
# so that |c_λ|^N < 1e-11. The compact subgroups of non-compact forms may hold SU(2) and U(1) factors, with |c_λ| ≤ 0.4.
FACTORS = {"G2": 12, "F4": 11, "E6": 11, "E7": 11, "E8": 11}
FACTORS_OF_SUBGROUP = 27
WIDTH = 1.0  # of the Gaussian, in units in which long roots have length √2


def sample(group: LieGroup, rng: Generator, scale: float) -> LieElement:
    """See `LieGroup.sample`. Raises GroupError for a negative or infinite scale."""
    if not (np.isfinite(scale) and scale >= 0):
        raise GroupError("the scale of a sample is a non-negative number", received=scale)
    word = haar_word(group, rng)
    boosts = np.flatnonzero(group.algebra.is_boost)
    if len(boosts):
        direction = rng.normal(size=len(boosts))
        c = np.zeros(group.n_algebra)
        c[boosts] = direction * (scale * rng.uniform() / np.linalg.norm(direction))
        word.append(c)
    for c in word:
        c.setflags(write=False)
    return LieElement(group, tuple(word))


def haar_word(group: LieGroup, rng: Generator) -> list[RealArray]:
    """A word that is Haar on the maximal compact subgroup."""
    spec = group.spec
    draw = _COMPACT.get(spec.series)
    if draw is None:
        return gaussian_word(group, rng)
    word = compact_word(draw(spec, rng), group)
    if spec.series == "Spin" and rng.integers(2):
        word.append(_full_turn(group))
    return word


def _full_turn(group: LieGroup) -> RealArray:
    """A rotation by 2π, −1 on spinors."""
    c = np.zeros(group.n_algebra)
    if group.spec.torus_rank:
        c[-1] = 2 * np.pi
    else:
        c[int(np.flatnonzero(~group.algebra.is_boost)[0])] = 2 * np.pi
    return c


def gaussian_word(group: LieGroup, rng: Generator) -> list[RealArray]:
    """The product of Gaussian exponentials, isotropic in the Killing form."""
    kind = group.spec.root_system.type_name
    count = FACTORS[kind] if group.is_compact else FACTORS_OF_SUBGROUP
    compact = np.flatnonzero(~group.algebra.is_boost)
    whitening = np.linalg.inv(np.linalg.cholesky(group.algebra.killing_form[np.ix_(compact, compact)])).T
    word = []
    for _ in range(count):
        c = np.zeros(group.n_algebra)
        c[compact] = WIDTH * (whitening @ rng.normal(size=len(compact)))
        word.append(c)
    return word


def unitary_polar(matrix: ComplexArray) -> ComplexArray:
    """The unitary factor of the polar decomposition."""
    u, _, vh = np.linalg.svd(matrix)
    product: ComplexArray = u @ vh
    return product


def _complex_gaussian(rng: Generator, n: int) -> ComplexArray:
    real, imaginary = rng.normal(size=(2, n, n))
    return np.asarray(real + 1j * imaginary)


def haar_unitary(rng: Generator, n: int) -> ComplexArray:
    """Haar on U(n)."""
    return unitary_polar(_complex_gaussian(rng, n))


def haar_rotation(rng: Generator, n: int) -> ComplexArray:
    """Haar on SO(n)."""
    rotation = unitary_polar(rng.normal(size=(n, n)).astype(np.complex128))
    if np.linalg.det(rotation).real < 0:
        rotation[:, 0] *= -1
    return rotation


def haar_quaternionic(rng: Generator, structure: RealArray) -> ComplexArray:
    """Haar on the unitary matrices that commute with the antilinear v ↦ structure conj(v)."""
    matrix = _complex_gaussian(rng, len(structure))
    return unitary_polar(matrix + structure @ matrix.conj() @ np.linalg.inv(structure))


def _blocks(a: ComplexArray, b: ComplexArray) -> ComplexArray:
    zero = np.zeros((len(a), len(b)))
    return np.block([[a, zero], [zero.T, b]])


def _special_unitary(spec: LieSpec, rng: Generator) -> ComplexArray:
    p, q = (*spec.parameters, 0)[:2]
    unitary = _blocks(haar_unitary(rng, p), haar_unitary(rng, q)) if q else haar_unitary(rng, p)
    unitary[:, 0] /= np.linalg.det(unitary)
    return unitary


def _orthogonal(spec: LieSpec, rng: Generator) -> ComplexArray:
    if spec.torus_rank:
        return np.asarray(np.exp(2j * np.pi * rng.uniform(size=(1, 1))))
    p, q = (*spec.parameters, 0)[:2]
    return _blocks(haar_rotation(rng, p), haar_rotation(rng, q)) if q else haar_rotation(rng, p)


def _symplectic(spec: LieSpec, rng: Generator) -> ComplexArray:
    """Sp(2n), and Sp(p) × Sp(q) interleaved as (z_1 … z_{p+q}, w_1 …)."""
    parts = spec.parameters if len(spec.parameters) == 2 else (spec.parameters[0] // 2,)
    n = sum(parts)
    matrix = np.zeros((2 * n, 2 * n), dtype=np.complex128)
    start = 0
    for m in parts:
        where = np.concatenate([np.arange(start, start + m), np.arange(n + start, n + start + m)])
        omega = np.kron(np.array([[0.0, 1.0], [-1.0, 0.0]]), np.eye(m))
        matrix[np.ix_(where, where)] = haar_quaternionic(rng, omega)
        start += m
    return matrix


def _symplectic_real(spec: LieSpec, rng: Generator) -> ComplexArray:
    u = haar_unitary(rng, spec.parameters[0] // 2)
    return np.block([[u.real, -u.imag], [u.imag, u.real]]).astype(np.complex128)


def _linear_quaternionic(spec: LieSpec, rng: Generator) -> ComplexArray:
    n = spec.parameters[0]
    return haar_quaternionic(rng, np.fliplr(np.diag((-1.0) ** np.arange(n))))


def _orthogonal_quaternionic(spec: LieSpec, rng: Generator) -> ComplexArray:
    n = spec.parameters[0]
    turn = np.kron(np.eye(n // 2), np.array([[0.0, -1.0], [1.0, 0.0]]))
    matrix = rng.normal(size=(n, n))
    return unitary_polar((matrix - turn @ matrix @ turn).astype(np.complex128))


_COMPACT: dict[str, Callable[[LieSpec, Generator], ComplexArray]] = {
    "SU": _special_unitary,
    "U": lambda spec, rng: haar_unitary(rng, spec.parameters[0]),
    "SLC": lambda spec, rng: _special_unitary_of(spec.parameters[0], rng),
    "SL": lambda spec, rng: haar_rotation(rng, spec.parameters[0]),
    "SO": _orthogonal,
    "Spin": _orthogonal,
    "Sp": _symplectic,
    "SpR": _symplectic_real,
    "SU*": _linear_quaternionic,
    "SO*": _orthogonal_quaternionic,
}


def _special_unitary_of(n: int, rng: Generator) -> ComplexArray:
    unitary = haar_unitary(rng, n)
    unitary[:, 0] /= np.linalg.det(unitary)
    return unitary
