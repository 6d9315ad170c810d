"""Unitary matrices of a finite group's complex irreps, in deterministic bases, from its characters.

The basis comes from the first of these that holds the irrep once:

1. the group's defining matrices D, det(D)·D and D ⊗ D (so that vectors are (x, y, z) and axial vectors likewise);
2. the span of {ρ(g) v} for the unit vector v on which a cyclic subgroup ⟨h⟩ acts by a character λ that ρ contains once. Then
   φ(g) = ⟨v, ρ(g) v⟩ = (1/m) Σ_j λ̄(hʲ) χ(g hʲ) is known from characters alone, and so are all inner products;
3. the same with λ contained r times, which gives r copies of the irrep; an eigenvector of a seeded Hermitian element of the
   group algebra lies in one of them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from intertwine.errors import AccuracyError
from intertwine.groups.finite_group import FiniteGroup
from intertwine.groups.theory import ComplexArray
from intertwine.representations.character_table import CharacterTable
from intertwine.representations.group_average import ChainRepresentation, average_hom
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
        return table.values[label, table.classes.generators][:, None, None].astype(np.complex128)
    if table.conjugates[label] < label:
        return irrep_generators(table, int(table.conjugates[label])).conj()
    matrices = _from_defining_matrices(table, label)
    if matrices is None:
        matrices = _from_cyclic_subgroup(table, label)
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
    dual = ChainRepresentation(group, np.linalg.inv(D).conj().transpose(0, 2, 1))
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


# --- 2 and 3: cyclic vectors -----------------------------------------------------------------------
def _from_cyclic_subgroup(table: CharacterTable, label: int) -> ComplexArray:
    group, d = table.group, int(table.dimensions[label])
    of_class, k, copies = _cyclic_character(table, label)
    m = int(table.classes.orders[of_class])
    powers = [0]
    h = int(table.classes.representatives[of_class])
    for _ in range(m - 1):
        powers.append(int(group.multiply(powers[-1], h)))
    everything = np.arange(group.order)
    phi = np.zeros(group.order, dtype=np.complex128)
    for j, power in enumerate(powers):
        # On v the power hʲ acts by exp(2πi jk/m).
        phase = np.exp(-2j * np.pi * ((j * k) % m) / m)
        phi += phase * table.values[label][table.classes.of[group.multiply(everything, power)]]
    phi /= m
    if table.indicators[label] == 1 and (2 * k) % m == 0:
        phi = phi.real.astype(np.complex128)
    chosen, R = _orthogonal_orbit(group, phi / copies, copies * d)
    # ⟨ρ(g_i) v, ρ(s) ρ(g_j) v⟩ = φ(g_i⁻¹ s g_j), and the Gram matrix of the chosen vectors is R†R.
    left = group.inverse_indices[chosen]
    whitening = np.linalg.inv(R)
    generators = []
    for s in group.generators:
        overlaps = phi[group.multiply(left[:, None], group.multiply(s.index, chosen)[None, :])] / copies
        generators.append(whitening.conj().T @ overlaps @ whitening)
    matrices = np.array(generators)
    return matrices if copies == 1 else split_copies(ChainRepresentation(group, matrices), d, copies)


def _cyclic_character(table: CharacterTable, label: int) -> tuple[int, int, int]:
    """(class, k, r): ⟨h⟩ acts by exp(2πik/m) on an r-dimensional space; r small, then a real λ, then a large subgroup."""
    best: tuple[tuple[int, bool, int, int], tuple[int, int, int]] | None = None
    for c in range(len(table.classes)):
        counts = table.eigenvalue_multiplicities(label, c)
        m = len(counts)
        for k in np.flatnonzero(counts):
            real = (2 * int(k)) % m == 0
            rank = (int(counts[k]), table.indicators[label] == 1 and not real, -m, c)
            if best is None or rank < best[0]:
                best = (rank, (c, int(k), int(counts[k])))
    if best is None:
        raise AccuracyError("a character without eigenvalues", received=table.values[label])
    return best[1]


def _orthogonal_orbit(group: FiniteGroup, phi: ComplexArray, rank: int) -> tuple[NDArray[np.int64], ComplexArray]:
    """Elements g_j whose vectors ρ(g_j) v are independent, each the first that is as orthogonal as can be to those before.

    Returns the indices [rank] and the upper-triangular R with Gram matrix R†R.
    """
    everything = np.arange(group.order)
    components = np.zeros((rank, group.order), dtype=np.complex128)
    residual = np.full(group.order, phi[0].real)
    chosen: list[int] = []
    for i in range(rank):
        largest = float(residual.max())
        if largest < 1e-6 * phi[0].real:
            raise AccuracyError("the orbit of a vector does not span its irrep", received=i, expected=rank)
        g = int(np.flatnonzero(residual > largest - 1e-6 * phi[0].real)[0])
        row = phi[group.multiply(int(group.inverse_indices[g]), everything)]
        row = row - components[:i, g].conj() @ components[:i]
        components[i] = row / np.sqrt(row[g].real)
        residual = residual - np.abs(components[i]) ** 2
        chosen.append(g)
    picked = np.array(chosen, dtype=np.int64)
    return picked, components[:, picked]


def split_copies(rep: ChainRepresentation, d: int, copies: int) -> ComplexArray:
    """One irrep [k, d, d] out of `copies` equal ones, in the canonical basis of the subspace that a seeded element picks."""
    group, n = rep.group, rep.dimension
    for seed in range(32):
        rng = np.random.default_rng(seed)
        H = np.zeros((n, n), dtype=np.complex128)
        for _ in range(6):
            word = rep.matrix(group.sample(rng).index)
            H += rng.normal() * (word + word.conj().T)
        values, vectors = np.linalg.eigh(H)
        spread = float(values[-1] - values[0])
        if spread == 0.0 or values[-1] - values[-copies] > 1e-9 * spread or n == copies:
            continue
        if values[-copies] - values[-copies - 1] < 1e-6 * spread:
            continue
        top = vectors[:, -copies:]
        v = canonical_frame(top @ top.conj().T, copies)[:, :1]
        projector = d * average_hom(rep, rep, v @ v.conj().T)
        basis = canonical_frame(projector, d)
        return basis.conj().T @ rep.generators @ basis
    raise AccuracyError(
        "no seeded element of the group algebra splits the copies", received=f"{copies} copies, d = {d}"
    )
