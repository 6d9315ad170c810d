"""The theory of finite groups: labels, types, matrices, Clebsch–Gordan maps; each with a variant that must fail."""

from __future__ import annotations

import time

import numpy as np
import pytest

from intertwine.errors import AccuracyError, RepresentationError
from intertwine.groups.finite_group import FiniteGroup
from intertwine.groups.finite_names import finite_group, hyperoctahedral_group
from intertwine.representations.finite.abelian_subgroup import from_abelian_subgroup, split_copies
from intertwine.representations.finite.group_average import ChainRepresentation
from intertwine.representations.finite.theory import FiniteTheory

FROBENIUS_21 = [[1, 2, 3, 4, 5, 6, 0], [0, 2, 4, 6, 1, 3, 5]]  # the user's own: 7:3, with a complex pair of dimension 3
EXTRASPECIAL_27 = [[1, 2, 0, 4, 5, 3, 7, 8, 6], [3, 4, 5, 6, 7, 8, 0, 1, 2], [0, 1, 2, 4, 5, 3, 8, 6, 7]]
BINARY_TETRAHEDRAL = [np.diag([1j, -1j]), [[0, 1], [-1, 0]], np.array([[1 + 1j, 1 + 1j], [-1 + 1j, 1 - 1j]]) / 2]
TRIANGULAR = [[[0.0, -1.0], [1.0, -1.0]], [[0.0, 1.0], [1.0, 0.0]]]  # D3 in the lattice basis: not orthogonal

GROUPS = [
    "Q8",
    "A4",
    "A5",
    "Oh",
    "Td",
    "D6",
    "C4",
    "C6",
    "I",
    "Hyperoctahedral(3)",
    "Hyperoctahedral(4)",
    "T",
    "D5h",
    "7:3",
    "3^3",
    "2T",
    "p3m1",
]
DIMENSIONS = {
    "Q8": [1, 1, 1, 1, 2],
    "A4": [1, 1, 1, 3],
    "A5": [1, 3, 3, 4, 5],
    "D6": [1, 1, 1, 1, 2, 2],
    "7:3": [1, 1, 1, 3, 3],
    "Hyperoctahedral(4)": [1] * 4 + [2] * 2 + [3] * 4 + [4] * 4 + [6] * 4 + [8] * 2,
    "2T": [1, 1, 1, 2, 2, 2, 3],
    "p3m1": [1, 1, 2],
}
TYPES = {
    "Q8": [1, 1, 1, 1, -1],
    "7:3": [1, 0, 0, 0, 0],
    "A5": [1] * 5,
    "2T": [1, 0, 0, -1, 0, 0, 1],
    "C4": [1, 0, 0, 1],
}


def theory(name: str) -> FiniteTheory:
    own = {"7:3": FROBENIUS_21, "3^3": EXTRASPECIAL_27}
    if name in own:
        return FiniteTheory(FiniteGroup.from_permutations(own[name], name))
    if name in ("2T", "p3m1"):
        return FiniteTheory(FiniteGroup.from_matrices(BINARY_TETRAHEDRAL if name == "2T" else TRIANGULAR, name))
    group = finite_group(name)
    assert group is not None
    return FiniteTheory(group)


@pytest.mark.parametrize("name", DIMENSIONS)
def test_dimensions(name: str) -> None:
    ours = theory(name)
    assert ours.table.dimensions.tolist() == DIMENSIONS[name]
    assert sum(d * d for d in DIMENSIONS[name]) == ours.group.order


@pytest.mark.parametrize("name", GROUPS)
def test_types_by_the_sum_over_all_squares(name: str) -> None:
    ours = theory(name)
    squares = ours.group.multiply(np.arange(ours.group.order), np.arange(ours.group.order))
    of = ours.table.classes.of
    for i in ours.labels(10**6):
        assert abs(ours.table.values[i][of[squares]].sum() / ours.group.order - ours.indicator(i)) < 1e-10
    if name in TYPES:
        assert [ours.indicator(i) for i in ours.labels(10**6)] == TYPES[name]
    # the number of real irreps is that of the pairs {C, C⁻¹}
    real = len({frozenset((i, ours.conjugate(i))) for i in ours.labels(10**6)})
    assert real == len({frozenset(pair) for pair in enumerate(ours.table.classes.inverses.tolist())})


def homomorphism_error(ours: FiniteTheory, label: int, seed: int = 0) -> float:
    rng = np.random.default_rng(seed)
    error = 0.0
    for _ in range(5):
        g, h = ours.group.sample(rng), ours.group.sample(rng)
        left, right = ours.matrix(label, g), ours.matrix(label, h)
        error = max(error, float(np.abs(left @ right - ours.matrix(label, g @ h)).max()))
        error = max(error, float(np.abs(left @ left.conj().T - np.eye(len(left))).max()))
    return error


@pytest.mark.parametrize("name", GROUPS)
def test_matrices_are_a_homomorphism_with_the_right_character(name: str) -> None:
    ours = theory(name)
    for label in ours.labels(10**6):
        assert homomorphism_error(ours, label) < 1e-12
        traces = [np.trace(ours.matrix(label, ours.group.element(i))) for i in ours.class_representatives]
        assert np.abs(np.array(traces) - ours.table.values[label]).max() < 1e-12
        for generator, matrix in zip(ours.group.generators, ours.discrete(label), strict=True):
            assert np.abs(ours.matrix(label, generator) - matrix).max() < 1e-12


def test_a_broken_generator_is_no_homomorphism() -> None:
    ours = theory("Oh")
    label = ours.parse("T2g")
    broken = ours.discrete(label)
    broken[1] = broken[1] @ np.diag([1.0, 1.0, -1.0])
    ours._irreps[label] = ChainRepresentation(ours.group, broken)
    assert homomorphism_error(ours, label) > 0.1


@pytest.mark.parametrize("name", GROUPS)
def test_antiunitary_maps(name: str) -> None:
    ours = theory(name)
    rng = np.random.default_rng(1)
    for label in ours.labels(10**6):
        J, other = ours.conjugation(label), ours.conjugate(label)
        d = ours.dimension(label)
        assert np.abs(J @ J.conj().T - np.eye(d)).max() < 1e-12
        square = ours.indicator(label) if other == label else 1
        assert np.abs(ours.conjugation(other) @ J.conj() - square * np.eye(d)).max() < 1e-12
        g = ours.group.sample(rng)
        assert np.abs(ours.matrix(other, g) @ J - J @ ours.matrix(label, g).conj()).max() < 1e-12


@pytest.mark.parametrize("name", ["Oh", "A5", "I", "D6", "Hyperoctahedral(4)"])
def test_real_irreps_have_real_matrices(name: str) -> None:
    ours = theory(name)
    assert all(not np.any(ours.discrete(i).imag) for i in ours.labels(10**6))


def clebsch_gordan_error(ours: FiniteTheory, a: int, b: int, c: int, T: np.ndarray) -> float:
    rng = np.random.default_rng(2)
    gram = np.einsum("mijk,nijl->mnkl", T.conj(), T)
    unit = np.einsum("mn,kl->mnkl", np.eye(len(T)), np.eye(T.shape[3]))
    error = float(np.abs(gram - unit).max())
    for _ in range(3):
        g = ours.group.sample(rng)
        A, B, C = (ours.matrix(x, g) for x in (a, b, c))
        error = max(error, float(np.abs(np.einsum("ip,jq,mpqk->mijk", A, B, T) - T @ C).max()))
    return error


@pytest.mark.parametrize("name", GROUPS)
def test_clebsch_gordan(name: str) -> None:
    ours = theory(name)
    labels = list(ours.labels(10**6))[-4:]
    for a in labels:
        for b in labels:
            counts = ours.decompose(a, b)
            assert sum(n * ours.dimension(c) for c, n in counts.items()) == ours.dimension(a) * ours.dimension(b)
            for c, n in counts.items():
                T = ours.clebsch_gordan(a, b, c)
                assert T.shape == (n, ours.dimension(a), ours.dimension(b), ours.dimension(c))
                assert clebsch_gordan_error(ours, a, b, c, T) < 1e-12


def test_clebsch_gordan_check_sees_a_wrong_sign() -> None:
    ours = theory("A5")
    T = ours.clebsch_gordan(4, 4, 4)
    assert len(T) == 2
    assert clebsch_gordan_error(ours, 4, 4, 4, T) < 1e-12
    T[0, 1] = -T[0, 1]
    assert clebsch_gordan_error(ours, 4, 4, 4, T) > 1e-2
    assert ours.clebsch_gordan(0, 1, 2).shape == (0, 1, 3, 3)


@pytest.mark.parametrize("name", ["Oh", "A5", "7:3", "2T"])
def test_irreps_from_characters_agree_with_those_from_matrices(name: str) -> None:
    ours = theory(name)
    for label in ours.labels(10**6):
        rep = ChainRepresentation(ours.group, from_abelian_subgroup(ours.table, label))
        traces = [np.trace(rep.matrix(i)) for i in ours.class_representatives]
        assert np.abs(np.array(traces) - ours.table.values[label]).max() < 1e-10


def test_equal_copies_are_split() -> None:
    ours = theory("Oh")
    label = ours.parse("T2g")
    rng = np.random.default_rng(0)
    mix = np.linalg.qr(rng.normal(size=(6, 6)))[0]
    doubled = np.array([mix @ np.kron(m, np.eye(2)) @ mix.T for m in ours.discrete(label)])
    one = ChainRepresentation(ours.group, split_copies(ChainRepresentation(ours.group, doubled), 3, 2))
    traces = [np.trace(one.matrix(i)) for i in ours.class_representatives]
    assert np.abs(np.array(traces) - ours.table.values[label]).max() < 1e-10


@pytest.mark.parametrize("name", GROUPS)
def test_names_both_ways(name: str) -> None:
    ours = theory(name)
    assert len(set(ours.names)) == len(ours.names)
    for label in ours.labels(10**6):
        assert ours.parse(ours.name(label)) == label == ours.parse(label)
    assert ours.parse("trivial") == ours.trivial == 0
    with pytest.raises(RepresentationError, match="nearest"):
        ours.parse("T3x")


def test_restricting_a_character_that_is_none() -> None:
    ours = theory("Oh")
    assert ours.decompose_character(np.full(10, 3.0)) == {0: 3}
    with pytest.raises(AccuracyError, match="not the character"):
        ours.decompose_character(np.arange(10.0))
    sym, alt = ours.symmetric_square(ours.parse("T1u")), ours.symmetric_square(ours.parse("T1u"), -1)
    assert {ours.name(i) for i in sym} == {"A1g", "Eg", "T2g"}
    assert {ours.name(i) for i in alt} == {"T1g"}


def test_bases_depend_on_the_group_alone() -> None:
    one, two = (FiniteTheory(hyperoctahedral_group(3)) for _ in range(2))
    for label in one.labels(10):
        assert np.array_equal(one.discrete(label), two.discrete(label))


def test_hyperoctahedral_theory_is_quick() -> None:
    start = time.perf_counter()
    ours = FiniteTheory(hyperoctahedral_group(4))
    for label in ours.labels(10):
        ours.discrete(label)
        ours.conjugation(label)
    assert time.perf_counter() - start < 2.0
