"""Lie algebras given by matrices: brackets, centre, derived algebra."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from intertwine.errors import GroupError

RealArray = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]
TOLERANCE = 1e-8


def algebra_array(generators: ArrayLike) -> ComplexArray:
    """[n, d, d] complex; raises GroupError for other shapes, entries that are not finite, or dependent generators."""
    try:
        X = np.array(generators, dtype=np.complex128)
    except (ValueError, TypeError) as error:
        raise GroupError("Lie algebra generators must be matrices of one size", expected="[n, d, d]") from error
    if X.ndim != 3 or X.shape[1] != X.shape[2] or 0 in X.shape:
        raise GroupError("Lie algebra generators must be square matrices", received=X.shape, expected="[n, d, d]")
    if not np.isfinite(X).all():
        raise GroupError("a Lie algebra generator contains numbers that are not finite", expected="finite entries")
    singular = np.linalg.svd(real_rows(X), compute_uv=False)
    if singular.size < len(X) or singular[-1] < TOLERANCE * singular[0]:
        raise GroupError(
            "the Lie algebra generators are linearly dependent over the real numbers",
            received=f"{len(X)} matrices of rank {int(np.sum(singular > TOLERANCE * singular[0]))}",
            fix="give a basis of the real Lie algebra",
        )
    return X


def real_rows(X: ComplexArray) -> RealArray:
    """[n, 2 d²]: matrices as real vectors."""
    flat = X.reshape(len(X), -1)
    return np.concatenate([flat.real, flat.imag], axis=1)


def structure_constants(X: ComplexArray) -> RealArray:
    """f[a, b, c] with [X_a, X_b] = Σ_c f[a, b, c] X_c; GroupError if a bracket leaves the span, by how much."""
    n = len(X)
    products = np.einsum("aij,bjk->abik", X, X)
    brackets = (products - products.transpose(1, 0, 2, 3)).reshape(n * n, *X.shape[1:])
    rows = real_rows(X)
    solution, *_ = np.linalg.lstsq(rows.T, real_rows(brackets).T, rcond=None)
    residual = np.linalg.norm(rows.T @ solution - real_rows(brackets).T, axis=0)
    worst = int(residual.argmax())
    if residual[worst] > TOLERANCE * max(1.0, float(np.linalg.norm(rows, axis=1).max()) ** 2):
        a, b = divmod(worst, n)
        raise GroupError(
            "the generators do not close under brackets",
            received=f"[X_{a}, X_{b}], which leaves their span by {residual[worst]:.1e}",
            expected="a basis of a real Lie algebra",
            fix="add the missing brackets to the list",
        )
    return np.ascontiguousarray(solution.T.reshape(n, n, n))


def orthonormalising(X: ComplexArray) -> RealArray:
    """Lower triangular L [n, n] such that the matrices Σ_b L_ab X_b are orthonormal in the Frobenius product."""
    rows = real_rows(X)
    L: RealArray = np.linalg.inv(np.linalg.cholesky(rows @ rows.T))
    return L


@dataclass(frozen=True, eq=False)
class ReductiveParts:
    """g = [g, g] + centre, bases [·, n] of both in the coordinates of the given generators."""

    semisimple: RealArray
    centre: RealArray


def reductive_parts(X: ComplexArray) -> ReductiveParts | None:
    """The parts of a reductive algebra with an orthonormal basis X [n, d, d].

    None if the algebra is not reductive: its Killing form is singular on [g, g].
    """
    f = structure_constants(X)
    n = len(f)
    derived = _row_space(f.reshape(n * n, n))
    centre = _null_space(f.transpose(1, 2, 0).reshape(n * n, n))
    if len(derived) + len(centre) != n:
        return None
    killing = np.einsum("acd,bdc->ab", f, f)
    if len(derived):
        values = np.abs(np.linalg.eigvalsh(derived @ killing @ derived.T))
        if values.min() < 1e-7 * values.max():
            return None
    if np.linalg.svd(np.concatenate([derived, centre]), compute_uv=False).min() < 1e-7:
        return None
    return ReductiveParts(_canonical(derived), _canonical(centre))


def _row_space(rows: RealArray) -> RealArray:
    _, s, vh = np.linalg.svd(rows, full_matrices=False)
    return vh[: int(np.sum(s > 1e-8 * max(1.0, float(s.max(initial=0.0)))))]


def _null_space(rows: RealArray) -> RealArray:
    _, s, vh = np.linalg.svd(rows, full_matrices=True)
    return vh[int(np.sum(s > 1e-8 * max(1.0, float(s.max(initial=0.0))))) :]


def _canonical(rows: RealArray) -> RealArray:
    """The reduced row echelon basis of a row space, which no eigensolver can change."""
    out = rows.copy()
    pivot_row = 0
    for column in range(out.shape[1]):
        if pivot_row == len(out):
            break
        best = pivot_row + int(np.abs(out[pivot_row:, column]).argmax())
        if abs(out[best, column]) < 1e-8:
            continue
        out[[pivot_row, best]] = out[[best, pivot_row]]
        out[pivot_row] /= out[pivot_row, column]
        others = np.arange(len(out)) != pivot_row
        out[others] -= np.outer(out[others, column], out[pivot_row])
        pivot_row += 1
    return np.where(np.abs(out) < 1e-12, 0.0, out)
