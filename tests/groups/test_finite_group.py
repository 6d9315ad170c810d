"""Finite groups: laws, orders, classes, errors; each with a variant that must fail."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intertwine.errors import GroupError
from intertwine.groups.finite_group import FiniteGroup, permutation_matrix
from intertwine.groups.finite_names import finite_group
from intertwine.groups.stabiliser_chain import StabiliserChain, inverse
from intertwine.groups.symmetric_group import cycle_type, partitions

ORDERS = {
    "C1": 1,
    "C4": 4,
    "C6": 6,
    "D1": 2,
    "D4": 8,
    "D6": 12,
    "S1": 1,
    "S5": 120,
    "A1": 1,
    "A4": 12,
    "A5": 60,
    "Q8": 8,
    "T": 12,
    "Th": 24,
    "O": 24,
    "Td": 24,
    "Oh": 48,
    "I": 60,
    "Ih": 120,
    "C3v": 6,
    "D3d": 12,
    "-4": 4,
    "C3i": 6,
    "D2d": 8,
    "D5h": 20,
    "C4h": 8,
    "Hyperoctahedral(1)": 2,
    "Hyperoctahedral(3)": 48,
    "Hyperoctahedral(4)": 384,
    "S12": math.factorial(12),
}
# number of conjugacy classes
CLASSES = {"S5": 7, "A5": 5, "Q8": 5, "Oh": 10, "Td": 5, "D6": 6, "C6": 6, "Ih": 10, "Hyperoctahedral(4)": 20, "T": 4}


def named(name: str) -> FiniteGroup:
    group = finite_group(name)
    assert group is not None
    return group


@pytest.mark.parametrize("name", ORDERS)
def test_order(name: str) -> None:
    assert named(name).order == ORDERS[name]


def test_a_lost_generator_changes_the_order() -> None:
    oh = named("Oh")
    assert oh.matrices is not None
    assert FiniteGroup.from_matrices(oh.matrices[:-1]).order == 24


@pytest.mark.parametrize("name", CLASSES)
def test_classes_partition_the_group(name: str) -> None:
    group = named(name)
    classes = group.conjugacy
    assert len(classes) == CLASSES[name]
    assert int(classes.sizes.sum()) == group.order
    for c, g in enumerate(classes.representatives):
        members = np.unique(group.conjugates(int(g)))
        assert np.array_equal(members, np.flatnonzero(classes.of == c))
        element = group.element(int(g))
        assert element.order == classes.orders[c]
        for k, of_power in enumerate(classes.powers[c]):
            assert classes.of[(element**k).index] == of_power
        assert classes.of[element.inverse().index] == classes.inverses[c]


LAWS = ["S5", "Q8", "A4", "A5", "Oh", "Td", "D6", "C4", "C6", "I", "Hyperoctahedral(3)", "Hyperoctahedral(4)"]


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(LAWS), st.integers(0, 10**9), st.integers(0, 10**9), st.integers(0, 10**9))
def test_group_laws(name: str, i: int, j: int, k: int) -> None:
    group = named(name)
    a, b, c = (group.element(x % group.order) for x in (i, j, k))
    assert (a @ b) @ c == a @ (b @ c)
    assert a @ group.identity == a == group.identity @ a
    assert a @ a.inverse() == group.identity == a**a.order
    assert a**-2 == (a @ a).inverse()
    assert (a @ b).inverse() == b.inverse() @ a.inverse()
    assert int(group.multiply(a.index, b.index)) == (a @ b).index
    assert np.allclose((a @ b).matrix, a.matrix @ b.matrix)
    assert group.element(a.matrix) == a == group.element(a.permutation)


def test_the_matrix_law_sees_a_reversed_product() -> None:
    group = named("Oh")
    rng = np.random.default_rng(0)
    pairs = [(group.sample(rng), group.sample(rng)) for _ in range(20)]
    assert not all(np.allclose((a @ b).matrix, b.matrix @ a.matrix) for a, b in pairs)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_stabiliser_chain_against_closure(data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 6))
    generators = np.array(data.draw(st.lists(st.permutations(range(n)), min_size=1, max_size=3)))
    elements = {tuple(range(n))}
    frontier = list(elements)
    while frontier:
        frontier = [q for p in frontier for s in generators if (q := tuple(s[list(p)])) not in elements]
        frontier = sorted(set(frontier))
        elements |= set(frontier)
    chain = StabiliserChain(generators)
    listed = chain.all_permutations()
    assert {tuple(p) for p in listed} == elements
    assert chain.order == len(elements)
    assert np.array_equal(chain.indices(listed), np.arange(chain.order))
    assert all(np.array_equal(chain.permutation(i), listed[i]) for i in range(chain.order))
    images = np.array([permutation_matrix(s) for s in generators])
    for level, matrices in zip(chain.levels, chain.transversal_images(images), strict=True):
        for p, matrix in zip(level.transversal, matrices, strict=True):
            assert np.allclose(matrix, permutation_matrix(p))


def test_membership_refuses_outsiders() -> None:
    group = named("A4")
    with pytest.raises(GroupError, match="not an element"):
        group.element([1, 0, 2, 3])
    with pytest.raises(GroupError, match="not a permutation"):
        group.element([0, 0, 2, 3])
    with pytest.raises(GroupError, match="no element of that index"):
        group.element(12)
    with pytest.raises(GroupError, match="not an element"):
        named("D4").element(-np.eye(3))
    with pytest.raises(GroupError, match="different groups"):
        _ = named("D4").identity @ named("C4").identity


def test_sampling_is_uniform_and_seeded() -> None:
    group = named("A4")
    rng = np.random.default_rng(5)
    counts = np.bincount([group.sample(rng).index for _ in range(6000)], minlength=12)
    assert np.abs(counts - 500).max() < 5 * np.sqrt(500)
    assert group.sample(np.random.default_rng(1)) == group.sample(np.random.default_rng(1))


@pytest.mark.parametrize(
    ("matrices", "message"),
    [
        ([np.zeros((2, 2))], "singular"),
        ([np.eye(2), np.eye(3)], "one size"),
        ([np.ones((2, 3))], "square"),
        ([[[1.0, 1.0], [0.0, 1.0]]], "do not close"),
        ([[[2.0]]], "modulus 2"),
        ([[[np.cos(1.0), -np.sin(1.0)], [np.sin(1.0), np.cos(1.0)]]], "phase"),
        ([[[np.nan]]], "not finite"),
    ],
)
def test_generators_that_are_no_finite_group(matrices: list[object], message: str) -> None:
    with pytest.raises(GroupError, match=message):
        FiniteGroup.from_matrices(matrices)


def test_two_reflections_of_infinite_product_do_not_close() -> None:
    def reflection(angle: float) -> np.ndarray:
        return np.array([[np.cos(angle), np.sin(angle)], [np.sin(angle), -np.cos(angle)]])

    with pytest.raises(GroupError, match="a product of generators"):
        FiniteGroup.from_matrices([reflection(0.0), reflection(1.0)])
    assert FiniteGroup.from_matrices([reflection(0.0), reflection(2 * np.pi / 7)]).order == 14


@pytest.mark.parametrize("permutations", [[[0, 0, 1]], [[0, 1], [0, 1, 2]], [[0.5, 1.0]], []])
def test_rows_that_are_no_permutations(permutations: list[list[int]]) -> None:
    with pytest.raises(GroupError):
        FiniteGroup.from_permutations(permutations)


def test_names_of_one_group_agree() -> None:
    assert named("Z4") == named("C4")
    assert hash(named("Z4")) == hash(named("C4"))
    assert named("m-3m") == named("Oh") != named("O")
    assert named("B(3)") == named("Hyperoctahedral(3)")
    assert named("S4").order == 24
    assert named("-4").order == 4
    assert finite_group("SU(3)") is None
    assert finite_group("C2i") is None
    with pytest.raises(GroupError, match="positive"):
        finite_group("S0")


def test_partitions_and_cycle_types() -> None:
    assert [len(list(partitions(n))) for n in range(1, 9)] == [1, 2, 3, 5, 7, 11, 15, 22]
    s6 = named("S6")
    for p in partitions(6):
        assert cycle_type(s6.element_of_cycle_type(p).permutation) == p  # type: ignore[attr-defined]


def test_inverse_of_stacked_permutations() -> None:
    p = np.array([[[2, 0, 1], [1, 0, 2]]])
    assert np.array_equal(np.take_along_axis(p, inverse(p), axis=-1), np.broadcast_to(np.arange(3), p.shape))
