"""Point groups: the 32 crystallographic ones and the icosahedral ones as subgroups of O(3) in the standard setting."""

from __future__ import annotations

import numpy as np
import pytest

from intertwine.groups.finite_names import finite_group
from intertwine.groups.point_groups import HERMANN_MAUGUIN, schoenflies

# Numbers of (rotations, improper elements, elements that keep the z axis up to sign); International Tables A, table
# 10.1.2.
COUNTS = {
    "C1": (1, 0),
    "Ci": (1, 1),
    "C2": (2, 0),
    "Cs": (1, 1),
    "C2h": (2, 2),
    "D2": (4, 0),
    "C2v": (2, 2),
    "D2h": (4, 4),
    "C4": (4, 0),
    "-4": (2, 2),
    "C4h": (4, 4),
    "D4": (8, 0),
    "C4v": (4, 4),
    "D2d": (4, 4),
    "D4h": (8, 8),
    "C3": (3, 0),
    "C3i": (3, 3),
    "D3": (6, 0),
    "C3v": (3, 3),
    "D3d": (6, 6),
    "C6": (6, 0),
    "C3h": (3, 3),
    "C6h": (6, 6),
    "D6": (12, 0),
    "C6v": (6, 6),
    "D3h": (6, 6),
    "D6h": (12, 12),
    "T": (12, 0),
    "Th": (12, 12),
    "O": (24, 0),
    "Td": (12, 12),
    "Oh": (24, 24),
    "I": (60, 0),
    "Ih": (60, 60),
}


@pytest.mark.parametrize("name", COUNTS)
def test_elements_are_orthogonal_with_the_right_determinants(name: str) -> None:
    group = finite_group(name)
    assert group is not None
    matrices = np.array([g.matrix for g in group.elements])
    assert np.abs(matrices @ matrices.transpose(0, 2, 1) - np.eye(3)).max() < 1e-14
    signs = np.linalg.det(matrices)
    assert (int(np.sum(signs > 0)), int(np.sum(signs < 0))) == COUNTS[name]


def test_all_32_and_two_more_are_there() -> None:
    assert len(COUNTS) == 34 == len(HERMANN_MAUGUIN)
    for symbol in HERMANN_MAUGUIN:
        group = finite_group(symbol)
        assert group is not None
        assert group.name in COUNTS
    assert schoenflies("-62m") == "D3h"
    assert schoenflies("m3m") == "Oh"
    assert schoenflies("Oh") == "Oh"


def test_z_is_the_main_axis_and_x_the_second() -> None:
    for n in (2, 3, 4, 5, 6, 7):
        d_n, c_nv = finite_group(f"D{n}"), finite_group(f"C{n}v")
        assert d_n is not None
        assert c_nv is not None
        turn = 2 * np.pi / n
        rotation = np.array([[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]])
        assert d_n.holds(rotation)
        assert c_nv.holds(rotation)
        assert d_n.holds(np.diag([1.0, -1.0, -1.0]))
        assert not c_nv.holds(np.diag([1.0, -1.0, -1.0]))
        assert c_nv.holds(np.diag([1.0, -1.0, 1.0]))
        assert not d_n.holds(np.diag([1.0, -1.0, 1.0]))


def test_the_icosahedral_groups_contain_the_cubic_ones() -> None:
    for small, large in (
        ("T", "I"),
        ("Th", "Ih"),
        ("T", "O"),
        ("Td", "Oh"),
        ("Th", "Oh"),
        ("D2d", "Oh"),
        ("C4v", "Oh"),
    ):
        inner, outer = finite_group(small), finite_group(large)
        assert inner is not None
        assert outer is not None
        assert all(outer.holds(g.matrix) for g in inner.elements)
    o, i = finite_group("O"), finite_group("I")
    assert o is not None
    assert i is not None
    assert not all(i.holds(g.matrix) for g in o.elements)
