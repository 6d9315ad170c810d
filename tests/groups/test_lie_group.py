"""Lie groups: defining matrices, elements as words, logarithms, boosts, Haar samples, errors."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import intertwine as tw
from intertwine.errors import GroupError, RepresentationError
from intertwine.groups import defining as defining_module
from intertwine.groups.defining import defining_representation
from intertwine.groups.haar import gaussian_word
from intertwine.groups.lie_catalogue import lookup
from intertwine.groups.lie_group import LieGroup, lie_group
from intertwine.groups.octonions import associative_form

NAMES = [
    "SU(2)",
    "SU(3)",
    "SU(5)",
    "SU(1,1)",
    "SU(2,1)",
    "SU(2,2)",
    "U(1)",
    "U(2)",
    "U(3)",
    "SL(2,C)",
    "SL(3,C)",
    "SU*(4)",
    "SL(2,R)",
    "SL(3,R)",
    "SL(4,R)",
    "SL(5,R)",
    "Sp(2)",
    "Sp(4)",
    "Sp(6)",
    "Sp(1,1)",
    "Sp(2,1)",
    "Sp(2,R)",
    "Sp(4,R)",
    "Sp(6,R)",
    "SO(2)",
    "SO(3)",
    "SO(4)",
    "SO(5)",
    "SO(6)",
    "SO(7)",
    "SO(8)",
    "SO(10)",
    "Spin(3)",
    "Spin(7)",
    "SO(1,2)",
    "SO(2,1)",
    "SO(1,3)",
    "SO(3,1)",
    "SO(2,2)",
    "SO(1,4)",
    "SO(4,1)",
    "SO(3,2)",
    "SO(2,3)",
    "SO(4,2)",
    "SO(3,3)",
    "SO(1,5)",
    "SO(1,9)",
    "SO(4,4)",
    "SO(3,5)",
    "SO*(4)",
    "SO*(6)",
    "SO*(8)",
    "G2",
    "G2(2)",
]


@pytest.mark.parametrize("name", NAMES)
def test_matrices_to_elements_and_back(name: str) -> None:
    G = tw.group(name)
    rng = np.random.default_rng(0)
    for scale in (1.0, 3.0):
        matrix = G.sample(rng, scale=scale).matrix
        assert np.abs(G.element(matrix).matrix - matrix).max() < 1e-11 * max(1.0, np.abs(matrix).max() ** 2)
    metric = G.defining.metric
    if metric is not None:
        eta = np.diag(metric)
        size = np.abs(matrix).max() ** 2
        assert np.abs(matrix.conj().T @ eta @ matrix - eta).max() < 1e-12 * size


def test_the_defining_check_catches_a_wrong_generator(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = lookup("SO(4,2)")
    assert spec is not None
    right = defining_representation(spec)
    assert right is not None
    wrong = right.raising.copy()
    wrong[1, 0, 4] += 1e-6
    monkeypatch.setitem(defining_module._SERIES, "SO", lambda _: dataclasses.replace(right, raising=wrong))
    with pytest.raises(GroupError, match="not those of its diagram"):
        defining_representation(spec)
    monkeypatch.setitem(defining_module._SERIES, "SO", lambda _: right)
    other = lookup("SO(2,4)")  # the same algebra, other painted nodes
    assert other is not None
    with pytest.raises(GroupError, match="not those of its diagram"):
        defining_representation(other)


@pytest.mark.parametrize("split", [False, True])
def test_g2_keeps_the_octonions_product(split: bool) -> None:
    """g keeps φ_ijk (indices down); a rotation of SO(7) or SO(3,4) outside G2 does not."""
    G, larger = tw.group("G2(2)" if split else "G2"), tw.group("SO(3,4)" if split else "SO(7)")
    phi = associative_form(split=split)
    for H, keeps in ((G, True), (larger, False)):
        inverse = np.linalg.inv(H.sample(np.random.default_rng(5)).matrix)
        moved = np.einsum("abc,ai,bj,ck->ijk", phi, inverse, inverse, inverse)
        assert (np.abs(moved - phi).max() < 1e-11) == keeps


def test_rotations_and_boosts_are_the_physicists() -> None:
    rotation = tw.group("SO(3)").exp([0, 0, np.pi / 2]).matrix
    assert np.abs(rotation @ [1, 0, 0] - [0, 1, 0]).max() < 1e-15
    lorentz = tw.group("SO(1,3)")
    boost = lorentz.boost(0.7, [0, 2, 0]).matrix @ [1, 0, 0, 0]
    assert np.abs(boost - [np.cosh(0.7), 0, np.sinh(0.7), 0]).max() < 1e-15
    turn = lorentz.exp([0, 0, 0.3, 0, 0, 0]).matrix
    assert turn[2, 1] == pytest.approx(np.sin(0.3))
    reverse = tw.group("SO(3,1)").boost(0.7, [0, 1, 0]).matrix @ [0, 0, 0, 1]
    assert np.abs(reverse - [0, np.sinh(0.7), 0, np.cosh(0.7)]).max() < 1e-15
    dirac = tw.group("SL(2,C)").boost(0.7, [0, 0, 1]).matrix
    assert np.abs(dirac - np.diag([np.exp(0.35), np.exp(-0.35)])).max() < 1e-15
    with pytest.raises(GroupError, match="no boosts"):
        tw.group("SO(4,2)").boost(0.1, [1, 0, 0])
    with pytest.raises(GroupError, match="spatial axis"):
        lorentz.boost(0.1, [0, 0, 0])


def test_the_lorentz_group_and_its_cover_share_one_algebra() -> None:
    """p·σ goes to A p·σ A† under SL(2,C) and to Λp under SO(1,3), with the same coefficients."""
    c = np.random.default_rng(1).normal(size=6)
    A, L = tw.group("SL(2,C)").exp(c).matrix, tw.group("SO(1,3)").exp(c).matrix
    sigma = np.array([[[1, 0], [0, 1]], [[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])
    p = np.random.default_rng(2).normal(size=4)
    assert np.abs(A @ np.tensordot(p, sigma, 1) @ A.conj().T - np.tensordot(L @ p, sigma, 1)).max() < 1e-12
    assert np.abs(tw.group("SL(2,C)").algebra.coordinates - tw.group("SO(1,3)").algebra.coordinates).max() < 1e-13
    assert np.abs(tw.group("SU(2)").algebra.coordinates - tw.group("SO(3)").algebra.coordinates).max() < 1e-13


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(["SU(3)", "SO(1,3)", "Sp(4,R)", "U(2)"]), st.integers(0, 2**32 - 1))
def test_group_laws(name: str, seed: int) -> None:
    G = tw.group(name)
    rng = np.random.default_rng(seed)
    g, h = G.sample(rng), G.sample(rng)
    theory = G.theory
    for label in list(theory.labels(8))[:4]:
        A, B = theory.matrix(label, g), theory.matrix(label, h)
        size = max(1.0, np.abs(A).max() * np.abs(B).max())
        assert np.abs(theory.matrix(label, g @ h) - A @ B).max() < 1e-12 * size
        assert np.abs(theory.matrix(label, g.inverse()) @ A - np.eye(len(A))).max() < 1e-12 * size**2
        assert np.abs(theory.matrix(label, G.identity) - np.eye(len(A))).max() == 0


def test_covers_keep_the_sign_of_a_full_turn() -> None:
    spin = tw.group("Spin(5)")
    c = np.zeros(10)
    c[0] = 2 * np.pi
    four = spin.theory.parse("4")
    assert np.abs(spin.theory.matrix(four, spin.exp(c)) + np.eye(4)).max() < 1e-13
    assert np.abs(spin.exp(c).matrix - np.eye(5)).max() < 1e-13
    samples = np.random.default_rng(3)
    values = [spin.sample(samples) for _ in range(40)]
    assert {len(g.word) for g in values} == {1, 2}  # half of them carry the sign


@pytest.mark.parametrize(
    ("name", "matrix", "message"),
    [
        ("SO(3)", np.diag([1.0, 1, -1]), "determinant"),
        ("SO(3)", np.diag([1.0, 1, 2]), "form"),
        ("SO(3)", np.eye(4), "3 x 3"),
        ("SO(3)", np.full((3, 3), np.nan), "finite"),
        ("SO(3)", np.zeros((3, 3)), "invertible"),
        ("SO(3)", 1j * np.eye(3), "real"),
        ("SO(1,3)", -np.eye(4), "identity component"),
        ("SU(3)", np.exp(0.1j) * np.eye(3), "determinant"),
        ("Sp(4,R)", np.diag([2.0, 1, 1, 0.5]), "not an element"),
        ("G2", np.diag([1.0, -1, -1, 1, 1, 1, 1]), "not an element"),
        ("SO(2)", np.diag([1.0, -1]), "rotation"),
        ("SL(3,R)", np.diag([1.0, 1, 2]), "determinant"),
    ],
)
def test_matrices_outside_the_group_are_refused(name: str, matrix: np.ndarray, message: str) -> None:
    with pytest.raises(GroupError, match=message):
        tw.group(name).element(matrix)


@pytest.mark.parametrize("name", ["SO(3)", "SO(4)", "SU(2)", "SU(3)", "Sp(4)", "SO(7)", "G2"])
def test_elements_far_from_the_unit(name: str) -> None:
    """Rotations by π and central elements, where the principal logarithm is not unique or not in the algebra."""
    G = tw.group(name)
    d = G.defining.dimension
    center = {
        "SO(4)": -np.eye(4),
        "SU(2)": -np.eye(2),
        "SU(3)": np.exp(2j * np.pi / 3) * np.eye(3),
        "Sp(4)": -np.eye(4),
    }
    half = np.diag([-1.0, -1.0, *[1.0] * (d - 2)])
    given_matrix = center.get(name, half if name != "G2" else tw.group("G2").exp(2 * np.pi * np.eye(14)[0]).matrix)
    assert np.abs(G.element(given_matrix).matrix - given_matrix).max() < 1e-9


def test_wrong_use() -> None:
    G = tw.group("SU(3)")
    with pytest.raises(GroupError, match="8 finite real numbers"):
        G.exp([1.0, 2.0])
    with pytest.raises(GroupError, match="finite"):
        G.exp([np.inf] * 8)
    with pytest.raises(GroupError, match="different groups"):
        G.identity @ tw.group("SU(2)").identity
    with pytest.raises(GroupError, match="scale"):
        G.sample(np.random.default_rng(0), scale=-1)
    with pytest.raises(RepresentationError, match="another group"):
        G.theory.matrix(G.theory.parse("8"), tw.group("SU(2)").identity)
    assert lie_group("Q8") is None
    assert lie_group("O(3)") is None
    assert lie_group("SU(3)") is tw.group("SU(3)")
    assert isinstance(G, LieGroup)


# Haar: the mean of a non-trivial irrep's matrix is 0 and the mean of |ρ_ij|² is 1/d, to 5 standard errors.
COMPACT = ["SU(2)", "SU(3)", "U(2)", "SO(3)", "SO(4)", "SO(5)", "Spin(3)", "Spin(5)", "Sp(4)", "SO(2)", "U(1)"]


def mean_error(theory, label, elements) -> tuple[float, float]:  # type: ignore[no-untyped-def]
    matrices = np.array([theory.matrix(label, g) for g in elements])
    d, n = matrices.shape[-1], len(elements)
    mean = np.abs(matrices.mean(axis=0)).max() * np.sqrt(n * d)
    second = np.abs((np.abs(matrices) ** 2).mean(axis=0) - 1 / d).max() * d * np.sqrt(n)
    return float(mean), float(second)


@pytest.mark.parametrize("name", COMPACT)
def test_haar_moments(name: str) -> None:
    G, rng = tw.group(name), np.random.default_rng(11)
    elements = [G.sample(rng) for _ in range(1200)]
    for label in [x for x in G.theory.labels(6) if x != G.theory.trivial][:4]:
        mean, second = mean_error(G.theory, label, elements)
        assert mean < 5
        assert second < 6


def test_a_short_walk_is_not_haar() -> None:
    """The mutation that the moments must catch: one narrow Gaussian factor."""
    G, rng = tw.group("SU(3)"), np.random.default_rng(12)
    elements = [G.exp(0.5 * rng.normal(size=8)) for _ in range(1200)]
    assert mean_error(G.theory, G.theory.parse("3"), elements)[0] > 20


@pytest.mark.parametrize("name", ["G2", "F4"])
def test_one_gaussian_factor_of_an_exceptional_group(name: str) -> None:
    """|c_λ| ≤ 0.12 for one factor within the statistics, so that the documented number of factors reaches 1e-11."""
    G, rng = tw.group(name), np.random.default_rng(13)
    label = G.theory.parse({"G2": "7", "F4": "26"}[name])
    first = [G.exp(gaussian_word(G, rng)[0]) for _ in range(150)]
    traces = [np.trace(G.theory.matrix(label, g)).real / G.theory.dimension(label) for g in first]
    assert abs(np.mean(traces)) < 0.12


@pytest.mark.parametrize("rapidity", [1.0, 6.0, 10.0])
def test_large_boosts_keep_their_relative_accuracy(rapidity: float) -> None:
    """(2,2) of the Lorentz group, boosted along x, against the exact diagonal boost along z turned to x."""
    G = tw.group("SO(1,3)")
    label = ((4, 4), ())
    weights = G.theory.module(label).graph.vector_weights
    turn = G.theory.matrix(label, G.exp([0, np.pi / 2, 0, 0, 0, 0]))
    exact = turn * np.exp(rapidity * (weights[:, 0] - weights[:, 1]) / 2) @ turn.conj().T
    found = G.theory.matrix(label, G.boost(rapidity, [1, 0, 0]))
    assert np.abs(found - exact).max() < 1e-13 * np.abs(exact).max()


def test_boosts_of_samples_are_bounded() -> None:
    G, rng = tw.group("SO(1,3)"), np.random.default_rng(14)
    gammas = [G.sample(rng, scale=0.5).matrix[0, 0] for _ in range(100)]
    assert 1 <= min(gammas) < max(gammas) <= np.cosh(0.5) + 1e-12
    assert max(gammas) > 1.05
