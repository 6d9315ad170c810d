"""Unitary matrices of a finite group's complex irreps, in deterministic bases, from its characters.

The basis comes from the group's defining matrices D, det(D)·D or D ⊗ D if one of them holds the irrep once (so that
vectors are (x, y, z) and axial vectors likewise), otherwise from characters alone (`abelian_subgroup`).
"""

from __future__ import annotations

import numpy as np

from intertwine.errors import AccuracyError
from intertwine.groups.finite_group import FiniteGroup
from intertwine.groups.theory import ComplexArray
from intertwine.representations.finite.abelian_subgroup import from_abelian_subgroup
from intertwine.representations.finite.character_table import CharacterTable
from intertwine.representations.finite.group_average import ChainRepresentation
from intertwine.representations.index_order_frame import canonical_frame

TOLERANCE = 1e-9
# Above this many multiplications D ⊗ D is not searched.
_CARRIER_COST = 2e7


def irrep_generators(table: CharacterTable, label: int) -> ComplexArray:
    """[k, d, d]: the generators in the irrep with that row of the table; checked against its character.

    Raises AccuracyError if the check fails.
    """
    group = table.group
    d = int(table.dimensions[label])
    if d == 1:
        linear: ComplexArray = table.values[label, table.classes.generators][:, None, None]
        return linear.copy()
    if table.conjugates[label] < label:
        return irrep_generators(table, int(table.conjugates[label])).conj()
    matrices = _from_defining_matrices(table, label)
    if matrices is None:
        matrices = from_abelian_subgroup(table, label)
    matrices = _cleaned(matrices)
    rep = ChainRepresentation(group, matrices)
    found = np.array([np.trace(rep.matrix(int(i))) for i in table.classes.representatives])
    error = float(np.abs(found - table.values[label]).max())
    unitarity = float(np.abs(matrices @ matrices.conj().transpose(0, 2, 1) - np.eye(d)).max())
    if max(error, unitarity) > TOLERANCE * d:
        raise AccuracyError(
            f"irrep {label} of {group} has the wrong character",
            received=f"{max(error, unitarity):.1e}",
            expected=f"{TOLERANCE}",
        )
    return matrices


def _cleaned(matrices: ComplexArray) -> ComplexArray:
    out = matrices.copy()
    out.real[np.abs(out.real) < 1e-14] = 0.0
    out.imag[np.abs(out.imag) < 1e-14] = 0.0
    return out


# --- 1: the defining matrices ----------------------------------------------------------------------
def unitary_defining_matrices(group: FiniteGroup) -> ComplexArray | None:
    """The defining matrices [k, d, d] in a basis in which they are unitary; unchanged if they already are."""
    if group.matrices is None:
        return None
    D = group.matrices.astype(np.complex128)
    d = D.shape[1]
    if np.abs(D @ D.conj().transpose(0, 2, 1) - np.eye(d)).max() < 1e-12:
        return D
    dual = ChainRepresentation(group, np.linalg.inv(D).conj().transpose(0, 2, 1).astype(np.complex128))
    # M = (1/|G|) Σ_g D(g)†D(g) has D(h)†M D(h) = M, so that √M D √M⁻¹ is unitary.
    form = np.eye(d, dtype=np.complex128)
    for u in reversed(dual.transversals):
        form = np.mean(u @ form @ u.conj().transpose(0, 2, 1), axis=0)
    values, vectors = np.linalg.eigh(form)
    root = (vectors * np.sqrt(values)) @ vectors.conj().T
    unitary: ComplexArray = root @ D @ np.linalg.inv(root)
    return unitary


def _from_defining_matrices(table: CharacterTable, label: int) -> ComplexArray | None:
    group = table.group
    D = unitary_defining_matrices(group)
    if D is None or group.order * D.shape[1] ** 4 > _CARRIER_COST:
        return None
    carriers = (
        lambda: D,
        lambda: np.linalg.det(D)[:, None, None] * D,
        lambda: np.einsum("kij,kpq->kipjq", D, D).reshape(len(D), D.shape[1] ** 2, D.shape[1] ** 2),
    )
    for build in carriers:
        carrier = build()
        if carrier.shape[1] < table.dimensions[label]:
            continue
        everything = ChainRepresentation(group, carrier).matrices()
        characters = np.trace(everything, axis1=1, axis2=2)
        weights = table.values[label].conj()[table.classes.of]
        if round(float((weights @ characters).real) / group.order) != 1:
            continue
        d = int(table.dimensions[label])
        projector = np.einsum("g,gij->ij", weights, everything) * (d / group.order)
        basis = canonical_frame(_real_if_real(projector), d).astype(np.complex128)
        return basis.conj().T @ carrier @ basis
    return None


def _real_if_real(matrix: ComplexArray) -> ComplexArray:
    out = matrix.copy()
    out.imag[np.abs(out.imag) < 1e-13] = 0.0
    return out
