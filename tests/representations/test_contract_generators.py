"""Every group: its generators close with one set of structure constants, and `matrix` is a homomorphism.

Mutations caught: one generator entry, one Cartan entry, the sign of the real form, a product in the wrong order.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from groups_list import Case, all_groups, rng_for
from intertwine.representations.isotypic import chevalley_matrices

TOLERANCE = 1e-11


def commutator_error(X: np.ndarray, Y: np.ndarray, rng: np.random.Generator, trials: int = 3) -> float:
    """How badly Y represents the algebra that X represents: [Y(u), Y(v)] against Y([u, v]) with [u, v] read off X."""
    flat = X.reshape(len(X), -1)
    gram = np.linalg.inv(flat @ flat.T)
    worst = 0.0
    for _ in range(trials):
        u, v = rng.standard_normal((2, len(X)))
        a, b = np.tensordot(u, X, 1), np.tensordot(v, X, 1)
        w = gram @ (flat @ (a @ b - b @ a).reshape(-1))
        p, q, r = (np.tensordot(c, Y, 1) for c in (u, v, w))
        scale = max(1.0, np.abs(p).max() * np.abs(q).max() * len(p))
        worst = max(worst, float(np.abs(p @ q - q @ p - r).max()) / scale)
    return worst


@all_groups(kinds=("compact", "non-compact", "product"))
def test_commutators(case: Case) -> None:
    """One set of structure constants closes in the direct sum of the irreps, which is faithful."""
    G, rng = case.group, rng_for(case)
    blocks = [irrep.generators for irrep in case.irreps if not irrep.is_trivial]
    X = np.zeros((G.n_algebra, *(sum(Y.shape[1] for Y in blocks),) * 2))
    start = 0
    for Y in blocks:
        stop = start + Y.shape[1]
        X[:, start:stop, start:stop] = Y
        start = stop
    assert np.linalg.matrix_rank(X.reshape(len(X), -1) @ X.reshape(len(X), -1).T) == G.n_algebra
    assert commutator_error(X, X, rng) < TOLERANCE
    if any(np.abs(X[0] @ Y - Y @ X[0]).max() > 1e-3 for Y in X):  # not central: one wrong entry is seen
        broken = X.copy()
        i, j = np.unravel_index(np.abs(X[0]).argmax(), X[0].shape)
        broken[0, i, j] *= 1.01
        assert commutator_error(broken, broken, rng) > 1e3 * TOLERANCE


@all_groups(kinds=("compact", "non-compact"), without=("O(2)", "O(3)", "O(4)", "O(1,2)", "O(1,3)", "E7", "E8"))
def test_cartan_matrix(case: Case) -> None:
    """[H_i, E_j] = A_ij… E_j in every irrep; a wrong Cartan entry is seen."""
    system = case.group.spec.root_system
    for irrep in case.irreps[1:]:
        label = irrep.label
        E, F, H, _ = chevalley_matrices(case.group, case.group.theory.algebra(label))
        for i, h in enumerate(H):
            for j, (e, f) in enumerate(zip(E, F, strict=True)):
                if not np.abs(e).max() > 1e-12:
                    continue
                wanted = system.cartan[j][i]
                assert np.abs(h @ e - e @ h - wanted * e).max() < TOLERANCE * max(1.0, np.abs(h).max())
                assert np.abs(h @ e - e @ h - (wanted + 1) * e).max() > 1e-3  # a Cartan entry off by one
                commutator = e @ f - f @ e - (h if i == j else 0)
                assert i != j or np.abs(commutator).max() < TOLERANCE * max(1.0, np.abs(h).max())


@all_groups()
def test_matrix_is_a_homomorphism(case: Case) -> None:
    rng = rng_for(case)
    G = case.group
    elements = [G.sample(rng, 0.5) for _ in range(2 if case.name in ("E7", "E8") else 4)]
    abelian = True
    for irrep in case.irreps:
        one = irrep.matrix(G.identity)
        assert np.abs(one - np.eye(irrep.real_dim)).max() < 1e-12
        for g, h in pairwise(elements):
            a, b = irrep.matrix(g), irrep.matrix(h)
            scale = np.linalg.norm(a, 2) * np.linalg.norm(b, 2)
            assert np.abs(irrep.matrix(g @ h) - a @ b).max() < 1e-11 * scale
            assert np.abs(irrep.matrix(g.inverse()) @ a - one).max() < 1e-11 * scale**2
            if np.abs(a @ b - b @ a).max() > 1e-3:
                abelian = False
                assert np.abs(irrep.matrix(g @ h) - b @ a).max() > 1e-6  # the wrong order is seen
    if case.name in ("SU(2)", "S4", "Q8", "O(1,3)", "SU(3)xSU(2)xU(1)", "O(2)"):
        assert not abelian


@all_groups(kinds=("compact", "finite"))
def test_compact_groups_act_orthogonally(case: Case) -> None:
    g = case.group.sample(rng_for(case))
    for irrep in case.irreps:
        rho = irrep.matrix(g)
        assert np.abs(rho.T @ rho - np.eye(irrep.real_dim)).max() < 1e-12


@all_groups(without=("E8",))
def test_conjugation_knows_the_real_form(case: Case) -> None:
    """X_λ̄ = J conj(X_λ) J⁻¹; multiplying one boost or rotation by i (another real form) is seen."""
    theory = case.group.theory
    for irrep in case.irreps:
        label = irrep.label
        J = theory.conjugation(label)
        other = theory.conjugate(label)
        back = J @ J.conj() if other == label else theory.conjugation(other) @ J.conj()
        sign = theory.indicator(label) if other == label else 1
        assert np.abs(back - sign * np.eye(len(J))).max() < 1e-10
        ours = np.concatenate([theory.algebra(label), theory.discrete(label)])
        theirs = np.concatenate([theory.algebra(other), theory.discrete(other)])
        for index, (X, Y) in enumerate(zip(ours, theirs, strict=True)):
            scale = max(1.0, np.abs(X).max())
            assert np.abs(Y @ J - J @ X.conj()).max() < 1e-10 * scale
            if index < case.group.n_algebra and np.abs(X).max() > 1e-6:
                assert np.abs(1j * Y @ J - J @ (1j * X).conj()).max() > 1e-6
