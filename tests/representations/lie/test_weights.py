"""Dimensions, orbits and multiplicities against independent formulae; a wrong multiplicity must be caught."""

from functools import cache
from itertools import pairwise
from math import prod

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intertwine.errors import RepresentationError
from intertwine.groups.root_system import RootSystem
from intertwine.representations.lie import weights
from intertwine.representations.lie.weights import (
    dominant_multiplicities,
    multiplicities,
    orbit_size,
    reflect_to_dominant,
    weyl_dimension,
    weyl_orbit,
)

system = cache(RootSystem.from_type)


def unit(rank: int, *entries: int) -> tuple[int, ...]:
    """Labels with the given entries counted from 1; repeated entries add."""
    return tuple(entries.count(i + 1) for i in range(rank))


# Slansky, tables 23-53 (in Bourbaki's numbering)
DIMENSIONS = [
    ("A1", (5,), 6), ("A2", (1, 1), 8), ("A2", (2, 2), 27), ("A3", (0, 1, 0), 6), ("A4", (0, 1, 0, 0), 10),
    ("A4", (0, 1, 1, 0), 75),
    ("B3", (0, 0, 1), 8), ("B4", (0, 0, 0, 1), 16), ("C2", (1, 0), 4), ("C2", (0, 1), 5), ("C3", (0, 0, 1), 14),
    ("D4", (1, 0, 0, 0), 8),
    ("D4", (0, 0, 0, 1), 8), ("D5", (0, 0, 0, 0, 1), 16), ("D5", (0, 0, 0, 1, 1), 210), ("D5", (0, 0, 0, 0, 2), 126),
    ("G2", (1, 0), 7), ("G2", (0, 1), 14), ("G2", (2, 0), 27), ("G2", (0, 2), 77), ("G2", (3, 0), 77), ("G2", (4, 2),
    2926 * 1),
    ("F4", (0, 0, 0, 1), 26), ("F4", (1, 0, 0, 0), 52), ("F4", (0, 0, 1, 0), 273), ("F4", (0, 1, 0, 0), 1274),
    ("E6", unit(6, 1), 27), ("E6", unit(6, 2), 78), ("E6", unit(6, 3), 351), ("E6", unit(6, 4), 2925),
    ("E6", unit(6, 1, 1), 351),
    ("E7", unit(7, 7), 56), ("E7", unit(7, 1), 133), ("E7", unit(7, 2), 912), ("E7", unit(7, 6), 1539),
    ("E7", unit(7, 3), 8645),
    ("E7", unit(7, 5), 27664), ("E7", unit(7, 4), 365750), ("E8", unit(8, 8), 248), ("E8", unit(8, 1), 3875),
    ("E8", unit(8, 7), 30380),
    ("E8", unit(8, 2), 147250), ("E8", unit(8, 6), 2450240), ("E8", unit(8, 3), 6696000), ("E8", unit(8, 5), 146325270),
    ("E8", unit(8, 4), 6899079264), ("E8", unit(8, 8, 8), 27000), ("E8", unit(8, 8, 8, 8), 1763125), ("", (), 1),
]  # fmt: skip


@pytest.mark.parametrize(("name", "dynkin", "dimension"), DIMENSIONS)
def test_dimensions(name: str, dynkin: tuple[int, ...], dimension: int) -> None:
    assert weyl_dimension(system(name), dynkin) == dimension


def test_transposed_cartan_matrix_is_caught() -> None:
    """Mutation: columns for rows swaps the lengths of the roots; the table must notice wherever they differ."""
    for name in ("G2", "F4", "B3", "C3"):
        broken = RootSystem(system(name).cartan.T)
        rows = [(d, n) for kind, d, n in DIMENSIONS if kind == name]
        assert any(weyl_dimension(broken, d) != n for d, n in rows)


def hook_content(dynkin: tuple[int, ...]) -> int:
    """Dimension of an irrep of SU(n) by the hook-content formula (Stanley)."""
    n = len(dynkin) + 1
    rows = [sum(dynkin[i:]) for i in range(n - 1)]
    columns = [sum(1 for r in rows if r > j) for j in range(max(rows, default=0))]
    contents = prod(n + j - i for i, r in enumerate(rows) for j in range(r))
    hooks = prod(r - j + columns[j] - i - 1 for i, r in enumerate(rows) for j in range(r))
    return contents // hooks


@given(st.lists(st.integers(0, 5), min_size=1, max_size=6).map(tuple))
def test_special_unitary_dimensions(dynkin: tuple[int, ...]) -> None:
    assert weyl_dimension(system(f"A{len(dynkin)}"), dynkin) == hook_content(dynkin)


def gelfand_tsetlin(dynkin: tuple[int, ...]) -> dict[tuple[int, ...], int]:
    """Weights of an irrep of SU(n) by counting Gelfand-Tsetlin patterns."""

    @cache
    def patterns(row: tuple[int, ...]) -> dict[tuple[int, ...], int]:
        if len(row) == 1:
            return {row: 1}
        total: dict[tuple[int, ...], int] = {}
        lower: list[tuple[int, ...]] = [()]
        for a, b in pairwise(row):
            lower = [(*head, x) for head in lower for x in range(b, a + 1)]
        for below in lower:
            for content, count in patterns(below).items():
                full = (*content, sum(row) - sum(below))
                total[full] = total.get(full, 0) + count
        return total

    rows = tuple(sum(dynkin[i:]) for i in range(len(dynkin) + 1))
    found: dict[tuple[int, ...], int] = {}
    for content, count in patterns(rows).items():
        weight = tuple(a - b for a, b in pairwise(content))
        found[weight] = found.get(weight, 0) + count
    return found


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(0, 2), min_size=1, max_size=4).map(tuple))
def test_multiplicities_by_gelfand_tsetlin_patterns(dynkin: tuple[int, ...]) -> None:
    assert multiplicities(system(f"A{len(dynkin)}"), dynkin) == gelfand_tsetlin(dynkin)


LABELS = st.one_of(
    *[
        st.tuples(st.just(name), st.tuples(*[st.integers(0, top)] * rank))
        for name, rank, top in [
            ("G2", 2, 3),
            ("B2", 2, 4),
            ("B3", 3, 2),
            ("C3", 3, 2),
            ("D4", 4, 1),
            ("A1xB2", 3, 2),
            ("D3", 3, 2),
        ]
    ]
)


@settings(deadline=None, max_examples=60)
@given(LABELS)
def test_multiplicities_sum_to_the_dimension_and_are_weyl_invariant(label) -> None:
    name, dynkin = label
    found = multiplicities(system(name), dynkin)
    assert sum(found.values()) == weyl_dimension(system(name), dynkin)
    for i, root in enumerate(system(name).cartan):
        assert {tuple(np.array(w) - w[i] * root): m for w, m in found.items()} == found
    assert next(iter(found)) == tuple(dynkin)


def test_a_wrong_multiplicity_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """Mutation: one multiplicity too many must break the sum."""
    right = dominant_multiplicities
    monkeypatch.setattr(
        weights,
        "dominant_multiplicities",
        lambda s, d: {w: m + (k == 1) for k, (w, m) in enumerate(right(s, d).items())},
    )
    assert sum(multiplicities(system("A2"), (1, 1)).values()) != weyl_dimension(system("A2"), (1, 1))


def test_zero_weight_multiplicities() -> None:
    """Rank for adjoints; E8's 3875 has 35 (McKay and Patera, Tables of dimensions)."""
    for name, adjoint in [("A4", (1, 0, 0, 1)), ("G2", (0, 1)), ("F4", (1, 0, 0, 0)), ("E8", unit(8, 8))]:
        assert multiplicities(system(name), adjoint)[(0,) * len(adjoint)] == len(adjoint)
    assert dominant_multiplicities(system("E8"), unit(8, 1))[(0,) * 8] == 35


@settings(deadline=None)
@given(LABELS)
def test_orbits(label) -> None:
    name, dynkin = label
    orbit = weyl_orbit(system(name), dynkin)
    assert len(orbit) == orbit_size(system(name), dynkin) == len({tuple(w) for w in orbit.tolist()})
    heads, signs = reflect_to_dominant(system(name), orbit)
    assert (heads == np.array(dynkin)).all()
    if all(dynkin):
        assert signs.sum() == 0


@pytest.mark.parametrize("dynkin", [(1, -1), (1,), (1, 2, 3), (0.5, 1)])
def test_labels_that_are_not_dominant(dynkin) -> None:
    with pytest.raises(RepresentationError, match="not a dominant integral weight"):
        weyl_dimension(system("A2"), dynkin)
