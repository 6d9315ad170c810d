"""Bases that people use: features are (x, y, z), (E, px, py, pz), Gell-Mann components, F_ab, harmonics, E and B."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import sph_harm_y

import intertwine as tw
from intertwine.groups.physical_algebra import gell_mann
from intertwine.representations.lie import physical_basis
from intertwine.representations.lie.physical_basis import embedding, symmetric_traceless

REAL = [
    "SO(3)",
    "SO(4)",
    "SO(5)",
    "SO(6)",
    "SO(8)",
    "SO(1,2)",
    "SO(2,1)",
    "SO(1,3)",
    "SO(3,1)",
    "SO(3,2)",
    "SO(4,2)",
    "SO(3,3)",
    "SO(1,9)",
    "SL(2,R)",
    "SL(3,R)",
    "SL(4,R)",
    "Sp(4,R)",
    "Sp(6,R)",
    "G2",
    "G2(2)",
]
COMPLEX = [
    "SU(2)",
    "SU(3)",
    "SU(5)",
    "SU(2,1)",
    "SU(2,2)",
    "U(2)",
    "Sp(4)",
    "Sp(1,1)",
    "SL(2,C)",
    "SL(3,C)",
    "SU*(4)",
    "SO*(6)",
]


def defining(name: str):  # type: ignore[no-untyped-def]
    G = tw.group(name)
    return G, G.theory.spec.label(G.defining.dynkin, G.defining.charges)


@pytest.mark.parametrize("name", REAL)
def test_features_of_the_defining_irrep_transform_by_the_defining_matrix(name: str) -> None:
    G, label = defining(name)
    g = G.sample(np.random.default_rng(1))
    irrep = next(i for i in G.irreps(G.defining.dimension) if i.label == label)
    assert np.abs(irrep.matrix(g) - g.matrix).max() < 1e-12 * np.abs(g.matrix).max()
    J, S = G.theory.conjugation(label), G.theory.real_basis(label)
    assert np.abs(J @ S.conj() - S).max() < 1e-12


@pytest.mark.parametrize("name", COMPLEX)
def test_components_of_complex_defining_irreps(name: str) -> None:
    G, label = defining(name)
    g = G.sample(np.random.default_rng(1))
    for one, matrix in ((label, g.matrix), (G.theory.conjugate(label), g.matrix.conj())):
        S = G.theory.complex_structure_basis(one)
        assert np.abs(S.conj().T @ G.theory.matrix(one, g) @ S - matrix).max() < 1e-12
        if one == G.theory.conjugate(one):
            break


def test_octet_is_on_gell_mann_components() -> None:
    G = tw.group("SU(3)")
    g, x = G.sample(np.random.default_rng(2)), np.random.default_rng(3).normal(size=8)
    X, U = np.tensordot(x, gell_mann(3), axes=1), g.matrix
    y = G.irrep("8").matrix(g) @ x
    assert np.abs(np.tensordot(y, gell_mann(3), axes=1) - U @ X @ U.conj().T).max() < 1e-13


def harmonics(spin: int, r: np.ndarray) -> np.ndarray:
    r = r / np.linalg.norm(r)
    polar, azimuth = np.arccos(r[2]), np.arctan2(r[1], r[0])
    values = []
    for m in range(-spin, spin + 1):
        y = (-1) ** m * sph_harm_y(spin, abs(m), polar, azimuth) * (np.sqrt(2) if m else 1)
        values.append(y.imag if m < 0 else y.real)
    return np.array(values)


@pytest.mark.parametrize("name", ["SO(3)", "SU(2)"])
@pytest.mark.parametrize("spin", [2, 3, 6])
def test_spin_features_are_real_harmonics(name: str, spin: int) -> None:
    g = tw.group(name).sample(np.random.default_rng(4))
    R = tw.group(name).irrep("1").matrix(g)
    r = np.random.default_rng(5).normal(size=3)
    D = tw.group(name).irrep(str(spin)).matrix(g)
    assert np.abs(D @ harmonics(spin, r) - harmonics(spin, R @ r)).max() < 1e-12
    assert np.abs(D.T @ harmonics(spin, r) - harmonics(spin, R @ r)).max() > 1e-3


def test_two_form_features_of_the_lorentz_group_are_the_fields() -> None:
    """(1,0): (E, B); its conjugate (0,1): (E, −B) = (F^10, F^20, F^30, F^23, F^31, F^12)."""
    G = tw.group("SO(1,3)")
    rng = np.random.default_rng(6)
    F = np.triu(rng.normal(size=(4, 4)), 1)
    F -= F.T
    g = G.sample(rng)
    moved = g.matrix @ F @ g.matrix.T

    def components(F: np.ndarray, sign: int) -> np.ndarray:
        E, B = F[1:, 0], -np.array([F[2, 3], F[3, 1], F[1, 2]])
        return E + 1j * sign * B

    for label, sign in (((2, 0), 1), ((0, 2), -1)):
        S = G.theory.complex_structure_basis((label, ()))
        D = S.conj().T @ G.theory.matrix((label, ()), g) @ S
        assert np.abs(D @ components(F, sign) - components(moved, sign)).max() < 1e-12
        assert np.abs(D @ components(F, -sign) - components(moved, -sign)).max() > 1e-3


@pytest.mark.parametrize(("name", "dynkin"), [("SO(1,3)", (2, 2)), ("SO(5)", (2, 0)), ("SO(4,2)", (2, 0, 0))])
def test_symmetric_traceless_tensors(name: str, dynkin: tuple[int, ...]) -> None:
    G = tw.group(name)
    label, g = (dynkin, ()), G.sample(np.random.default_rng(7))
    basis = symmetric_traceless(G.defining.metric)
    S = G.theory.real_basis(label)
    D = (S.conj().T @ G.theory.matrix(label, g) @ S).real
    x = np.random.default_rng(8).normal(size=len(D))
    L = g.matrix
    assert np.abs(basis @ (D @ x) - L @ (basis @ x) @ L.T).max() < 1e-11
    assert np.abs(np.einsum("aan,a->n", basis, np.array(G.defining.metric))).max() < 1e-14


@pytest.mark.parametrize("name", ["SO(5)", "SO(7)", "SO(4,2)"])
def test_adjoint_is_the_two_form(name: str) -> None:
    G = tw.group(name)
    algebra = G.theory.real_basis
    label = {"SO(5)": ((0, 2), ()), "SO(7)": ((0, 1, 0), ()), "SO(4,2)": ((0, 1, 1), ())}[name]
    from intertwine.groups.lie_logarithm import generators

    g = G.sample(np.random.default_rng(9))
    S = algebra(label)
    D = (S.conj().T @ G.theory.matrix(label, g) @ S).real
    X = generators(G).real
    L = g.matrix
    moved = np.einsum("ij,ajk,kl->ail", L, X, np.linalg.inv(L))
    assert np.abs(np.tensordot(D.T, X, axes=1) - moved).max() < 1e-11


def test_a_wrong_sign_is_caught_by_the_harmonics(monkeypatch: pytest.MonkeyPatch) -> None:
    S = physical_basis.spherical_basis(2)
    wrong = S.copy()
    wrong[:, 1] *= -1
    theory = tw.group("SO(3)").theory
    g = tw.group("SO(3)").sample(np.random.default_rng(4))
    r = np.random.default_rng(5).normal(size=3)
    D = wrong.conj().T @ theory.matrix(((4,), ()), g) @ wrong
    assert np.abs(D @ harmonics(2, r) - harmonics(2, g.matrix @ r)).max() > 1e-3


def test_embedding_refuses_the_wrong_tensors() -> None:
    from intertwine.errors import AccuracyError

    G = tw.group("SU(3)")
    module = G.theory.module(((2, 0), ()))
    with pytest.raises(AccuracyError, match="another number of times"):
        embedding(module, G.defining.raising)
