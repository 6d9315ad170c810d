"""Clebsch–Gordan maps of finite groups by averaging elementary maps over the group."""

from __future__ import annotations

import numpy as np

from intertwine.errors import AccuracyError
from intertwine.groups.theory import ComplexArray
from intertwine.representations.finite.group_average import ChainRepresentation, average_intertwiners

# A projected elementary map opens a new direction when what is left of it is longer than this. The squared lengths of
# all projections sum to the multiplicity N.
ACCEPT = (1e-2, 1e-3, 1e-4)
TOLERANCE = 1e-11


def averaged_clebsch_gordan(
    left: ChainRepresentation, right: ChainRepresentation, target: ChainRepresentation, N: int
) -> ComplexArray:
    """[N, d_left, d_right, d_target]: orthonormal intertwiners target → left ⊗ right.

    The average of |ij⟩⟨0| over the group projects it to the intertwiners; these span them all because T ↦ T|0⟩ is
    injective. The ij are taken in index order, so that the maps depend on the irreps' matrices alone.

    Raises AccuracyError if there are not N of them or one is not equivariant to 1e-11.
    """
    da, db, dc = left.dimension, right.dimension, target.dimension
    for accept in ACCEPT:
        kept = np.zeros((0, da * db * dc), dtype=np.complex128)
        start, batch = 0, 2 * N
        while start < da * db and len(kept) < N:
            stop = min(start + batch, da * db)
            X = np.zeros((stop - start, da * db, dc), dtype=np.complex128)
            X[np.arange(stop - start), np.arange(start, stop), 0] = np.sqrt(dc)
            maps = average_intertwiners(left, right, target, X.reshape(-1, da, db, dc)).reshape(stop - start, -1)
            kept = _extend(kept, maps * np.sqrt(dc), N, accept)
            start, batch = stop, min(2 * batch, 256)
        if len(kept) == N:
            break
    else:
        raise AccuracyError("too few Clebsch–Gordan maps were found", received=len(kept), expected=N)
    # Normalising a short projection magnifies its rounding errors; a second average removes what is not equivariant.
    again = average_intertwiners(left, right, target, kept.reshape(N, da, db, dc)).reshape(N, -1)
    T: ComplexArray = (_orthonormal(again) * np.sqrt(dc)).reshape(N, da, db, dc)
    T.real[np.abs(T.real) < 1e-15] = 0.0
    T.imag[np.abs(T.imag) < 1e-15] = 0.0
    error = _equivariance_error(left, right, target, T)
    if error > TOLERANCE:
        raise AccuracyError("a Clebsch–Gordan map is not equivariant", received=f"{error:.1e}", expected=f"{TOLERANCE}")
    return T


def _extend(kept: ComplexArray, maps: ComplexArray, N: int, accept: float) -> ComplexArray:
    for row in maps:
        if len(kept) == N:
            break
        rest = row - (kept.conj() @ row) @ kept
        length = float(np.linalg.norm(rest))
        if length > accept:
            rest = rest / length
            rest = rest - (kept.conj() @ rest) @ kept
            kept = np.concatenate([kept, rest[None] / np.linalg.norm(rest)])
    return kept


def _orthonormal(rows: ComplexArray) -> ComplexArray:
    q, r = np.linalg.qr(rows.T)
    diagonal = np.diagonal(r)
    out: ComplexArray = (q * (diagonal / np.abs(diagonal))).T
    return out


def _equivariance_error(
    left: ChainRepresentation, right: ChainRepresentation, target: ChainRepresentation, T: ComplexArray
) -> float:
    error = 0.0
    shape = T.shape
    for u, v, w in zip(left.generators, right.generators, target.generators, strict=True):
        moved = (u @ (v @ T).reshape(shape[0], shape[1], -1)).reshape(shape)
        error = max(error, float(np.abs(moved - T @ w).max()))
    return error
