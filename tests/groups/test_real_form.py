"""Real forms: validation, types of irreps, and the number of non-compact generators; a flipped sign must be caught."""

from dataclasses import replace

import pytest

from intertwine.errors import GroupError
from intertwine.groups.lie_catalogue import lookup
from intertwine.groups.lie_group import LieGroup, lie_group
from intertwine.groups.lie_spec import LieSpec
from intertwine.groups.real_form import RealForm
from intertwine.groups.root_system import RootSystem

A3, D4 = RootSystem.from_type("A3"), RootSystem.from_type("D4")


@pytest.mark.parametrize(
    ("system", "tau", "signs"),
    [
        (A3, (0, 1), (1, 1, 1)),
        (A3, (1, 0, 2), (1, 1, 1)),
        (A3, (2, 1, 0), (-1, 1, -1)),
        (A3, (0, 1, 2), (1, 0, 1)),
        (A3, (0, 1, 2), (1, 1)),
        (D4, (2, 1, 3, 0), (1, 1, 1, 1)),
    ],
)
def test_not_a_real_form(system: RootSystem, tau, signs) -> None:
    with pytest.raises(GroupError, match="received"):
        RealForm(system, tau, signs)


def type_of(name: str, *dynkin: int) -> int:
    spec = spec_of(name)
    return spec.indicator(spec.label(dynkin))


def spec_of(name: str) -> LieSpec:
    spec = lookup(name)
    assert spec is not None
    return spec


# name, highest weight, type: +1 real, -1 quaternionic, 0 complex
TYPES = [
    ("SU(2)", (1,), -1), ("SL(2,R)", (1,), 1), ("SU(1,1)", (1,), 1), ("Sp(4)", (1, 0), -1), ("Sp(4,R)", (1, 0), 1),
    ("Sp(1,1)", (1, 0), -1), ("Sp(4)", (0, 1), 1), ("SL(2,C)", (1, 0), 0), ("SL(2,C)", (1, 1), 1), ("SL(2,C)", (2, 0),
    0),
    ("SU(2,2)", (1, 0, 0), 0), ("SU(2,2)", (0, 1, 0), 1), ("SU(3)", (1, 0), 0), ("SU(3)", (1, 1), 1),
    ("SL(3,R)", (1, 0), 1),
    ("SU(2,1)", (1, 0), 0), ("SL(4,R)", (1, 0, 0), 1), ("SU*(4)", (1, 0, 0), -1), ("SU*(4)", (0, 1, 0), 1),
    ("Spin(1,9)", (0, 0, 0, 0, 1), 1), ("Spin(10)", (0, 0, 0, 0, 1), 0), ("E6", (1, 0, 0, 0, 0, 0), 0),
    ("E6(6)", (1, 0, 0, 0, 0, 0), 1), ("E6(-26)", (1, 0, 0, 0, 0, 0), 1), ("E6(2)", (1, 0, 0, 0, 0, 0), 0),
    ("E7", (0,) * 6 + (1,), -1), ("E7(7)", (0,) * 6 + (1,), 1), ("E7(-25)", (0,) * 6 + (1,), 1),
    ("E7(-5)", (0,) * 6 + (1,), -1), ("SU(6)", (0, 0, 1, 0, 0), -1), ("SU(3,3)", (0, 0, 1, 0, 0), 1),
    ("SU(4,2)", (0, 0, 1, 0, 0), -1), ("SO*(8)", (0, 1, 0, 0), 1), ("SL(3,C)", (1, 0, 1, 0), 0),
    ("SL(3,C)", (1, 0, 0, 0), 0),
]  # fmt: skip


@pytest.mark.parametrize(("name", "dynkin", "expected"), TYPES)
def test_types(name: str, dynkin: tuple[int, ...], expected: int) -> None:
    assert type_of(name, *dynkin) == expected


SPINS = [(p, n - p) for n in range(3, 13) for p in range(n + 1)]


def spinor_type(spec: LieSpec) -> int:
    return spec.indicator(spec.label((0,) * (spec.root_system.rank - 1) + (1,)))


def expected_spinor_type(p: int, q: int) -> int:
    """The even Clifford algebra's table by (p − q) mod 8 (Lawson and Michelsohn, Spin geometry, I.4)."""
    return {0: 1, 1: 1, 7: 1, 3: -1, 4: -1, 5: -1, 2: 0, 6: 0}[(p - q) % 8]


def test_spinors_follow_the_clifford_clock() -> None:
    for p, q in SPINS:
        name = f"Spin({p},{q})" if p and q else f"Spin({p + q})"
        assert spinor_type(spec_of(name)) == expected_spinor_type(p, q), name


# flips that change the real form (others may give an equivalent diagram of the same one)
FLIPS = [
    ("Spin(5)", 0), ("Spin(5)", 1), ("Spin(6)", 0), ("Spin(6)", 1), ("Spin(3,2)", 0), ("Spin(2,2)", 0),
    ("Spin(2,2)", 1),
    ("Spin(5,4)", 1), ("Spin(3,3)", 0), ("Spin(3)", 0), ("Spin(2,1)", 0), ("Spin(5,3)", 1),
]  # fmt: skip


@pytest.mark.parametrize(("name", "node"), FLIPS)
def test_a_flipped_sign_is_caught(name: str, node: int) -> None:
    """Mutation: s changes on one node; the Clifford clock or the number of boosts must notice."""
    spec = spec_of(name)
    p, q = (*spec.parameters, 0)[:2]
    signs = tuple(-s if i == node else s for i, s in enumerate(spec.real_form.signs))
    broken = replace(spec, real_form=replace(spec.real_form, signs=signs), series="", name="broken")
    assert (spinor_type(spec), boosts(LieGroup(spec))) == (expected_spinor_type(p, q), p * q)
    assert (spinor_type(broken), boosts(LieGroup(broken))) != (expected_spinor_type(p, q), p * q)


def boosts(group: LieGroup) -> int:
    return int(group.algebra.is_boost.sum())


# dim p of the Cartan decomposition g = k + p
BOOSTS = {
    "SU(3)": 0, "SU(2,1)": 4, "SU(2,2)": 8, "SU(3,2)": 12, "SL(2,R)": 2, "SL(3,R)": 5, "SL(4,R)": 9, "SL(5,R)": 14,
    "SU*(4)": 5,
    "SU*(6)": 14, "SL(2,C)": 3, "SL(3,C)": 8, "SO(1,3)": 3, "SO(3,3)": 9, "SO(4,2)": 8, "SO(3,2)": 6, "SO(1,4)": 4,
    "SO(2,2)": 4,
    "SO(1,9)": 9, "SO(5,3)": 15, "SO*(8)": 12, "SO*(6)": 6, "Sp(4,R)": 6, "Sp(6,R)": 12, "Sp(1,1)": 4, "Sp(2,1)": 8,
    "Sp(6)": 0,
    "G2": 0, "G2(2)": 8, "F4(4)": 28, "F4(-20)": 16, "E6(6)": 42, "E6(2)": 40, "E6(-14)": 32, "E6(-26)": 26,
    "E7(7)": 70, "E7(-5)": 64, "E7(-25)": 54,
}  # fmt: skip


@pytest.mark.parametrize("name", BOOSTS)
def test_number_of_non_compact_generators(name: str) -> None:
    group = lie_group(name)
    assert group is not None
    assert boosts(group) == BOOSTS[name]


@pytest.mark.parametrize("kind", ["A3", "B3", "C3", "D4", "D5", "G2", "F4", "E6", "E7"])
def test_split_form_has_only_real_irreps(kind: str) -> None:
    """Every irrep of a split group is real; the nodes that the catalogue paints must agree with the general rule."""
    form = RealForm.split(RootSystem.from_type(kind))
    rank = form.root_system.rank
    for node in range(rank):
        label = tuple(int(i == node) for i in range(rank))
        assert form.indicator(label) == 1
        name = {"G2": "G2(2)", "F4": "F4(4)", "E6": "E6(6)", "E7": "E7(7)"}.get(kind)
        if name:
            assert type_of(name, *label) == 1
