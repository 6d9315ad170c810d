"""What is no group, irrep, element or embedding is refused: one error family, with value, expectation and fix."""

from __future__ import annotations

import numpy as np
import pytest

import intertwine as tw
from intertwine.errors import GroupError, IntertwineError, RepresentationError
from intertwine.groups.finite_group import FiniteGroup
from intertwine.groups.product import ProductGroup


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [
        ("SU3", "SU(3)"),
        ("SO(4", "SO(4)"),
        ("XU(3)", "SU(3)"),
        ("E9", "E8"),
        ("SU(3)xSUU(2)", "SU(2)"),
        ("G3", "G2"),
        ("O h", "Oh"),
    ],
)
def test_names_of_no_group(name: str, suggestion: str) -> None:
    if name == "O h":  # spaces do not matter
        assert tw.group(name) == tw.group("Oh")
        return
    with pytest.raises(GroupError) as caught:
        tw.group(name)
    assert "not the name of a group" in str(caught.value) or "expected" in str(caught.value)
    assert suggestion in str(caught.value)


@pytest.mark.parametrize(
    "name", ["SU(0)", "SU(1)", "Sp(3)", "SO(1,1)", "S0", "SO(1)", "", "x", "SU(3)x", "SU(-2)", "U(0)"]
)
def test_impossible_parameters(name: str) -> None:
    with pytest.raises(GroupError, match="received"):
        tw.group(name)


def test_equal_names_are_equal_groups() -> None:
    assert tw.group("SU(3)") is tw.group(" SU(3) ")
    assert tw.group("SU(3)×U(1)") == tw.group("SU(3)xU(1)") == tw.group(tw.group("SU(3)xU(1)"))
    assert hash(tw.group("SU(3)xU(1)")) == hash(tw.group("SU(3) x U(1)"))
    assert tw.group("SU(3)") != tw.group("SL(3,R)")
    assert tw.group("SU(2)xU(1)") != tw.group("U(1)xSU(2)")


@pytest.mark.parametrize(
    ("group", "label", "message"),
    [
        ("SU(3)", ("9",), "nearest: 8, 10"),
        ("SU(3)", (-1, 0), "received"),
        ("SU(3)", (1, 1, 1), "received"),
        ("SU(3)", ("",), "received|empty"),
        ("SO(3)", ("1/2",), "SU\\(2\\)|Spin\\(3\\)"),
        ("SO(10)", ("16",), "Spin\\(10\\)"),
        ("SO(1,3)", ("(1/2,0)",), "SL\\(2,C\\)|Spin"),
        ("SU(3)xU(1)", ("3",), "one entry a factor"),
        ("SU(3)xU(1)", ("(3,1,1)",), "one entry a factor"),
        ("S4", ("(5)",), "received"),
        ("Oh", ("T3g",), "nearest"),
        ("U(1)", ("a",), "received"),
    ],
)
def test_labels_of_no_irrep(group: str, label: tuple[object, ...], message: str) -> None:
    with pytest.raises(RepresentationError, match=message):
        tw.group(group).irrep(*label)
    with pytest.raises(RepresentationError):
        tw.group(group).irrep()


def test_elements_that_are_not_in_the_group() -> None:
    rotations = tw.group("SO(3)")
    with pytest.raises(GroupError):
        rotations.element(np.diag([1.0, 1.0, -1.0]))  # a reflection
    with pytest.raises(GroupError):
        rotations.element(1.1 * np.eye(3))
    with pytest.raises(GroupError):
        tw.group("O(3)").element(1.1 * np.eye(3))
    with pytest.raises(GroupError):
        tw.group("O(1,3)").element(np.diag([1.0, 1.0, 1.0]))
    with pytest.raises(GroupError):
        tw.group("SO(1,3)").element(np.diag([-1.0, 1.0, 1.0, 1.0]))  # time reversal
    with pytest.raises(GroupError):
        rotations.exp([1.0, 2.0])
    with pytest.raises(GroupError):
        rotations.exp([1.0, 2.0, np.nan])
    with pytest.raises(GroupError, match="no Lie algebra"):
        tw.group("S4").exp([1.0])
    with pytest.raises(GroupError):
        tw.group("SU(3)xU(1)").exp([1.0])
    with pytest.raises(GroupError, match="not an element"):
        tw.group("SU(3)xU(1)").element(tw.group("SU(3)").identity)
    with pytest.raises(GroupError, match="different groups"):
        rotations.identity @ tw.group("SU(2)").identity
    with pytest.raises(GroupError, match="different groups"):
        tw.group("O(3)").identity @ tw.group("O(2)").identity


def test_generators_that_are_no_group() -> None:
    with pytest.raises(GroupError):
        FiniteGroup.from_permutations([[0, 0, 1]])
    with pytest.raises(GroupError):
        FiniteGroup.from_matrices([[[1.0, 1.0], [0.0, 1.0]]])  # infinite order
    with pytest.raises(GroupError):
        tw.group([[[0.0, 1.0], [0.0, 0.0]], [[0.0, 0.0], [1.0, 0.0]]])  # does not close: [E, F] = H is missing
    with pytest.raises(GroupError, match="at least two factors"):
        ProductGroup([tw.group("SU(2)")])
    with pytest.raises(GroupError, match="by its name or by generators"):
        tw.group(3)  # type: ignore[arg-type]


def test_every_error_is_of_one_family_and_says_what_was_received() -> None:
    for call in (lambda: tw.group("SU3"), lambda: tw.group("SU(3)").irrep("9"), lambda: tw.decompose("SU(3)", "8x8")):
        with pytest.raises(IntertwineError) as caught:
            call()
        assert caught.value.problem
        assert len(str(caught.value).splitlines()) == 1


def test_ambiguous_products() -> None:
    with pytest.raises(RepresentationError) as caught:
        tw.decompose("SU(3)", "8x8")
    assert '"8 x 8"' in str(caught.value)
    assert 'Rep("SU(3)", "8x8")' in str(caught.value)
    with pytest.raises(RepresentationError, match="empty factor"):
        tw.decompose("SU(3)", "8 ⊗ ")
