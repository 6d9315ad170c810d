"""Bases that people use: V_λ embedded in explicit tensors, by the same equations as the Clebsch–Gordan maps.

T : V_λ → W with T E_i = E_i^W T, T F_i = F_i^W T is unique up to a factor where W contains V_λ once. With W's
coordinates those of a physicist, T† gives the preferred basis S of V_λ.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from intertwine.errors import AccuracyError
from intertwine.groups.theory import ComplexArray, RealArray
from intertwine.representations.lie.weight_module import WeightModule

if TYPE_CHECKING:
    from intertwine.groups.defining import Defining
    from intertwine.groups.lie_spec import LieSpec

TOLERANCE = 1e-11


def embedding(module: WeightModule, raising: ComplexArray) -> ComplexArray:
    """The isometry T [d_W, d] onto the one copy of V_λ in W, given E_i^W [rank, d_W, d_W] with F_i^W = (E_i^W)†.

    Its overall phase is that of the highest-weight vector's largest entry made real. Raises AccuracyError if W
    holds V_λ never or more than once, or if the intertwining equations fail.
    """
    graph = module.graph
    lowering = raising.conj().transpose(0, 2, 1)
    d_w = raising.shape[-1]
    one = np.eye(d_w)
    top = list(raising)
    for weight, e, f in zip(graph.weights[0], raising, lowering, strict=True):
        top.append(e @ f - f @ e - weight * one)
    _, values, vh = np.linalg.svd(np.concatenate(top) if top else np.zeros((1, d_w)))
    values = np.concatenate([values, np.zeros(d_w - len(values))])
    kernel = int((values < 1e-9 * max(1.0, values[0])).sum())
    if kernel != 1:
        raise AccuracyError("the tensors hold an irrep another number of times than once", received=kernel, expected=1)
    vector = vh[-1].conj()
    largest = vector[int(np.abs(vector).argmax())]
    omega = np.einsum("iab,ibc->ac", lowering, raising)
    blocks = [(vector * (np.abs(largest) / largest))[:, None]]
    for k in range(1, len(graph.weights)):
        lowered = np.zeros((d_w, graph.counts[k]), dtype=np.complex128)
        for j, p, where in graph.parent_slices(k):
            lowered += 2 * (lowering[j] @ blocks[p]) @ module.blocks[k][:, where].T
        w, u = np.linalg.eigh(module.blocks[k] @ module.blocks[k].T)
        rotated = lowered @ u
        columns = [np.linalg.solve(omega + value * one, column) for value, column in zip(w, rotated.T, strict=True)]
        blocks.append(np.array(columns).T @ u.T)
    T = np.concatenate(blocks, axis=1)
    error = float(np.abs(T.conj().T @ T - np.eye(module.dimension)).max())
    for e, own in zip(raising, module.dense_lowering(), strict=True):
        error = max(error, float(np.abs(e @ T - T @ own.T).max()))
    if not error < TOLERANCE * max(1, d_w):
        raise AccuracyError(f"{module.dynkin} does not embed in these tensors", received=f"error {error:.1e}")
    return T


def first_entry_positive(S: ComplexArray) -> ComplexArray:
    """S times the sign that makes the real part (or, where that vanishes, the imaginary part) of its first entry
    above 1e-6 of the largest positive."""
    flat = S.ravel()
    entry = flat[int((np.abs(flat) > 1e-6 * np.abs(flat).max()).argmax())]
    leading = entry.real if abs(entry.real) > 1e-9 else entry.imag
    return S if leading > 0 else -S


def real_columns(T: ComplexArray, J: ComplexArray) -> ComplexArray:
    """S = T† with the phase for which v ↦ J conj(v) fixes its columns; W's coordinates must be real under the real
    form.

    T J = c conj(T) with |c| = 1 for an embedding in a real W. Raises AccuracyError where that is not so.
    """
    product = T @ J
    c = np.vdot(T.conj(), product) / np.vdot(T, T)
    if not np.abs(product - c * T.conj()).max() < 1e-10:
        raise AccuracyError("the tensors' coordinates are not real under the real form", received=f"|c| = {abs(c):.6f}")
    return first_entry_positive((T / np.sqrt(c)).conj().T)


def adjoint_tensors(spec: LieSpec, defining: Defining, matrices: ComplexArray) -> ComplexArray:
    """ad E_i [rank, n, n] on components along the algebra basis `matrices` [n, d, d], orthogonal and of equal norms."""
    norm = float(np.vdot(matrices[0], matrices[0]).real)
    steps = []
    for e in defining.raising:
        commutators = e @ matrices - matrices @ e
        steps.append(np.einsum("bij,aij->ba", matrices.conj(), commutators) / norm)
    return np.array(steps).reshape(spec.root_system.rank, len(matrices), len(matrices))


def symmetric_traceless(metric: tuple[int, ...]) -> RealArray:
    """Orthonormal basis [n, n, N] of symmetric traceless T^ab: √2 T^ab for a < b in order, then N_k Σ of the diagonal.

    Traceless: Σ_a η_a T^aa = 0. The k-th diagonal component is (Σ_{j<k} η_j T^jj − k η_k T^kk)/√(k(k+1)), k = 1 …
    n − 1.
    """
    n = len(metric)
    columns = []
    for a in range(n):
        for b in range(a + 1, n):
            tensor = np.zeros((n, n))
            tensor[a, b] = tensor[b, a] = np.sqrt(0.5)
            columns.append(tensor)
    for k in range(1, n):
        diagonal = np.array([1.0] * k + [-float(k)] + [0.0] * (n - k - 1)) / np.sqrt(k * (k + 1))
        columns.append(np.diag(diagonal * np.array(metric)))
    return np.stack(columns, axis=-1)


def symmetric_traceless_tensors(defining: Defining, metric: tuple[int, ...]) -> ComplexArray:
    """E_i [rank, N, N] on the components of `symmetric_traceless`."""
    basis = symmetric_traceless(metric)
    moved = np.einsum("iac,cbn->iabn", defining.raising, basis) + np.einsum("ibc,acn->iabn", defining.raising, basis)
    steps: ComplexArray = np.einsum("abm,iabn->imn", basis, moved)
    return steps


def spherical_basis(spin: int) -> ComplexArray:
    """S [2l+1, 2l+1] for integer spin on |l, m⟩, m = l … −l: columns are the real spherical harmonics, m = −l … l.

    Y_{l,m} = √2 (−1)^m Re Y_l^m for m > 0, √2 (−1)^m Im Y_l^|m| for m < 0, with scipy's Condon–Shortley Y_l^m; so
    that l = 1 in this order is (y, z, x). For l = 1 the columns are in the order (x, y, z) instead.
    """
    d = 2 * spin + 1
    U = np.zeros((d, d), dtype=np.complex128)  # real harmonics (rows) from Y_l^m, m = l … −l (columns)
    U[spin, spin] = 1
    for m in range(1, spin + 1):
        sign = (-1) ** m
        U[spin + m, spin - m], U[spin + m, spin + m] = sign * np.sqrt(0.5), np.sqrt(0.5)
        U[spin - m, spin - m], U[spin - m, spin + m] = -1j * sign * np.sqrt(0.5), 1j * np.sqrt(0.5)
    # Σ_m conj(Y_lm) |lm⟩ is the vector that rotates with its argument, and conj(Y) = Uᵀ y
    S = U.T if spin % 2 == 0 else 1j * U.T  # J|l, m⟩ = (−1)^(l−m) |l, −m⟩ fixes i^l Y
    return S[:, [2, 0, 1]] if spin == 1 else S
