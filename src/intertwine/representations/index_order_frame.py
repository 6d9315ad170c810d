"""Bases that depend on a subspace alone, not on the eigensolver that found it.

Eigenvectors of degenerate matrices differ between LAPACK builds. Gram–Schmidt of the projections of e_1, e_2, … in
index order depends on the projector only, so that every machine builds the same irreps and Clebsch–Gordan tables.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from intertwine.errors import AccuracyError

Scalar = TypeVar("Scalar", np.float64, np.complex128)

ACCEPT = 1e-3  # residual norm, relative to the longest column, above which a column opens a new direction


def first_independent_columns(columns: NDArray[Scalar], rank: int) -> list[int]:
    """The first `rank` columns of a [m, n] array, in index order, whose residual against the earlier ones is not small.

    Raises AccuracyError when no threshold down to 1e-7 of the longest column gives that many.
    """
    norms = np.einsum("ij,ij->j", columns.conj(), columns).real
    scale = float(norms.max(initial=0.0))
    for threshold in (ACCEPT, 1e-5, 1e-7):
        residual = columns.copy()
        accepted: list[int] = []
        start = 0
        while len(accepted) < rank:
            squares = np.einsum("ij,ij->j", residual[:, start:].conj(), residual[:, start:]).real
            above = squares > threshold**2 * scale
            if not above.any():
                break
            k = start + int(above.argmax())
            q = residual[:, k] / np.sqrt(squares[k - start])
            residual -= np.outer(q, q.conj() @ residual)
            accepted.append(k)
            start = k + 1
        if len(accepted) == rank and scale > 0:
            return accepted
    raise AccuracyError("too few independent vectors for a basis", received=len(accepted), expected=rank)


def canonical_frame(columns: NDArray[Scalar], rank: int) -> NDArray[Scalar]:
    """Orthonormal basis [m, rank] of the span of `columns` [m, n]: Gram–Schmidt in index order, ⟨q, column⟩ > 0.

    With the columns P e_1, P e_2, … of a projector this is the canonical basis of its image.
    """
    accepted = first_independent_columns(columns, rank)
    q, r = np.linalg.qr(columns[:, accepted])
    diagonal = np.diagonal(r)
    frame: NDArray[Scalar] = q * (diagonal / np.abs(diagonal))
    return frame


def canonical_span(vectors: NDArray[Scalar]) -> NDArray[Scalar]:
    """The canonical basis of the space spanned by orthonormal `vectors` [m, rank]; the first entry of each is
    positive."""
    return canonical_frame(vectors @ vectors.conj().T, vectors.shape[1])
