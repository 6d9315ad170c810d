"""Symmetric and antisymmetric powers: tables, dimensions, characters at random torus points, types."""

from functools import cache
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intertwine.errors import RepresentationError
from intertwine.groups.lie_catalogue import lookup
from intertwine.groups.root_system import RootSystem
from intertwine.representations.lie import labels as lie_labels
from intertwine.representations.lie import names as lie_names
from intertwine.representations.lie import powers
from intertwine.representations.lie.powers import antisymmetric_power, character, symmetric_power
from intertwine.representations.lie.weights import weight_system, weyl_dimension

system = cache(RootSystem.from_type)

# Slansky's tables mark symmetric and antisymmetric parts of squares; cubes from LiE's manual and anomaly counting
SYMMETRIC = [
    ("SU(3)", "3", 2, "6"), ("SU(3)", "8", 2, "1 + 8 + 27"), ("SU(3)", "8", 3, "1 + 8 + 10 + 10bar + 27 + 64"),
    ("SU(5)", "10", 2, "5bar + 50bar"),
    ("Spin(10)", "16", 2, "10 + 126"), ("E6", "27", 2, "27bar + 351bar'"), ("E6", "27", 3, "1 + 650 + 3003"),
    ("E7", "56", 2, "133 + 1463"),
    ("E7", "56", 4, "1 + 1463 + 1539 + 7371 + 150822 + 293930"), ("E8", "248", 2, "1 + 3875 + 27000"),
    ("G2", "7", 2, "1 + 27"),
    ("G2", "7", 3, "7 + 77"), ("SO(3)", "1", 4, "0 + 2 + 4"), ("U(1)", "1/2", 3, "3/2"), ("SU(3)", "8", 0, "1"),
]  # fmt: skip
ANTISYMMETRIC = [
    ("SU(3)", "3", 2, "3bar"), ("SU(3)", "8", 2, "8 + 10 + 10bar"), ("SU(3)", "3", 3, "1"), ("SU(3)", "3", 4, ""),
    ("SU(5)", "10", 2, "45bar"),
    ("Spin(10)", "16", 2, "120"), ("E6", "27", 2, "351bar"), ("E6", "27", 3, "2925"), ("E7", "56", 2, "1 + 1539"),
    ("E8", "248", 2, "248 + 30380"),
    ("E8", "248", 3, "1 + 3875 + 27000 + 30380 + 2450240"), ("G2", "7", 3, "1 + 7 + 27"), ("F4", "26", 2, "52 + 273"),
    ("Sp(4)", "4", 2, "1 + 5"),
]  # fmt: skip
CASES = [(*row, False) for row in SYMMETRIC] + [(*row, True) for row in ANTISYMMETRIC]


@pytest.mark.parametrize(("group", "irrep", "degree", "expected", "antisymmetric"), CASES)
def test_tables(group: str, irrep: str, degree: int, expected: str, antisymmetric: bool) -> None:
    spec = lookup(group)
    assert spec is not None
    label = lie_names.parse(spec, irrep)
    found = lie_labels.powers(spec, {label: 1}, degree, antisymmetric=antisymmetric)
    names = sorted(lie_names.name(spec, c) for c, m in found.items() for _ in range(m))
    assert names == sorted(expected.split(" + ") if expected else [])
    d = lie_labels.dimension(spec, label)
    size = comb(d, degree) if antisymmetric else comb(d + degree - 1, degree)
    assert sum(m * lie_labels.dimension(spec, c) for c, m in found.items()) == size


LABELS = st.sampled_from(
    [
        ("A1", (3,)),
        ("A2", (1, 1)),
        ("A2", (2, 0)),
        ("B2", (1, 0)),
        ("B2", (0, 1)),
        ("G2", (1, 0)),
        ("A3", (0, 1, 0)),
        ("A1xA1", (1, 1)),
    ]
)


@settings(deadline=None, max_examples=40)
@given(LABELS, st.integers(1, 6), st.booleans(), st.integers(0, 2**31))
def test_against_the_generating_function(label, degree: int, antisymmetric: bool, seed: int) -> None:
    """Σ t^k χ(Sym^k) = Π 1/(1 − t x), Σ t^k χ(Λ^k) = Π (1 + t x), x the eigenvalues of a torus element."""
    kind, dynkin = label
    theta = np.random.default_rng(seed).uniform(-np.pi, np.pi, size=system(kind).rank)
    weights, counts = weight_system(system(kind), dynkin)
    series = np.zeros(degree + 1, dtype=np.complex128)
    series[0] = 1
    for x in np.repeat(np.exp(1j * (weights @ theta)), counts):
        if antisymmetric:
            series[1:] += x * series[:-1].copy()
        else:
            for k in range(1, degree + 1):
                series[k] += x * series[k - 1]
    power = antisymmetric_power if antisymmetric else symmetric_power
    found = power(system(kind), dynkin, degree)
    value = sum(m * character(*weight_system(system(kind), c), theta) for c, m in found.items())
    assert abs(value - series[degree]) < 1e-10 * max(1, abs(series).max()) * weyl_dimension(system(kind), dynkin)


@settings(deadline=None)
@given(LABELS)
def test_indicator_of_the_compact_form_by_squares(label) -> None:
    """The trivial irrep is in Sym² V for real, in Λ² V for quaternionic, in neither for complex type."""
    from intertwine.groups.real_form import RealForm

    kind, dynkin = label
    trivial = (0,) * system(kind).rank
    expected = symmetric_power(system(kind), dynkin, 2).get(trivial, 0) - antisymmetric_power(
        system(kind), dynkin, 2
    ).get(trivial, 0)
    assert RealForm.compact(system(kind)).indicator(dynkin) == expected


def test_a_wrong_sign_in_newtons_identity_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """Mutation: Λ² computed with the plus sign of Sym² is not the table's."""
    weights, counts = weight_system(system("A2"), (1, 0))
    assert powers.power(system("A2"), weights, counts, 2) != antisymmetric_power(system("A2"), (1, 0), 2)
    right = powers.multiply
    monkeypatch.setattr(powers, "multiply", lambda s, w, c, d: {k: m + 1 for k, m in right(s, w, c, d).items()})
    with pytest.raises(RepresentationError):
        symmetric_power(system("A2"), (1, 1), 3)


def test_charges_add() -> None:
    spec = lookup("U(3)")
    assert spec is not None
    found = lie_labels.powers(spec, {lie_names.parse(spec, "(3,1)"): 1, lie_names.parse(spec, "(1,-3)"): 1}, 2)
    assert {lie_names.name(spec, c): m for c, m in found.items()} == {"(6,2)": 1, "(3,-2)": 1, "(1,-6)": 1}


def test_bad_degree() -> None:
    with pytest.raises(RepresentationError, match="degree"):
        symmetric_power(system("A1"), (1,), -1)
