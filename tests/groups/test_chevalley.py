"""Chevalley bases and real Lie algebras: exact structure constants, closure, signature."""

from __future__ import annotations

import numpy as np
import pytest

import intertwine as tw
from intertwine.groups.chevalley import conjugation_signs, root_vectors, root_words, structure_constants
from intertwine.groups.lie_logarithm import generators
from intertwine.groups.real_algebra import RealAlgebra
from intertwine.groups.root_system import RootSystem
from intertwine.representations.lie.highest_weight import highest_weight_module

# name -> (dimension, number of boosts): Helgason, ch. X, table V
SIGNATURES = {
    "SU(3)": (8, 0),
    "SU(2,1)": (8, 4),
    "SU(2,2)": (15, 8),
    "SL(2,R)": (3, 2),
    "SL(3,R)": (8, 5),
    "SL(4,R)": (15, 9),
    "SL(2,C)": (6, 3),
    "SL(3,C)": (16, 8),
    "SU*(4)": (15, 5),
    "SO(1,3)": (6, 3),
    "SO(3,2)": (10, 6),
    "SO(4,2)": (15, 8),
    "SO(3,3)": (15, 9),
    "SO*(6)": (15, 6),
    "Sp(4,R)": (10, 6),
    "Sp(1,1)": (10, 4),
    "G2(2)": (14, 8),
    "F4(4)": (52, 28),
    "F4(-20)": (52, 16),
    "E6(6)": (78, 42),
    "E6(-26)": (78, 26),
    "E6(-14)": (78, 32),
    "U(2)": (4, 0),
}


@pytest.mark.parametrize(
    ("kind", "dynkin"),
    [
        ("A3", (1, 0, 0)),
        ("B3", (1, 0, 0)),
        ("C3", (1, 0, 0)),
        ("D4", (1, 0, 0, 0)),
        ("G2", (1, 0)),
        ("F4", (0, 0, 0, 1)),
    ],
)
def test_structure_constants_are_those_of_matrices(kind: str, dynkin: tuple[int, ...]) -> None:
    system = RootSystem.from_type(kind)
    E = root_vectors([e.toarray() for e in highest_weight_module(system, dynkin).raising], system)
    number = {tuple(root): k for k, root in enumerate(system.positive_roots.tolist())}
    constants = structure_constants(system)
    assert len(constants) == sum(
        tuple(np.array(root) + np.eye(system.rank, dtype=int)[i]) in number
        for root in number
        for i in range(system.rank)
    )
    for (i, gamma), value in constants.items():
        beta = tuple(x + (k == i) for k, x in enumerate(gamma))
        commutator = E[i] @ E[number[gamma]] - E[number[gamma]] @ E[i]
        assert np.abs(commutator - value * E[number[beta]]).max() < 1e-12
        assert np.abs(commutator + value * E[number[beta]]).max() > 0.5


def test_words_use_earlier_roots_only() -> None:
    for n, (i, below, scale) in enumerate(root_words(RootSystem.from_type("G2"))):
        assert below < n
        assert scale in (1, 2, 3)
        assert i in (0, 1)


@pytest.mark.parametrize("name", SIGNATURES)
def test_real_algebras_close_and_have_their_signature(name: str) -> None:
    G = tw.group(name)
    X, algebra = generators(G), G.algebra
    assert (algebra.dimension, int(algebra.is_boost.sum())) == SIGNATURES[name]
    for x, boost in zip(X, algebra.is_boost, strict=True):
        assert np.abs(x.conj().T - (x if boost else -x)).max() < 1e-12
    if algebra.dimension > 20:
        X = X[:6]
    flat = np.concatenate(
        [generators(G).reshape(algebra.dimension, -1).real, generators(G).reshape(algebra.dimension, -1).imag], 1
    )
    commutators = np.einsum("aij,bjk->abik", X, X)
    commutators = (commutators - commutators.transpose(1, 0, 2, 3)).reshape(len(X) ** 2, -1)
    target = np.concatenate([commutators.real, commutators.imag], axis=1)
    solution, _, rank, _ = np.linalg.lstsq(flat.T, target.T, rcond=None)
    assert rank == algebra.dimension
    assert np.abs(flat.T @ solution - target.T).max() < 1e-10


def test_a_wrong_sign_of_the_conjugation_does_not_close() -> None:
    """The mutation: SU(2,1) with c_β of one composite root flipped is no subalgebra."""
    G = tw.group("SU(2,1)")
    form = G.spec.real_form
    images, signs = conjugation_signs(form.root_system, form.tau, form.signs)
    E = root_vectors(list(G.defining.raising), form.root_system)
    wrong = [signs[0], signs[1], -signs[2]]
    A, B, C = (E[k] + s * E[k].conj().T for k, s in enumerate(wrong))
    commutator = A @ B - B @ A  # must be proportional to C
    overlap = np.vdot(C, commutator) / np.vdot(C, C)
    assert images == (0, 1, 2)
    assert np.abs(commutator - overlap * C).max() > 0.5
    right = E[2] + signs[2] * E[2].conj().T
    assert np.abs(commutator - np.vdot(right, commutator) / np.vdot(right, right) * right).max() < 1e-12


@pytest.mark.parametrize("name", ["SU(3)", "G2", "SO(3,2)", "F4", "SO(1,3)"])
def test_killing_form_is_the_trace_form(name: str) -> None:
    G = tw.group(name)
    X, K = generators(G), G.algebra.killing_form
    trace = np.einsum("aij,bij->ab", X.conj(), X).real
    assert np.abs(K / K[0, 0] - trace / trace[0, 0]).max() < 1e-12


def test_the_same_basis_for_every_irrep() -> None:
    """The structure constants read off in two irreps agree: one basis, one order."""
    for name in ("SU(2,1)", "SO(4,2)"):
        theory = tw.group(name).theory
        found = []
        for label in [x for x in theory.labels(20) if theory.dimension(x) > 1][:3]:
            X = theory.algebra(label)
            flat = np.concatenate([X.reshape(len(X), -1).real, X.reshape(len(X), -1).imag], axis=1)
            c = X[0] @ X[3] - X[3] @ X[0]
            row = np.concatenate([c.ravel().real, c.ravel().imag])
            found.append(np.linalg.lstsq(flat.T, row, rcond=None)[0])
        assert np.abs(found[0] - found[1]).max() < 1e-11
        assert np.abs(found[0] - found[2]).max() < 1e-11


def test_rank_zero() -> None:
    algebra = tw.group("U(1)").algebra
    assert isinstance(algebra, RealAlgebra)
    assert algebra.dimension == 1
    assert algebra.coordinates[0, 0] == 1j
