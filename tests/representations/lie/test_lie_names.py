"""Names of irreps both ways: literature conventions, round trips, messages."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intertwine.errors import RepresentationError
from intertwine.groups.lie_catalogue import lookup
from intertwine.groups.lie_spec import LieSpec
from intertwine.representations.lie import dimension_names
from intertwine.representations.lie import labels as lie_labels
from intertwine.representations.lie import names as lie_names


def spec_of(name: str) -> LieSpec:
    spec = lookup(name)
    assert spec is not None
    return spec


# Slansky, Phys. Rep. 79 (1981) 1, tables 23-53; Dynkin labels in Bourbaki's numbering
CONVENTIONS = {
    "SU(3)": {"3": (1, 0), "6": (2, 0), "8": (1, 1), "10": (3, 0), "10bar": (0, 3), "15": (2, 1), "15'": (4, 0),
    "21": (0, 5), "24": (1, 3), "27": (2, 2)},
    "SU(4)": {"4": (1, 0, 0), "6": (0, 1, 0), "10": (2, 0, 0), "20": (0, 1, 1), "20'": (0, 2, 0), "20''": (0, 0, 3),
    "36": (2, 0, 1), "45": (2, 1, 0), "64": (1, 1, 1)},
    "SU(5)": {"5": (1, 0, 0, 0), "5bar": (0, 0, 0, 1), "10": (0, 1, 0, 0), "15": (2, 0, 0, 0), "24": (1, 0, 0, 1),
    "35": (0, 0, 0, 3), "40": (0, 0, 1, 1),
              "45": (0, 1, 0, 1), "50": (0, 0, 2, 0), "70": (2, 0, 0, 1), "70'": (0, 0, 0, 4), "75": (0, 1, 1, 0)},
    "SU(6)": {"15": (0, 1, 0, 0, 0), "20": (0, 0, 1, 0, 0), "21": (2, 0, 0, 0, 0), "35": (1, 0, 0, 0, 1)},
    "Spin(10)": {"10": (1, 0, 0, 0, 0), "16": (0, 0, 0, 0, 1), "16bar": (0, 0, 0, 1, 0), "45": (0, 1, 0, 0, 0),
    "54": (2, 0, 0, 0, 0), "120": (0, 0, 1, 0, 0),
                 "126": (0, 0, 0, 0, 2), "144": (1, 0, 0, 1, 0), "210": (0, 0, 0, 1, 1), "210'": (3, 0, 0, 0, 0)},
    "Spin(8)": {"8v": (1, 0, 0, 0), "8c": (0, 0, 1, 0), "8s": (0, 0, 0, 1), "28": (0, 1, 0, 0), "35v": (2, 0, 0, 0),
    "35s": (0, 0, 0, 2), "56v": (0, 0, 1, 1)},
    "Spin(12)": {"12": (1, 0, 0, 0, 0, 0), "32": (0, 0, 0, 0, 0, 1), "32'": (0, 0, 0, 0, 1, 0)},
    "G2": {"7": (1, 0), "14": (0, 1), "27": (2, 0), "64": (1, 1), "77": (3, 0), "77'": (0, 2)},
    "F4": {"26": (0, 0, 0, 1), "52": (1, 0, 0, 0), "1053": (1, 0, 0, 1), "1053'": (2, 0, 0, 0)},
    "E6": {"27": (1, 0, 0, 0, 0, 0), "27bar": (0, 0, 0, 0, 0, 1), "78": (0, 1, 0, 0, 0, 0), "351": (0, 0, 0, 0, 1, 0),
    "351'": (0, 0, 0, 0, 0, 2),
           "650": (1, 0, 0, 0, 0, 1)},
    "E7": {"56": (0, 0, 0, 0, 0, 0, 1), "133": (1, 0, 0, 0, 0, 0, 0), "912": (0, 1, 0, 0, 0, 0, 0)},
    "E8": {"248": (0, 0, 0, 0, 0, 0, 0, 1), "3875": (1, 0, 0, 0, 0, 0, 0, 0), "30380": (0, 0, 0, 0, 0, 0, 1, 0)},
    "Sp(4)": {"4": (1, 0), "5": (0, 1), "10": (2, 0), "14": (0, 2), "16": (1, 1), "35": (2, 1), "35'": (4, 0)},
    "SO(6)": {"6": (1, 0, 0), "15": (0, 1, 1)},
}  # fmt: skip


@pytest.mark.parametrize("group", CONVENTIONS)
def test_conventions_of_the_literature(group: str) -> None:
    spec = spec_of(group)
    for name, dynkin in CONVENTIONS[group].items():
        assert lie_names.name(spec, (dynkin, ())) == name
        assert lie_names.parse(spec, name) == (dynkin, ())
        assert lie_names.parse(spec, *dynkin) == (dynkin, ()) if len(dynkin) > 1 else True


def test_flipped_congruency_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """Mutation: counting classes from the other end swaps 3 and 3bar."""
    right = dimension_names.congruency
    monkeypatch.setattr(dimension_names, "congruency", lambda letter, d: -right(letter, d))
    dimension_names._names.cache_clear()
    try:
        assert lie_names.name(spec_of("SU(5)"), ((0, 1, 0, 0), ())) == "10bar"
    finally:
        dimension_names._names.cache_clear()


GROUPS = {
    "SU(2)": 12, "SO(3)": 15, "U(1)": 1, "SO(2)": 1, "Spin(2)": 1, "SU(3)": 600, "SL(3,R)": 300, "SU(4)": 500,
    "SU(2,2)": 300, "SU(5)": 900, "U(3)": 60,
    "U(2)": 9, "SO(4)": 25, "Spin(4)": 16, "SL(2,C)": 16, "SO(1,3)": 25, "SO(5)": 300, "Sp(4,R)": 300, "Sp(6)": 600,
    "SO(6)": 500, "Spin(7)": 900,
    "Spin(8)": 1500, "SO(8)": 900, "SO(9)": 2000, "Spin(10)": 4000, "Spin(12)": 9000, "SO(4,2)": 300, "G2": 3000,
    "G2(2)": 500, "F4": 50000,
    "E6": 100000, "E7": 400000, "E8": 30000000, "SL(3,C)": 90, "SU(8)": 5000,
}  # fmt: skip


@pytest.mark.parametrize("group", GROUPS)
def test_names_round_trip(group: str) -> None:
    spec = spec_of(group)
    labels = list(lie_labels.labels(spec, GROUPS[group]))
    names = [lie_names.name(spec, label) for label in labels]
    assert len(set(names)) == len(names) > (1 if group != "E8" else 5)
    for label, name in zip(labels, names, strict=True):
        assert lie_names.parse(spec, name) == label
        assert lie_names.parse(spec, label) == label
        dual = spec.dual(label)
        assert lie_names.parse(spec, lie_names.name(spec, dual)) == dual
    dimensions = [lie_labels.dimension(spec, label) for label in labels]
    assert dimensions == sorted(dimensions)


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from(["SU(3)", "SU(4)", "SU(5)", "Spin(7)", "Spin(8)", "Spin(10)", "Sp(6)", "G2", "F4", "E6"]), st.data()
)
def test_round_trip_of_any_label(group: str, data: st.DataObject) -> None:
    spec = spec_of(group)
    top = {2: 6, 3: 4, 4: 2, 5: 1, 6: 1}[spec.root_system.rank]
    dynkin = tuple(data.draw(st.integers(0, top)) for _ in range(spec.root_system.rank))
    name = lie_names.name(spec, (dynkin, ()))
    assert lie_names.parse(spec, name) == (dynkin, ())


def test_huge_irreps_are_named_by_dynkin_labels() -> None:
    spec = spec_of("SU(8)")
    label = (3, 2, 1, 4, 0, 2, 5), ()
    assert lie_names.name(spec, label) == "[3,2,1,4,0,2,5]"
    assert lie_names.parse(spec, "[3,2,1,4,0,2,5]") == label


@pytest.mark.parametrize(
    ("group", "name", "message"),
    [
        ("SU(3)", "9", r"SU\(3\) has no irrep of dimension 9; nearest: 8, 10"),
        ("SU(3)", "8bar", r'no irrep "8bar"; of dimension 8 it has: 8'),
        ("SU(3)", "15''", "15, 15bar, 15', 15bar'"),
        ("SO(10)", "17", "nearest: 10, 45"),
        ("SO(10)", "16", r"use Spin\(10\)"),
        ("SO(3)", "1/2", r"use Spin\(3\)"),
        ("SU(2)", "1/3", r"no irrep of spin 1/3; nearest: 0, 1/2"),
        ("SU(2)", "-1", "nearest"),
        ("SU(3)", "eight", "a dimension such as"),
        ("SU(3)", "0", "nearest: 1"),
        ("SO(1,3)", "(1/2,0)", r"use SL\(2,C\)"),
        ("SO(1,3)", "1/2", "two spins"),
        ("U(3)", "(3,2)", "3-ality"),
        ("U(3)", "3", "a dimension and a charge"),
        ("U(1)", "x", "a fraction"),
        ("E8", "249", "nearest: 248, 3875"),
        ("SU(3)", "(1,2,3)", "2 Dynkin labels"),
    ],
)
def test_messages(group: str, name: str, message: str) -> None:
    with pytest.raises(RepresentationError, match=message):
        lie_names.parse(spec_of(group), name)


def test_accepted_spellings() -> None:
    su3 = spec_of("SU(3)")
    assert {lie_names.parse(su3, x) for x in ("10bar", "10*", "10 bar", "[0,3]", "(0,3)", (0, 3))} == {((0, 3), ())}
    assert lie_names.parse(su3, "15'bar") == lie_names.parse(su3, "15bar'") == ((0, 4), ())
    assert lie_names.parse(su3, 8) == lie_names.parse(su3, 1, 1) == ((1, 1), ())
    assert lie_names.parse(spec_of("SU(2)"), Fraction(1, 2)) == lie_names.parse(spec_of("SU(2)"), 0.5) == ((1,), ())
    assert lie_names.parse(spec_of("SU(2)"), (1,)) == lie_names.parse(spec_of("SU(2)"), "[1]") == ((1,), ())
    assert lie_names.parse(spec_of("U(1)"), Fraction(1, 6)) == ((), (Fraction(1, 6),))
    assert lie_names.parse(spec_of("U(3)"), 1, 0, 1) == ((1, 0), (Fraction(1),))
