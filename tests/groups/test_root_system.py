"""Root systems against the classification's tables; every broken Cartan matrix must raise."""

from fractions import Fraction
from math import factorial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from intertwine.errors import GroupError
from intertwine.groups.root_system import RootSystem
from intertwine.representations.lie.weights import weyl_orbit

# type: (positive roots, determinant of the Cartan matrix, order of the Weyl group); Bourbaki, plates I-IX
TABLE = {
    "A1": (1, 2, 2), "A4": (10, 5, 120), "B1": (1, 2, 2), "B3": (9, 2, 48), "C1": (1, 2, 2), "C4": (16, 2, 384),
    "D2": (2, 4, 4), "D3": (6, 4, 24), "D5": (20, 4, 1920), "E6": (36, 3, 51840), "E7": (63, 2, 2903040),
    "E8": (120, 1, 696729600), "F4": (24, 1, 1152), "G2": (6, 1, 12), "A2xB2xG2": (13, 6, 6 * 8 * 12),
}  # fmt: skip
SIMPLE = st.sampled_from(
    ["A1", "A2", "A5", "B2", "B4", "C3", "C5", "D2", "D3", "D4", "D7", "E6", "E7", "E8", "F4", "G2"]
)


@pytest.mark.parametrize("name", TABLE)
def test_counts(name: str) -> None:
    system = RootSystem.from_type(name)
    roots, determinant, order = TABLE[name]
    assert len(system.positive_roots) == roots
    assert round(np.linalg.det(system.cartan)) == determinant
    heights = system.positive_coroots.sum(axis=1).tolist()
    assert np.prod([Fraction(h + 1, h) for h in heights]) == order
    inverse = np.array(system.inverse_cartan, dtype=object)
    assert (inverse @ system.cartan == np.eye(system.rank, dtype=int)).all()


def test_row_is_a_simple_root_in_dynkin_labels() -> None:
    assert RootSystem.from_type("B2").cartan.tolist() == [[2, -2], [-1, 2]]
    assert RootSystem.from_type("G2").cartan.tolist() == [[2, -1], [-3, 2]]
    assert RootSystem.from_type("G2").simple_root_lengths.tolist() == [2, 6]
    assert RootSystem.from_type("C3").simple_root_lengths.tolist() == [2, 2, 4]
    assert RootSystem.from_type("F4").simple_root_lengths.tolist() == [4, 4, 2, 2]


def test_special_cases() -> None:
    assert RootSystem.from_type("B1") == RootSystem.from_type("A1") == RootSystem.from_type("C1")
    assert RootSystem.from_type("D2") == RootSystem.from_type("A1xA1")
    assert RootSystem.from_type("D3").type_name == "A3"
    assert RootSystem.from_type("").rank == 0
    with pytest.raises(GroupError, match=r"torus U\(1\)"):
        RootSystem.from_type("D1")


@pytest.mark.parametrize("name", ["E5", "F3", "G3", "H2", "A0", "A", "3", "A2yB2"])
def test_no_such_type(name: str) -> None:
    with pytest.raises(GroupError, match="received"):
        RootSystem.from_type(name)


@given(SIMPLE, st.data())
def test_one_changed_cartan_entry_is_caught(name: str, data: st.DataObject) -> None:
    cartan = RootSystem.from_type(name).cartan.copy()
    i, j = (data.draw(st.integers(0, len(cartan) - 1)) for _ in range(2))
    cartan[i, j] += data.draw(st.sampled_from([1, 2, 3, -4]))
    try:
        other = RootSystem(cartan)
    except GroupError:
        return
    # what is still a Cartan matrix is another algebra (B2 from A2 …), and the counts tell
    assert other != RootSystem.from_type(name)
    assert other.type_name != RootSystem.from_type(name).type_name


@given(SIMPLE, st.randoms(use_true_random=False))
def test_renumbered_diagrams_are_recognised(name: str, random) -> None:
    system = RootSystem.from_type(name)
    order = list(range(system.rank))
    random.shuffle(order)
    other = RootSystem(system.cartan[np.ix_(order, order)])
    assert sorted(c[:2] for c in other.components) in (
        sorted(c[:2] for c in system.components),
        [("B", 2)],
        [("C", 2)],
    )
    assert len(other.positive_roots) == len(system.positive_roots)


@pytest.mark.parametrize(
    "matrix", [[[2, -1], [-1, 2.5]], [[2, 1], [1, 2]], [[2, -2], [-2, 2]], [[2, -1, 0]], [[2, -4], [-1, 2]]]
)
def test_not_a_cartan_matrix(matrix) -> None:
    with pytest.raises(GroupError):
        RootSystem(matrix)


@pytest.mark.parametrize("name", ["A3", "B3", "D4", "D5", "E6", "G2", "A2xD3"])
def test_opposition_is_minus_the_longest_element(name: str) -> None:
    """−w0 ρ-shifted: the lowest weight of an orbit, negated, is the dual's highest weight."""
    system = RootSystem.from_type(name)
    weight = tuple(range(1, system.rank + 1)) if system.rank < 5 else (1, *(0,) * (system.rank - 1))
    orbit = weyl_orbit(system, weight)
    lowest = next(w for w in orbit.tolist() if all(x <= 0 for x in w))
    assert system.longest_element(weight) == tuple(-x for x in lowest)
    if name == "A3":
        assert len(orbit) == factorial(4)
