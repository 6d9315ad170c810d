"""Intertwiners between representations of a group that is known by its generators only, by linear algebra."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from intertwine.errors import AccuracyError, RepresentationError
from intertwine.representations.index_order_frame import canonical_span

NULL, CLEAR = 1e-10, 1e-6


def numerical_intertwiners(
    algebra_in: ArrayLike,
    algebra_out: ArrayLike,
    discrete_in: ArrayLike = (),
    discrete_out: ArrayLike = (),
) -> NDArray[np.float64]:
    """[n, D_out, D_in]: an orthonormal basis of the real T with X_out T = T X_in, R_out T = T R_in for all generators.

    Parameters
    ----------
    algebra_in, algebra_out : [n_algebra, D, D] real; discrete_in, discrete_out : [n_discrete, D, D] real.

    The equations are solved whole by a singular value decomposition, O((D_in D_out)³): for small representations.
    Raises RepresentationError for matrices that do not match, AccuracyError if the rank is not clear (a singular value
    between 1e-10 and 1e-6 of the largest).
    """
    pairs = [*_pairs(algebra_in, algebra_out), *_pairs(discrete_in, discrete_out)]
    if not pairs:
        raise RepresentationError("intertwiners need generators", received="none", expected="at least one")
    d_in, d_out = len(pairs[0][0]), len(pairs[0][1])
    if any(a.shape != (d_in, d_in) or b.shape != (d_out, d_out) for a, b in pairs):
        raise RepresentationError("generators of different sizes", received=[(len(a), len(b)) for a, b in pairs])
    equations = np.concatenate([np.kron(b, np.eye(d_in)) - np.kron(np.eye(d_out), a.T) for a, b in pairs])
    _, s, vh = np.linalg.svd(equations)
    scale = max(float(s[0]), 1e-300)
    s = np.concatenate([s, np.zeros(d_in * d_out - len(s))]) / scale
    if scale <= 1e-300:
        s[:] = 0.0
    unclear = s[(s > NULL) & (s < CLEAR)]
    if unclear.size:
        raise AccuracyError("the number of intertwiners is not clear", received=f"singular value {unclear[0]:.1e}")
    rank = int(np.sum(s > NULL))
    if rank == d_in * d_out:
        return np.zeros((0, d_out, d_in))
    basis: NDArray[np.float64] = canonical_span(vh[rank:].T).T.reshape(-1, d_out, d_in)
    return basis


def _pairs(left: ArrayLike, right: ArrayLike) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    ours, theirs = np.asarray(left, dtype=np.float64), np.asarray(right, dtype=np.float64)
    if len(ours) != len(theirs):
        raise RepresentationError(
            "wrong number of generators", received=f"{len(ours)} and {len(theirs)}", expected="equal"
        )
    return list(zip(ours, theirs, strict=True))
