"""Defining representations as explicit matrices E_i, F_i = E_i† in the basis that people use.

SO(p,q) acts on real (x_1 … x_p; x_{p+1} … x_n) with metric (+ … +, − … −), so SO(3) on (x, y, z) and SO(1,3) on
(E, px, py, pz);
SU(p,q), U(n), SL(n,C) on (z_1 … z_n); SL(n,R) on real (x_1 … x_n); Sp(2n,R) on (q_1 … q_n, p_1 … p_n); Sp(2n) and
Sp(p,q) on (z_1 … z_n, w_1 … w_n) = z + w j; G2 on the imaginary octonions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from intertwine.errors import GroupError
from intertwine.groups.lie_spec import LieSpec
from intertwine.groups.octonions import g2_raising

ComplexArray = NDArray[np.complex128]


@dataclass(frozen=True)
class Defining:
    """A defining representation.

    Attributes
    ----------
    dynkin, charges: its label.
    raising: complex [rank, d, d], the E_i; F_i is the conjugate transpose.
    is_real: whether the group's matrices are real in this basis.
    metric: the diagonal of the invariant real or Hermitian form, or None where none is diagonal.
    """

    dynkin: tuple[int, ...]
    charges: tuple[int, ...]
    raising: ComplexArray
    is_real: bool
    metric: tuple[int, ...] | None = None

    @property
    def dimension(self) -> int:
        """d."""
        return int(self.raising.shape[-1])


def defining_representation(spec: LieSpec) -> Defining | None:
    """The defining representation of a named group, or None for F4, E6, E7, E8, whose matrices nobody knows by heart.

    Raises GroupError if the matrices do not belong to the specification's Cartan matrix and real form.
    """
    build = _SERIES.get(spec.series)
    if build is None:
        return None
    defining = build(spec)
    _check(spec, defining)
    return defining


def _unit(d: int, i: int, j: int) -> ComplexArray:
    matrix = np.zeros((d, d), dtype=np.complex128)
    matrix[i, j] = 1
    return matrix


def _first(spec: LieSpec) -> tuple[int, ...]:
    return (1,) + (0,) * (spec.root_system.rank - 1) if spec.root_system.rank else ()


def _linear_steps(n: int) -> ComplexArray:
    return np.array([_unit(n, i, i + 1) for i in range(n - 1)]).reshape(n - 1, n, n)


def _unitary(spec: LieSpec) -> Defining:
    p, q = (*spec.parameters, 0)[:2]
    n = p + q
    return Defining(_first(spec), (1,) * spec.torus_rank, _linear_steps(n), False, (1,) * p + (-1,) * q)


def _linear_complex(spec: LieSpec) -> Defining:
    n = spec.parameters[0]
    steps = _linear_steps(n)
    return Defining(_first(spec), (), np.concatenate([steps, np.zeros_like(steps)]), False)


def _linear_quaternionic(spec: LieSpec) -> Defining:
    return Defining(_first(spec), (), _linear_steps(spec.parameters[0]), False)


def _linear_real(spec: LieSpec) -> Defining:
    n = spec.parameters[0]
    # J e_k = c_k e_{n+1−k} with c_{k+1} = −s_k c_k; real vectors e_k + c_k e_k', i(e_k − c_k e_k')
    c = [1]
    for s in spec.real_form.signs:
        c.append(-s * c[-1])
    basis = np.zeros((n, n), dtype=np.complex128)
    for k in range(n // 2):
        basis[k, 2 * k], basis[n - 1 - k, 2 * k] = np.sqrt(0.5), c[k] * np.sqrt(0.5)
        basis[k, 2 * k + 1], basis[n - 1 - k, 2 * k + 1] = 1j * np.sqrt(0.5), -1j * c[k] * np.sqrt(0.5)
    if n % 2:
        basis[n // 2, n - 1] = 1 if c[n // 2] == 1 else 1j
    return Defining(_first(spec), (), basis.conj().T @ _linear_steps(n) @ basis, True)


def _symplectic_steps(n: int) -> ComplexArray:
    """E_i of C_n on (z, w): e_i − e_{i+1} for i < n, then 2 e_n."""
    steps = [_unit(2 * n, i, i + 1) - _unit(2 * n, n + i + 1, n + i) for i in range(n - 1)]
    return np.array([*steps, _unit(2 * n, n - 1, 2 * n - 1)])


def _symplectic(spec: LieSpec) -> Defining:
    p, q = spec.parameters if len(spec.parameters) == 2 else (spec.parameters[0] // 2, 0)
    return Defining(_first(spec), (), _symplectic_steps(p + q), False, ((1,) * p + (-1,) * q) * 2)


def _symplectic_real(spec: LieSpec) -> Defining:
    n = spec.parameters[0] // 2
    one = np.eye(n)
    basis = np.block([[one, 1j * one], [one, -1j * one]]) / np.sqrt(2)  # z = (q + ip)/√2, w its conjugate
    return Defining(_first(spec), (), basis.conj().T @ _symplectic_steps(n) @ basis, True)


def _orthogonal(spec: LieSpec) -> Defining:
    if spec.torus_rank:  # SO(2): charge 1, z = x + iy
        return Defining((), (1,), np.zeros((0, 1, 1), dtype=np.complex128), False)
    p, q = (*spec.parameters, 0)[:2]
    if spec.series == "SO*":
        return Defining(_vector_label(spec, p), (), _orthogonal_steps(p, _planes(spec, p, 0)), False)
    n, eta = p + q, np.array([1] * p + [-1] * q)
    planes = _planes(spec, p, q)
    scale = np.where(eta == 1, 1, 1j)
    steps = _orthogonal_steps(n, planes) * scale[None, None, :] / scale[None, :, None]
    steps *= _PHASES.get((p, q), 1)
    tau, signs = spec.real_form.tau, spec.real_form.signs
    for i, (t, s) in enumerate(zip(tau, signs, strict=True)):
        # of two nodes that τ swaps the second's phase is free; it is chosen so that s = +1
        if i < t and np.abs(steps[i].conj() + s * steps[t].conj().T).max() > 0.5:
            steps[t] = -steps[t]
    return Defining(_vector_label(spec, n), (), steps, True, tuple(eta.tolist()))


# So that E_i are J_+ of the spin matrices with Condon–Shortley's phases, as for SU(2) and SL(2,C).
_PHASES = {(3, 0): -1, (1, 3): -1}


def _vector_label(spec: LieSpec, n: int) -> tuple[int, ...]:
    """The vector: (2) for B1 = A1, (1,1) for D2 = A1 × A1, else (1,0,…)."""
    return {3: (2,), 4: (1, 1)}.get(n, _first(spec))


def _planes(spec: LieSpec, p: int, q: int) -> list[tuple[int, ...]]:
    """Pairs of coordinates for e_1, e_2, …, the last alone for odd n; the painted nodes say which block each plane
    is in."""
    first, second = list(range(p)), list(range(p, p + q))
    rank, odd = divmod(p + q, 2)
    mixed = [(second.pop(), first.pop())] if p % 2 and q % 2 else []
    blocks = [first, second]
    # the odd-dimensional block holds the zero weight; its partner starts the planes where the diagram is painted
    start = 1 if odd and p % 2 else 0
    order = [*blocks[start], *blocks[1 - start]] if odd else [*first, *second]
    planes: list[tuple[int, ...]] = [tuple(order[2 * a : 2 * a + 2]) for a in range(rank - len(mixed))]
    return planes + mixed + ([(order[-1],)] if odd else [])


def _orthogonal_steps(n: int, planes: list[tuple[int, ...]]) -> ComplexArray:
    """E_i of so(n, C) on orthonormal coordinates; plane (i, j) carries the weight vector (e_i + i e_j)/√2."""
    vectors = []
    for i, j in (plane for plane in planes if len(plane) == 2):
        v = np.zeros(n, dtype=np.complex128)
        v[i], v[j] = np.sqrt(0.5), 1j * np.sqrt(0.5)
        vectors.append(v)
    rank = len(vectors)
    steps = [
        np.outer(vectors[a], vectors[a + 1].conj()) - np.outer(vectors[a + 1].conj(), vectors[a])
        for a in range(rank - 1)
    ]
    last = vectors[-1]
    if n % 2:
        zero = np.zeros(n, dtype=np.complex128)
        zero[planes[-1][0]] = 1
        steps.append(np.sqrt(2) * (np.outer(last, zero) - np.outer(zero, last)))
    else:
        steps.append(np.outer(vectors[-2], last) - np.outer(last, vectors[-2]))
    return np.array(steps)


def _g2(spec: LieSpec) -> Defining:
    split = bool(spec.parameters)
    return Defining((1, 0), (), g2_raising(split=split), True, (1,) * 3 + ((-1,) if split else (1,)) * 4)


_SERIES: dict[str, Callable[[LieSpec], Defining]] = {
    "SU": _unitary,
    "U": _unitary,
    "SLC": _linear_complex,
    "SU*": _linear_quaternionic,
    "SL": _linear_real,
    "Sp": _symplectic,
    "SpR": _symplectic_real,
    "SO": _orthogonal,
    "Spin": _orthogonal,
    "SO*": _orthogonal,
    "G2": _g2,
}


def _check(spec: LieSpec, defining: Defining) -> None:
    """[E_i, F_j] = δ_ij H_i, [H_j, E_i] = A_ij E_i, and conj(E_i) = −s_i F_τi where the matrices are real."""
    raising, cartan = defining.raising, spec.root_system.cartan
    lowering = raising.conj().transpose(0, 2, 1)
    form = spec.real_form
    diagonal = [e @ f - f @ e for e, f in zip(raising, lowering, strict=True)]
    worst = 0.0
    for i, e in enumerate(raising):
        for j, f in enumerate(lowering):
            if i != j:
                worst = max(worst, float(np.abs(e @ f - f @ e).max()))
            if np.abs(e).max() > 0:
                worst = max(worst, float(np.abs(diagonal[j] @ e - e @ diagonal[j] - cartan[i, j] * e).max()))
        if defining.is_real:
            worst = max(worst, float(np.abs(e.conj() + form.signs[i] * lowering[form.tau[i]]).max()))
    if not worst < 1e-12:
        raise GroupError(
            f"the defining matrices of {spec.name} are not those of its diagram", received=f"error {worst:.1e}"
        )
