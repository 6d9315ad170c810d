"""Lie algebra bases that physicists use, found in the defining representation and written in Chevalley coordinates."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from intertwine.errors import GroupError
from intertwine.groups.chevalley import root_vectors
from intertwine.groups.lie_spec import LieSpec
from intertwine.groups.real_algebra import RealAlgebra

if TYPE_CHECKING:
    from intertwine.groups.defining import Defining
    from intertwine.groups.lie_group import LieGroup

ComplexArray = NDArray[np.complex128]
RealArray = NDArray[np.float64]


def physical_algebra(spec: LieSpec, defining: Defining | None) -> RealAlgebra:
    """The real algebra in the basis of `LieGroup.algebra`."""
    generic = RealAlgebra(spec.real_form, spec.torus_rank)
    wanted = None if defining is None else _wanted(spec)
    if defining is None or wanted is None:
        return generic
    own = algebra_matrices(spec, defining, generic)
    flat_own, flat_wanted = _real_rows(own[: len(own) - spec.torus_rank]), _real_rows(wanted)
    change, _, rank, _ = np.linalg.lstsq(flat_own.T, flat_wanted.T, rcond=None)
    error = float(np.abs(flat_own.T @ change - flat_wanted.T).max())
    if rank != len(own) - spec.torus_rank or error > 1e-12:
        raise GroupError(
            f"the physicist's basis does not span the Lie algebra of {spec.name}", received=f"error {error:.1e}"
        )
    full = np.eye(len(own))
    full[: len(wanted), : len(wanted)] = np.where(np.abs(change.T) > 1e-13, change.T, 0.0)
    return RealAlgebra(spec.real_form, spec.torus_rank, full)


def _real_rows(matrices: ComplexArray) -> RealArray:
    flat = matrices.reshape(len(matrices), -1)
    return np.concatenate([flat.real, flat.imag], axis=1)


def algebra_matrices(spec: LieSpec, defining: Defining, algebra: RealAlgebra) -> ComplexArray:
    """[n, d, d]: the basis X_a in the defining representation."""
    d, system = defining.dimension, spec.root_system
    roots = np.array(root_vectors(list(defining.raising), system)).reshape(-1, d, d)
    lowering = roots.conj().transpose(0, 2, 1)
    cartan = [roots[i] @ lowering[i] - lowering[i] @ roots[i] for i in range(system.rank)]
    torus = [q * np.eye(d) for q in defining.charges]
    parts = np.concatenate([roots, lowering, np.array([*cartan, *torus]).reshape(-1, d, d)])
    matrices: ComplexArray = np.tensordot(algebra.coordinates, parts, axes=1)
    return matrices


def _wanted(spec: LieSpec) -> ComplexArray | None:
    if spec.series in ("SO", "Spin") and not spec.torus_rank:
        p, q = (*spec.parameters, 0)[:2]
        return np.array([rotation_generator(a, b, p, p + q) for a, b in _planes(p, q)])
    if spec.series in ("SU", "U") and len(spec.parameters) == 1 and spec.parameters[0] > 1:
        return -0.5j * gell_mann(spec.parameters[0])
    if spec.series == "SLC" and spec.parameters == (2,):
        sigma = gell_mann(2)
        return np.concatenate([-0.5j * sigma, 0.5 * sigma])
    return None


def _planes(p: int, q: int) -> list[tuple[int, int]]:
    """The planes (a, b) in the order of the generators."""
    if (p, q) == (3, 0):
        return [(1, 2), (2, 0), (0, 1)]
    if (p, q) == (1, 3):
        return [(2, 3), (3, 1), (1, 2), (0, 1), (0, 2), (0, 3)]
    return list(combinations(range(p + q), 2))


def rotation_generator(a: int, b: int, p: int, n: int) -> ComplexArray:
    """X_ab of SO(p, n − p): turns axis a towards axis b, or boosts where their metric signs differ."""
    matrix = np.zeros((n, n), dtype=np.complex128)
    matrix[b, a] = 1
    matrix[a, b] = -1 if (a < p) == (b < p) else 1
    return matrix


def gell_mann(n: int) -> ComplexArray:
    """[n² − 1, n, n]: the generalised Gell-Mann matrices, tr λ_a λ_b = 2 δ_ab; n = 2 gives σ_x, σ_y, σ_z, n = 3
    λ_1 … λ_8.

    For each k = 2 … n: the symmetric and antisymmetric pairs (j, k), j < k, then the diagonal one.
    """
    matrices = []
    for k in range(1, n):
        for j in range(k):
            symmetric, antisymmetric = np.zeros((2, n, n), dtype=np.complex128)
            symmetric[j, k] = symmetric[k, j] = 1
            antisymmetric[j, k], antisymmetric[k, j] = -1j, 1j
            matrices += [symmetric, antisymmetric]
        diagonal = np.diag([1.0] * k + [-float(k)] + [0.0] * (n - k - 1)) * np.sqrt(2 / (k * (k + 1)))
        matrices.append(diagonal.astype(np.complex128))
    return np.array(matrices)


def boost_coefficients(group: LieGroup, rapidity: float, axis: RealArray) -> RealArray:
    """Coefficients of a boost; raises GroupError for a group without one time direction and for a zero axis."""
    spec = group.spec
    is_lorentz = spec.series in ("SO", "Spin") and len(spec.parameters) == 2 and 1 in spec.parameters
    is_sl2c = spec.series == "SLC" and spec.parameters == (2,)
    if not (is_lorentz or is_sl2c):
        raise GroupError(
            f"{group.name} has no boosts along an axis",
            expected="SO(1,n), SO(n,1), Spin(1,n) or SL(2,C)",
            fix="use group.exp(coefficients) or group.sample(rng, scale)",
        )
    n = 3 if is_sl2c else sum(spec.parameters) - 1
    length = float(np.linalg.norm(axis)) if axis.shape == (n,) else 0.0
    if not (np.isfinite(rapidity) and np.isfinite(length) and length > 0):
        raise GroupError(
            "a boost needs a finite rapidity and a spatial axis",
            received=(rapidity, axis.tolist()),
            expected=f"{n} components",
        )
    coefficients = np.zeros(group.n_algebra)
    direction = rapidity * axis / length
    if is_sl2c:
        coefficients[3:] = direction
        return coefficients
    p, q = spec.parameters
    # with the metric (+ … +, −) time is the last axis, and X_ab for a spatial, b time is the same symmetric matrix
    planes = _planes(p, q)
    time = 0 if p == 1 else n
    for position, pair in enumerate(planes):
        if time in pair:
            space = pair[0] if pair[1] == time else pair[1]
            coefficients[position] = direction[space - 1 if time == 0 else space]
    return coefficients
