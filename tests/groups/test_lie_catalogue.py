"""Lie groups by name."""

import pytest

from intertwine.errors import GroupError, RepresentationError
from intertwine.groups.lie_catalogue import lookup

# name: (canonical name, type, dimension, compact, components)
KNOWN = {
    "SO(3)": ("SO(3)", "A1", 3, True, 1), "SO(4)": ("SO(4)", "A1xA1", 6, True, 1), "SO(2)": ("SO(2)", "", 1, True, 1),
    "O(3)": ("O(3)", "A1", 3, True, 2), "O(1,3)": ("O(1,3)", "A1xA1", 6, False, 4),
    "Spin(7)": ("Spin(7)", "B3", 21, True, 1),
    "SU( 3 )": ("SU(3)", "A2", 8, True, 1), "U(3)": ("U(3)", "A2", 9, True, 1), "U(1)": ("U(1)", "", 1, True, 1),
    "Sp(4)": ("Sp(4)", "C2", 10, True, 1), "USp(4)": ("Sp(4)", "C2", 10, True, 1),
    "Sp(4,R)": ("Sp(4,R)", "C2", 10, False, 1),
    "Sp(1,1)": ("Sp(1,1)", "C2", 10, False, 1), "USp(2,2)": ("Sp(1,1)", "C2", 10, False, 1),
    "SL(2,C)": ("SL(2,C)", "A1xA1", 6, False, 1), "SL(3,R)": ("SL(3,R)", "A2", 8, False, 1),
    "SO(4,2)": ("SO(4,2)", "A3", 15, False, 1),
    "SU(2,1)": ("SU(2,1)", "A2", 8, False, 1), "SO+(1,3)": ("SO(1,3)", "A1xA1", 6, False, 1),
    "G2": ("G2", "G2", 14, True, 1),
    "split G2": ("G2(2)", "G2", 14, False, 1), "E6(-26)": ("E6(-26)", "E6", 78, False, 1),
    "E8(8)": ("E8(8)", "E8", 248, False, 1),
    "E8(-248)": ("E8", "E8", 248, True, 1), "SO*(8)": ("SO*(8)", "D4", 28, False, 1),
    "SU*(4)": ("SU*(4)", "A3", 15, False, 1),
}  # fmt: skip


@pytest.mark.parametrize("name", KNOWN)
def test_known(name: str) -> None:
    spec = lookup(name)
    assert spec is not None
    assert (spec.name, spec.root_system.type_name, spec.dimension, spec.is_compact, spec.components) == KNOWN[name]
    assert lookup(spec.name) == spec
    assert (spec.connected is None) == (spec.components == 1)


@pytest.mark.parametrize("name", ["S5", "C4", "D4", "A4", "Oh", "GL(3)", "SU", "SU(x)", "E5", "SO(3)xSO(3)", ""])
def test_other_names_are_left_to_others(name: str) -> None:
    assert lookup(name) is None


@pytest.mark.parametrize(
    "name", ["Sp(3)", "Sp(3,R)", "SU(1)", "SU(0)", "SO(1,1)", "SO(3,0)", "E6(5)", "SU*(3)", "Spin(1)", "SO*(5)"]
)
def test_impossible_parameters(name: str) -> None:
    with pytest.raises(GroupError, match="received"):
        lookup(name)


@pytest.mark.parametrize(
    ("name", "dynkin", "charges", "hint"),
    [
        ("SO(3)", (1,), (), r"use Spin\(3\)"),
        ("SO(10)", (0, 0, 0, 0, 1), (), r"use Spin\(10\)"),
        ("SO(4)", (1, 0), (), r"use Spin\(4\)"),
        ("SO(1,3)", (1, 0), (), r"use SL\(2,C\)"),
        ("SO(7)", (0, 0, 3), (), r"use Spin\(7\)"),
        ("U(3)", (1, 0), (2,), "3-ality"),
        ("U(3)", (0, 0), (1,), "3-ality"),
        ("SO(2)", (), ("1/2",), r"Spin\(2\)"),
        ("SU(3)", (1, -1), (), "non-negative"),
        ("SU(3)", (1,), (), "non-negative"),
        ("U(1)", (), (), "charge"),
    ],
)
def test_labels_of_the_group_only(name, dynkin, charges, hint) -> None:
    spec = lookup(name)
    assert spec is not None
    with pytest.raises(RepresentationError, match=hint):
        spec.label(dynkin, charges)


def test_covers_accept_what_the_group_refuses() -> None:
    for name, dynkin in [("Spin(3)", (1,)), ("Spin(10)", (0, 0, 0, 0, 1)), ("Spin(1,3)", (1, 0)), ("SO(4)", (1, 1))]:
        spec = lookup(name)
        assert spec is not None
        assert spec.label(dynkin) == (dynkin, ())
