"""S_n: Murnaghan–Nakayama characters and Young's orthogonal form against the general theory of finite groups."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest

from intertwine.errors import RepresentationError
from intertwine.groups.finite_names import finite_group
from intertwine.groups.symmetric_group import SymmetricGroup
from intertwine.representations.finite.character_table import CharacterTable
from intertwine.representations.finite.symmetric_characters import SymmetricCharacters, hook_dimension, transposed
from intertwine.representations.finite.symmetric_theory import SymmetricTheory
from intertwine.representations.finite.young import young_form

# Rows of S5 on the classes 1^5, 2 1^3, 2^2 1, 3 1^2, 3 2, 4 1, 5 (James and Kerber, appendix I.A).
S5 = {
    "(5)": (1, 1, 1, 1, 1, 1, 1),
    "(4,1)": (4, 2, 0, 1, -1, 0, -1),
    "(3,2)": (5, 1, 1, -1, 1, -1, 0),
    "(3,1,1)": (6, 0, -2, 0, 0, 0, 1),
    "(2,2,1)": (5, -1, 1, -1, -1, 1, 0),
    "(2,1,1,1)": (4, -2, 0, 1, 1, 0, -1),
    "(1,1,1,1,1)": (1, -1, 1, 1, -1, -1, 1),
}
CLASSES = [(1, 1, 1, 1, 1), (2, 1, 1, 1), (2, 2, 1), (3, 1, 1), (3, 2), (4, 1), (5,)]


def theory(n: int) -> SymmetricTheory:
    return SymmetricTheory(SymmetricGroup(n))


def test_table_of_s5() -> None:
    ours = theory(5)
    table = ours.characters
    for name, row in S5.items():
        found = table.values[table.row[ours.parse(name)]]
        assert [int(found[table.row[c]]) for c in CLASSES] == list(row)


def test_the_table_test_sees_a_wrong_strip_sign() -> None:
    table = SymmetricCharacters(5)
    wrong = np.abs(table.values)
    assert np.any(wrong[table.row[(3, 2)]] != table.values[table.row[(3, 2)]])


@pytest.mark.parametrize("n", [2, 3, 4, 5, 6])
def test_against_the_class_algebra(n: int) -> None:
    group = finite_group(f"S{n}")
    assert isinstance(group, SymmetricGroup)
    general, ours = CharacterTable(group), theory(n)
    classes = general.classes.of[ours.class_representatives]
    rows = {tuple(np.rint(row[classes].real).astype(int)) for row in general.values}
    assert rows == {tuple(int(x) for x in row) for row in ours.characters.values}
    assert np.array_equal(general.classes.sizes[classes], ours.characters.class_sizes.astype(int))


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 6])
def test_youngs_form(n: int) -> None:
    ours = theory(n)
    rng = np.random.default_rng(0)
    for label in ours.labels(10**6):
        d = ours.dimension(label)
        assert young_form(label).dimension == d
        g, h = ours.group.sample(rng), ours.group.sample(rng)
        left, right = ours.matrix(label, g), ours.matrix(label, h)
        assert np.abs(left @ right - ours.matrix(label, g @ h)).max() < 1e-13
        assert np.abs(left @ left.T - np.eye(d)).max() < 1e-13
        assert np.abs(left - ours.representation(label).matrix(g.index)).max() < 1e-13
        for generator, matrix in zip(ours.group.generators, ours.discrete(label), strict=True):
            assert np.abs(ours.matrix(label, generator) - matrix).max() < 1e-13
        traces = [np.trace(ours.matrix(label, ours.group.element(i))) for i in ours.class_representatives]
        assert ours.decompose_character(np.array(traces)) == {label: 1}


def test_a_wrong_axial_distance_is_no_representation() -> None:
    form = young_form((3, 1, 1))
    a, b = form.transposition(0), form.transposition(1)
    assert np.abs(a @ b @ a - b @ a @ b).max() < 1e-14
    b[1, 1] = -b[1, 1]
    assert np.abs(a @ b @ a - b @ a @ b).max() > 0.1


def test_clebsch_gordan_of_s5() -> None:
    ours = theory(5)
    a = ours.parse("(3,1,1)")
    rng = np.random.default_rng(0)
    for c, n in ours.decompose(a, a).items():
        T = ours.clebsch_gordan(a, a, c)
        assert len(T) == n
        g = ours.group.sample(rng)
        A, C = ours.matrix(a, g), ours.matrix(c, g)
        assert np.abs(np.einsum("ip,jq,mpqk->mijk", A, A, T) - T @ C).max() < 1e-12


def test_products_at_n_12_need_no_matrices() -> None:
    ours = theory(12)
    start = time.perf_counter()
    label = ours.parse("(5,3,2,1,1)")
    counts = ours.decompose(label, label)
    assert time.perf_counter() - start < 5.0
    assert sum(n * ours.dimension(c) for c, n in counts.items()) == ours.dimension(label) ** 2 == 7700**2
    assert counts[ours.trivial] == 1
    assert sum(hook_dimension(p) ** 2 for p in ours.characters.partitions) == math.factorial(12)
    # (n−1,1) ⊗ (n−1,1) = (n) + (n−1,1) + (n−2,2) + (n−2,1,1)
    standard = ours.parse("standard")
    assert set(ours.decompose(standard, standard)) == {(12,), (11, 1), (10, 2), (10, 1, 1)}
    sign = ours.parse("sign")
    assert ours.decompose(label, sign) == {transposed(label): 1}


def test_names() -> None:
    ours = theory(5)
    for label in ours.labels(10):
        assert ours.parse(ours.name(label)) == label == ours.parse(*label)
    assert ours.parse("3,1^2") == (3, 1, 1) == ours.parse([3, 1, 1])
    assert ours.parse("trivial") == (5,)
    assert ours.parse("sign") == (1,) * 5
    for bad in ("(3,1)", "(1,4)", "x", (2, 2), "(6,-1)"):
        with pytest.raises(RepresentationError, match="partition of 5"):
            ours.parse(bad)
