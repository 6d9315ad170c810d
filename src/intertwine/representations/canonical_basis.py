"""Bases fixed by a projector alone, so that no LAPACK build can change them.

The rule: Gram–Schmidt of P e_1, P e_2, … in index order; a column is accepted when its residual norm
exceeds 1e-3; its first component above 1e-6 is made positive.
"""

from __future__ import annotations

import numpy as np

from intertwine.errors import AccuracyError
from intertwine.groups.theory import ComplexArray, RealArray

ACCEPT = 1e-3
SIGNIFICANT = 1e-6


def first_positive(vector: RealArray) -> RealArray:
    """±vector, with its first component above 1e-6 of the largest positive."""
    found: RealArray = all_first_positive(vector[None])[0]
    return found


def all_first_positive(vectors: RealArray) -> RealArray:
    """`first_positive` of every row [n, …]."""
    flat = vectors.reshape(len(vectors), -1)
    size = np.abs(flat)
    first = (size > SIGNIFICANT * size.max(axis=1, keepdims=True)).argmax(axis=1)
    signs = np.where(flat[np.arange(len(flat)), first] < 0, -1.0, 1.0)
    return vectors * signs.reshape(-1, *[1] * (vectors.ndim - 1))


def gram_schmidt(candidates: RealArray, rank: int) -> RealArray:
    """[n, rank]: the orthonormal columns that the rule accepts among the columns of candidates [n, n_candidates].

    Raises AccuracyError when they are not rank many.
    """
    accepted = np.zeros((candidates.shape[0], rank))
    count = 0
    for column in candidates.T:
        if count == rank:
            break
        known = accepted[:, :count]
        vector = column - known @ (known.T @ column)
        if np.linalg.norm(vector) <= ACCEPT:
            continue
        vector = vector / np.linalg.norm(vector)
        vector = vector - known @ (known.T @ vector)  # twice is enough
        accepted[:, count] = first_positive(vector / np.linalg.norm(vector))
        count += 1
    if count != rank:
        raise AccuracyError("a projector has another rank than it must have", received=count, expected=rank)
    return accepted


def projector_basis(projector: RealArray) -> RealArray:
    """[n, rank]: the canonical orthonormal basis of the image of a symmetric projector [n, n]."""
    return gram_schmidt(projector, round(float(np.trace(projector))))


def real_structure_basis(J: ComplexArray) -> ComplexArray:
    """Unitary S [d, d] whose columns are fixed by v ↦ J conj(v), for J conj(J) = 1.

    (1 + 𝒥)/2 with 𝒥v = J conj(v) is a real-linear projector on the real space of fixed vectors; the rule is
    applied to the images of e_1, i e_1, e_2, i e_2, …, in each block of J by itself. A weight vector e_μ
    and its partner J e_μ thus give (e + Je)/√2 and i(e − Je)/√2.
    """
    d = J.shape[0]
    if np.abs(J - np.eye(d)).max() < 1e-14:
        return np.eye(d, dtype=np.complex128)
    S = np.zeros((d, d), dtype=np.complex128)
    start = 0
    for block in _blocks(np.abs(J) > 1e-9):
        n = block.size
        sub = J[np.ix_(block, block)]
        one = np.eye(n)
        images = np.empty((n, 2 * n), dtype=np.complex128)
        images[:, 0::2] = (one + sub) / 2
        images[:, 1::2] = 1j * (one - sub) / 2
        real = gram_schmidt(np.concatenate([images.real, images.imag]), n)
        S[block, start : start + n] = real[:n] + 1j * real[n:]
        start += n
    return S


def _blocks(pattern: np.ndarray) -> list[np.ndarray]:
    """The connected index sets of a non-zero pattern, each sorted, by smallest index."""
    linked = pattern | pattern.T
    seen = np.zeros(pattern.shape[0], dtype=bool)
    blocks = []
    for first in range(pattern.shape[0]):
        if seen[first]:
            continue
        seen[first] = True
        members, frontier = [first], [first]
        while frontier:
            reached = np.flatnonzero(linked[frontier].any(axis=0) & ~seen)
            seen[reached] = True
            frontier = reached.tolist()
            members.extend(frontier)
        blocks.append(np.sort(np.array(members)))
    return blocks
