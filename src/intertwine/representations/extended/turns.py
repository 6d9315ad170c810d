"""Half turns of SO(n, C) as complex combinations of the real Lie algebra's basis."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from intertwine.errors import AccuracyError, GroupError
from intertwine.groups.lie_group import LieGroup
from intertwine.groups.physical_algebra import algebra_matrices, rotation_generator


def turn_coefficients(group: LieGroup, diagonal: NDArray[np.int64]) -> NDArray[np.complex128]:
    """c [n_algebra] with exp(Σ_a c_a X_a) = diag(±1) on vectors, for an even number of minus signs.

    Axes are paired within the blocks of the metric (turns by π); a pair across them is a boost by iπ.
    """
    spec = group.spec
    flipped = np.flatnonzero(np.asarray(diagonal) == -1).tolist()
    if not flipped:
        return np.zeros(group.n_algebra, dtype=np.complex128)
    if len(flipped) % 2 or spec.torus_rank or group.defining is None:
        raise GroupError("not a half turn of a special orthogonal group", received=(group.name, diagonal.tolist()))
    p, n = spec.parameters[0], sum(spec.parameters)
    plus, minus = [a for a in flipped if a < p], [a for a in flipped if a >= p]
    pairs = [(block[i], block[i + 1]) for block in (plus, minus) for i in range(0, len(block) - 1, 2)]
    target = np.zeros((n, n), dtype=np.complex128)
    for a, b in pairs:
        target += np.pi * rotation_generator(a, b, p, n)
    if len(plus) % 2:
        target += 1j * np.pi * rotation_generator(plus[-1], minus[-1], p, n)
    basis = algebra_matrices(spec, group.defining, group.algebra).reshape(group.n_algebra, -1)
    solution, *_ = np.linalg.lstsq(basis.T, target.ravel(), rcond=None)
    if np.abs(basis.T @ solution - target.ravel()).max() > 1e-12 * np.abs(target).max():
        raise AccuracyError("a half turn outside the Lie algebra", received=(group.name, flipped))
    return np.asarray(solution, dtype=np.complex128)
