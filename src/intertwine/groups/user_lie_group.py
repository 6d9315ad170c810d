"""A connected Lie group given by Lie algebra generators in one faithful representation, once it has been identified."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from intertwine.errors import AccuracyError, GroupError
from intertwine.groups.chevalley_basis import chevalley_basis
from intertwine.groups.lie_element import LieElement
from intertwine.groups.lie_group import LieGroup
from intertwine.groups.lie_spec import LieSpec
from intertwine.groups.real_algebra import RealAlgebra
from intertwine.groups.real_form import RealForm
from intertwine.groups.real_form_names import algebra_name
from intertwine.groups.root_system import RootSystem
from intertwine.groups.structure_constants import algebra_array, orthonormalising, reductive_parts, structure_constants
from intertwine.groups.weight_lattice import charge_lattice, lattice_congruences

ComplexArray = NDArray[np.complex128]
FACTORS = 27  # of Gaussian exponentials in a sample: matrix elements are Haar's to about 1e-11
MEMBERSHIP = 1e-8


class UserAlgebra(RealAlgebra):
    """The user's basis, written in a Chevalley basis."""

    def __init__(self, form: RealForm, torus_rank: int, coordinates: ComplexArray) -> None:
        super().__init__(form, torus_rank)
        p = len(form.root_system.positive_roots)
        self.generic = self.coordinates
        self.generic_is_boost = self.is_boost
        self.coordinates = coordinates
        # anti-Hermitian: F = −conj(E), imaginary on the Cartan subalgebra; everything else needs a general exponential
        compact = np.abs(coordinates[:, p : 2 * p] + coordinates[:, :p].conj()).max(axis=1, initial=0.0)
        compact = np.maximum(compact, np.abs(coordinates[:, 2 * p :].real).max(axis=1, initial=0.0))
        self.is_boost = compact > 1e-12


class UserLieGroup(LieGroup):
    """The connected group that exponentials of the given generators generate.

    Attributes
    ----------
    matrices : [n, d, d], the generators as they were given; `exp(c)` is exp(Σ_a c_a matrices_a).
    identified : what the Lie algebra is, "su(3)+u(1)".
    """

    def __init__(self, spec: LieSpec, algebra: UserAlgebra, matrices: ComplexArray, identified: str) -> None:
        super().__init__(spec)
        self.__dict__["algebra"] = algebra
        self.__dict__["defining"] = None
        self.matrices = matrices
        self.identified = identified

    def sample(self, rng: np.random.Generator, scale: float = 1.0) -> LieElement:
        """Haar (to 1e-11) on the maximal compact subgroup, times a boost of norm ≤ scale."""
        if not (np.isfinite(scale) and scale >= 0):
            raise GroupError("the scale of a sample is a non-negative number", received=scale)
        algebra: Any = self.algebra
        standard = RealAlgebra(self.spec.real_form, self.spec.torus_rank)
        torus = self.spec.torus_rank
        compact = np.flatnonzero(~standard.is_boost)[: int((~standard.is_boost).sum()) - torus]
        boosts = np.flatnonzero(standard.is_boost)
        words = []
        whitening = np.linalg.inv(np.linalg.cholesky(standard.killing_form[np.ix_(compact, compact)])).T
        for _ in range(FACTORS if len(compact) else 0):
            c = np.zeros(self.n_algebra)
            c[compact] = whitening @ rng.normal(size=len(compact))
            words.append(c)
        if torus:
            c = np.zeros(self.n_algebra)
            c[self.n_algebra - torus :] = rng.uniform(0, 2 * np.pi, size=torus)
            words.append(c)
        if len(boosts):
            direction = rng.normal(size=len(boosts))
            c = np.zeros(self.n_algebra)
            c[boosts] = direction * (scale * rng.uniform() / np.linalg.norm(direction))
            words.append(c)
        to_user = (standard.coordinates @ np.linalg.inv(algebra.coordinates)).real
        element = self.identity
        for c in words:
            element = element @ self.exp(c @ to_user)
        return element

    def element(self, matrix: ArrayLike) -> LieElement:
        """The element with this matrix [d, d] in the given representation, through the principal logarithm.

        Raises GroupError for a matrix that is not in the group, or whose principal logarithm is not in its algebra.
        """
        from scipy.linalg import expm, logm

        given = np.asarray(matrix, dtype=np.complex128)
        if given.shape != self.matrices.shape[1:] or not np.isfinite(given).all():
            raise GroupError("a matrix of the group", received=given.shape, expected=self.matrices.shape[1:])
        if np.linalg.matrix_rank(given) < len(given):
            raise GroupError("the matrix is singular, so it is no group element", received="rank below its size")
        rows = self._rows(self.matrices)
        log = np.asarray(logm(given))
        c = np.linalg.lstsq(rows.T, self._rows(log[None])[0], rcond=None)[0]
        error = float(np.abs(expm(np.tensordot(c, self.matrices, axes=1)) - given).max())
        if error > MEMBERSHIP * max(1.0, float(np.abs(given).max())):
            raise GroupError(
                f"the matrix is not an element of {self}, or its principal logarithm is not in the Lie algebra",
                received=f"off by {error:.1e}",
                expected="exp of a combination of the generators",
                fix="give a product of elements near the unit, factor by factor",
            )
        return self.exp(c)

    @staticmethod
    def _rows(matrices: ComplexArray) -> NDArray[np.float64]:
        flat = matrices.reshape(len(matrices), -1)
        return np.concatenate([flat.real, flat.imag], axis=1)

    def defining_matrix(self, element: LieElement) -> NDArray[Any]:
        """[d, d]: the product of the word's exponentials in the given representation."""
        from scipy.linalg import expm

        total: NDArray[Any] = np.eye(self.matrices.shape[1], dtype=np.complex128)
        for c in element.word:
            total = total @ expm(np.tensordot(c, self.matrices, axes=1))
        return total.real.copy() if not np.any(self.matrices.imag) else total

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, UserLieGroup):
            return False
        return self is other or (self.spec == other.spec and np.array_equal(self.matrices, other.matrices))

    def __hash__(self) -> int:
        return hash(self.name)

    def __repr__(self) -> str:
        return f'user_group("{self.name}", {self.identified})'


def identified_group(generators: ArrayLike, name: str | None = None) -> UserLieGroup | str:
    """The group with these generators [n, d, d], or the reason why it cannot be identified.

    Raises GroupError if the generators are no basis of a Lie algebra.
    """
    X = algebra_array(generators)
    given = structure_constants(X)
    # Ranks and eigenvectors are found in a basis that is orthonormal in the Frobenius product, whatever the given one.
    L = orthonormalising(X)
    Y = np.tensordot(L, X, axes=1)
    f = structure_constants(Y)
    parts = reductive_parts(Y)
    if parts is None:
        return "the algebra is not reductive"
    n, m = len(X), len(parts.centre)
    if len(parts.semisimple):
        preferred = [c @ np.linalg.inv(L) for c in commuting_combinations(given)]
        basis = chevalley_basis(f, parts.semisimple, preferred)
        form, rows = basis.form, basis.rows
    else:
        form, rows = RealForm.compact(RootSystem(np.zeros((0, 0)))), np.zeros((0, n), dtype=np.complex128)
    rank = form.root_system.rank
    weights = _weights(Y, rows[len(rows) - rank :], parts.centre)
    if isinstance(weights, str):
        return weights
    dynkin, charges = weights
    torus = charge_lattice(charges) if m else (np.zeros((0, 0)), np.zeros((len(dynkin), 0), dtype=np.int64))
    if torus is None:
        return "the charges of its centre are not commensurate"
    lattice, integers = torus
    # A generator of the centre acts on integer charges q as i q·(column of the lattice).
    full = np.zeros((n, len(rows) + m), dtype=np.complex128)
    frame = np.concatenate([rows, parts.centre.astype(np.complex128)])
    # X_a = Σ_b (L⁻¹)_ab Y_b, and Y_b over (Chevalley basis, centre).
    coordinates = np.linalg.inv(L) @ np.linalg.inv(frame)
    full[:, : len(rows)] = coordinates[:, : len(rows)]
    full[:, len(rows) :] = 1j * coordinates[:, len(rows) :] @ lattice.T
    algebra = UserAlgebra(form, m, full)
    hint = "the weights of the given representation and its tensor powers are those of the group"
    conjugates = [[*(row[t] for t in form.tau), *charge] for row, charge in zip(dynkin, integers.tolist(), strict=True)]
    all_rows = [[*row, *charge] for row, charge in zip(dynkin, integers.tolist(), strict=True)] + conjugates
    congruences = lattice_congruences(all_rows, rank, hint)
    identified = algebra_name(form, orthogonal=any(c.modulus > 1 for c in congruences)) if rank else ""
    identified = "+".join([part for part in (identified,) if part] + ["u(1)"] * m)
    digest = hashlib.sha256(np.ascontiguousarray(np.round(X, 9) + 0.0).tobytes()).hexdigest()[:8]
    spec = LieSpec(name or f"{identified}[{digest}]", "user", (X.shape[1],), form, m, congruences, _naming(form, m))
    group = UserLieGroup(spec, algebra, X, identified)
    return group


def commuting_combinations(f: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """For each generator a generic combination of it and later-found generators that commute with it, [n] each."""
    n = len(f)
    out = []
    primes = np.array([2.0, 3, 5, 7, 11, 13, 17, 19])
    for first in range(n):
        commuting = [first]
        for k in range(n):
            if k != first and len(commuting) < len(primes) and all(np.abs(f[k, c]).max() < 1e-9 for c in commuting):
                commuting.append(k)
        weights = np.zeros(n)
        weights[commuting] = np.sqrt(primes[: len(commuting)])
        out.append(weights)
    return out


def _naming(form: RealForm, torus_rank: int) -> str:
    kinds = [(c.letter, c.rank) for c in form.root_system.components]
    if torus_rank == 0 and kinds == [("A", 1)]:
        return "spin"
    if torus_rank == 0 and kinds == [("A", 1), ("A", 1)]:
        return "pair"
    if not kinds and torus_rank == 1:
        return "charge"
    if len(kinds) == 1:
        return "dimension and charge" if torus_rank == 1 else "dimension" if torus_rank == 0 else "tuple"
    return "tuple"


def _weights(
    X: ComplexArray, cartan: ComplexArray, centre: NDArray[np.float64]
) -> tuple[list[list[int]], NDArray[np.float64]] | str:
    """Dynkin labels and charges of a weight basis of the given representation, or why there are none."""
    H = np.tensordot(cartan, X, axes=1)
    Z = np.tensordot(centre, X, axes=1)
    operators = np.concatenate([H.reshape(-1, *X.shape[1:]), Z.reshape(-1, *X.shape[1:])])
    if not len(operators):
        return "the algebra is empty"
    generic = np.tensordot(np.sqrt(np.arange(2, 2 + len(operators)) + 0.3) % 1.0 + 0.1, operators, axes=1)
    _, vectors = np.linalg.eig(generic)
    if np.linalg.cond(vectors) > 1e10:
        return "its Cartan subalgebra does not act diagonalisably"
    # Clusters of equal eigenvalues share their weight; a diagonal entry in V⁻¹ O V is the weight only if O is diagonal.
    values = np.linalg.inv(vectors) @ operators @ vectors
    diagonal = np.diagonal(values, axis1=1, axis2=2)
    off = values - diagonal[:, :, None] * np.eye(X.shape[1])
    if np.abs(off).max() > 1e-5 * max(1.0, float(np.abs(values).max())):
        return "its centre does not act diagonalisably"
    r = len(cartan)
    labels = np.rint(diagonal[:r].real).astype(int).T
    if r and np.abs(diagonal[:r].T - labels).max() > 1e-6:
        raise AccuracyError(
            "weights that are not integers", received=np.abs(diagonal[:r].T - labels).max(), expected="1e-6"
        )
    charges = diagonal[r:].T
    if charges.size and np.abs(charges.real).max() > 1e-7 * max(1.0, float(np.abs(charges).max())):
        return "its centre is not compact"
    return labels.tolist(), charges.imag
