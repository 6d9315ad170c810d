"""Irreps from characters alone: the orbit of a vector on which an abelian subgroup acts by a linear character.

Let the subgroup H act on the unit vector v of V by λ, and let V contain λ once. Then
φ(g) = ⟨v, ρ(g) v⟩ = (1/|H|) Σ_h λ̄(h) χ(g h) is known, and with it all inner products ⟨ρ(a) v, ρ(b) v⟩ = φ(a⁻¹b): enough
to write down ρ in the basis that Gram–Schmidt makes of a few ρ(g_j) v. If V contains λ r times, the same gives r copies
of V; an eigenvector of a seeded Hermitian element of the group algebra lies in one of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from intertwine.errors import AccuracyError
from intertwine.groups.finite_group import FiniteGroup
from intertwine.groups.theory import ComplexArray
from intertwine.representations.finite.character_table import CharacterTable
from intertwine.representations.finite.group_average import ChainRepresentation, average_hom
from intertwine.representations.index_order_frame import canonical_frame


@dataclass(frozen=True, eq=False)
class LinearCharacter:
    """λ of an abelian subgroup: element indices [m], values [m], and how often the irrep contains it."""

    elements: NDArray[np.int64]
    values: ComplexArray
    copies: int

    @property
    def is_real(self) -> bool:
        """Whether every value is ±1."""
        return bool(np.all(self.values.imag == 0))


def from_abelian_subgroup(table: CharacterTable, label: int) -> ComplexArray:
    """[k, d, d]: the generators in the irrep with that row; real wherever the irrep is and a real λ was found."""
    group, d = table.group, int(table.dimensions[label])
    lam = choose_linear_character(table, label)
    everything = np.arange(group.order)
    phi = np.zeros(group.order, dtype=np.complex128)
    for h, value in zip(lam.elements, lam.values, strict=True):
        phi += np.conj(value) * table.values[label][table.classes.of[group.multiply(everything, int(h))]]
    phi /= len(lam.elements) * lam.copies
    if table.indicators[label] == 1 and lam.is_real:
        phi = phi.real.astype(np.complex128)
    chosen, R = _orthogonal_orbit(group, phi, lam.copies * d)
    # ⟨ρ(g_i) v, ρ(s) ρ(g_j) v⟩ = φ(g_i⁻¹ s g_j), and the Gram matrix of the chosen vectors is R†R.
    left = group.inverse_indices[chosen]
    whitening = np.linalg.inv(R)
    matrices = np.array(
        [
            whitening.conj().T
            @ phi[group.multiply(left[:, None], group.multiply(s.index, chosen)[None, :])]
            @ whitening
            for s in group.generators
        ]
    )
    return matrices if lam.copies == 1 else split_copies(ChainRepresentation(group, matrices), d, lam.copies)


def choose_linear_character(table: CharacterTable, label: int) -> LinearCharacter:
    """A λ that the irrep contains as rarely as can be found: real if the irrep is real and that costs no copies."""
    want_real = int(table.indicators[label]) == 1
    fallback: LinearCharacter | None = None
    for of_class, k, copies in _ranked_cyclic(table, label):
        real = (2 * k) % int(table.classes.orders[of_class]) == 0
        if want_real and not real:
            if fallback is None or copies < fallback.copies:
                fallback = _cyclic(table, of_class, k, copies)
            continue
        lam = _extended(table, label, _cyclic(table, of_class, k, copies))
        if lam.copies == 1:
            return lam
        if fallback is None or lam.copies < fallback.copies:
            fallback = lam
    if fallback is None:
        raise AccuracyError("a character without eigenvalues", received=table.values[label])
    return fallback


def _ranked_cyclic(table: CharacterTable, label: int) -> list[tuple[int, int, int]]:
    """(class, k, copies) of the λ = exp(2πik/m) of cyclic subgroups: fewest copies first, then large subgroups."""
    ranked = []
    for c in range(len(table.classes)):
        counts = table.eigenvalue_multiplicities(label, c)
        ranked += [(int(counts[k]), -len(counts), c, int(k)) for k in np.flatnonzero(counts)]
    return [(c, k, copies) for copies, _, c, k in sorted(ranked)]


def _cyclic(table: CharacterTable, of_class: int, k: int, copies: int) -> LinearCharacter:
    m = int(table.classes.orders[of_class])
    elements = [0]
    for _ in range(m - 1):
        elements.append(int(table.group.multiply(elements[-1], int(table.classes.representatives[of_class]))))
    turns = (np.arange(m) * k) % m / m
    values = np.exp(2j * np.pi * turns)
    values[turns == 0], values[turns == 0.5] = 1.0, -1.0
    return LinearCharacter(np.array(elements, dtype=np.int64), values, copies)


def _extended(table: CharacterTable, label: int, lam: LinearCharacter) -> LinearCharacter:
    """Enlarge the subgroup by commuting involutions while that lowers the number of copies."""
    group, classes = table.group, table.classes
    involutions = np.flatnonzero(classes.orders[classes.of] == 2)
    while lam.copies > 1:
        for h in lam.elements:
            involutions = involutions[group.multiply(int(h), involutions) == group.multiply(involutions, int(h))]
        involutions = np.setdiff1d(involutions, lam.elements)
        if not involutions.size:
            break
        products = group.multiply(lam.elements[:, None], involutions[None, :])
        cross = lam.values.conj() @ table.values[label][classes.of[products]] / len(lam.elements)
        plus = np.rint((lam.copies + cross.real) / 2).astype(int)
        fewest = np.where(plus > 0, np.minimum(plus, np.where(plus < lam.copies, lam.copies - plus, plus)), lam.copies)
        best = int(fewest.argmin())
        if fewest[best] >= lam.copies:
            break
        sign = 1.0 if plus[best] == fewest[best] else -1.0
        lam = LinearCharacter(
            np.concatenate([lam.elements, products[:, best]]),
            np.concatenate([lam.values, sign * lam.values]),
            int(fewest[best]),
        )
    return lam


def _orthogonal_orbit(group: FiniteGroup, phi: ComplexArray, rank: int) -> tuple[NDArray[np.int64], ComplexArray]:
    """Elements g_j with independent ρ(g_j) v, each the first that is as orthogonal as can be to those before.

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
    """One irrep [k, d, d] out of equal ones, in the canonical basis of the subspace that a seeded element picks."""
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
