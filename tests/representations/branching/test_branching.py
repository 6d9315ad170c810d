"""Branching: tables of the literature, restriction of characters, products, impossible pairs, broken projections."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intertwine.errors import GroupError, IntertwineError, RepresentationError
from intertwine.groups.lie_catalogue import lookup
from intertwine.representations.branching.branch import branch
from intertwine.representations.branching.embedding import columns, product_weights
from intertwine.representations.lie import labels as lie_labels
from intertwine.representations.lie.powers import character

# Slansky, Phys. Rep. 79 (1981) 1, tables of branching rules; SU(2) by dimension inside products, by spin alone
TABLES = [
    ("SU(5)", "SU(3)xSU(2)xU(1)", "5bar", "(3bar,1,1/3) + (1,2,-1/2)"),
    ("SU(5)", "SU(3)xSU(2)xU(1)", "10", "(3,2,1/6) + (3bar,1,-2/3) + (1,1,1)"),
    ("SU(5)", "SU(3)xSU(2)xU(1)", "24", "(8,1,0) + (1,3,0) + (1,1,0) + (3,2,-5/6) + (3bar,2,5/6)"),
    ("SU(5)", "SU(2)xSU(3)xU(1)", "5", "(1,3,-1/3) + (2,1,1/2)"),
    ("SU(3)", "SU(2)xU(1)", "3", "(2,1/3) + (1,-2/3)"),
    ("SU(3)", "SU(2)xU(1)", "8", "(1,0) + (2,1) + (2,-1) + (3,0)"),
    ("SU(3)", "SU(2)xU(1)", "10", "(4,1) + (3,0) + (2,-1) + (1,-2)"),
    ("SU(3)", "SU(2)", "8", "0 + 2x1/2 + 1"),
    ("SU(3)", "SO(3)", "8", "1 + 2"),
    ("SU(6)", "SU(5)xU(1)", "20", "(10,-3) + (10bar,3)"),
    ("SU(6)", "Sp(6)", "15", "1 + 14"),
    ("SU(6)", "SU(3)xSU(3)xU(1)", "15", "(3bar,1,2) + (1,3bar,-2) + (3,3,0)"),
    ("SU(2)", "U(1)", "3/2", "3/2 + 1/2 + -1/2 + -3/2"),
    ("Spin(10)", "SU(5)xU(1)", "16", "(1,-5) + (5bar,3) + (10,-1)"),
    ("SO(10)", "SU(5)xU(1)", "10", "(5,2) + (5bar,-2)"),
    ("SO(10)", "SU(5)xU(1)", "45", "(1,0) + (10,4) + (10bar,-4) + (24,0)"),
    ("SO(10)", "SU(5)xU(1)", "126", "(1,-10) + (5bar,-2) + (10,-6) + (15bar,6) + (45,2) + (50bar,-2)"),
    ("Spin(10)", "SU(4)xSU(2)xSU(2)", "16", "(4,2,1) + (4bar,1,2)"),
    ("SO(10)", "SO(9)", "45", "9 + 36"),
    ("Spin(10)", "SO(9)", "16", "16"),
    ("SO(4)", "SO(3)", "(1,1)", "0 + 1 + 2"),
    ("SO(5)", "SO(3)xSO(2)", "5", "(1,0) + (0,1) + (0,-1)"),
    ("SO(3)", "SO(2)", "2", "2 + 1 + 0 + -1 + -2"),
    ("SO(1,3)", "SO(3)", "(1/2,1/2)", "0 + 1"),
    ("SO(1,3)", "SO(1,2)", "(1/2,1/2)", "0 + 1"),
    ("SO(4,2)", "SO(1,3)", "6", "(1/2,1/2) + 2x(0,0)"),
    ("SL(2,C)", "SU(2)", "(1/2,1)", "1/2 + 3/2"),
    ("O(1,3)", "SO(3)", "(1,0)e", "2x1"),
    ("SL(2,R)", "SO(2)", "1/2", "1 + -1"),
    ("SU(2,1)", "SU(2)xU(1)", "3", "(2,1/3) + (1,-2/3)"),
    ("Sp(4)", "SU(2)xU(1)", "4", "(2,1) + (2,-1)"),
    ("Sp(4)", "Sp(2)xSp(2)", "5", "(1/2,1/2) + (0,0)"),
    ("Sp(4,R)", "U(2)", "4", "(2,1) + (2,-1)"),
    ("Spin(7)", "G2", "8", "1 + 7"),
    ("SO(7)", "G2", "21", "7 + 14"),
    ("SO(7)", "G2", "35", "1 + 7 + 27"),
    ("G2", "SU(3)", "7", "1 + 3 + 3bar"),
    ("G2", "SU(3)", "14", "3 + 3bar + 8"),
    ("G2", "SU(2)xSU(2)", "7", "(2,2) + (1,3)"),
    ("F4", "SO(9)", "26", "1 + 9 + 16"),
    ("F4", "Spin(9)", "52", "16 + 36"),
    ("F4", "SU(3)xSU(3)", "26", "(8,1) + (3,3) + (3bar,3bar)"),
    ("E6", "SU(3)xSU(3)xSU(3)", "27", "(3bar,3,1) + (3,1,3) + (1,3bar,3bar)"),
    ("E6", "SU(3)xSU(3)xSU(3)", "78", "(8,1,1) + (1,8,1) + (1,1,8) + (3,3,3bar) + (3bar,3bar,3)"),
    ("E6", "SO(10)xU(1)", "27", "(1,4) + (10,-2) + (16,1)"),
    ("E6", "SO(10)xU(1)", "78", "(1,0) + (16,-3) + (16bar,3) + (45,0)"),
    ("E6", "SU(6)xSU(2)", "27", "(15bar,1) + (6,2)"),
    ("E6", "SU(6)xSU(2)", "78", "(1,3) + (35,1) + (20,2)"),
    ("E6", "F4", "27", "1 + 26"),
    ("E6", "F4", "78", "26 + 52"),
    ("E7", "E6xU(1)", "56", "(1,3) + (1,-3) + (27,-1) + (27bar,1)"),
    ("E7", "E6xU(1)", "133", "(1,0) + (27,2) + (27bar,-2) + (78,0)"),
    ("E7", "SU(8)", "56", "28 + 28bar"),
    ("E7", "SU(8)", "133", "63 + 70"),
    ("E7", "SO(12)xSU(2)", "56", "(12,2) + (32,1)"),
    ("E7", "SO(12)xSU(2)", "133", "(1,3) + (66,1) + (32',2)"),
    ("E7", "SU(6)xSU(3)", "133", "(1,8) + (35,1) + (15,3bar) + (15bar,3)"),
    ("E8", "E7xSU(2)", "248", "(1,3) + (56,2) + (133,1)"),
    ("E8", "E7xSU(2)", "3875", "(1,1) + (56,2) + (133,3) + (912,2) + (1539,1)"),
    ("E8", "SO(16)", "248", "120 + 128"),
    ("E8", "SO(16)", "3875", "135 + 1820 + 1920'"),
    ("E8", "SU(9)", "248", "80 + 84 + 84bar"),
    ("E8", "E6xSU(3)", "248", "(1,8) + (78,1) + (27,3) + (27bar,3bar)"),
    ("SU(3)xSU(2)xU(1)", "SU(3)xU(1)", "(3,2,1/6)", "(3,2/3) + (3,-1/3)"),
    ("SU(3)xSU(2)xU(1)", "SU(3)xU(1)", "(1,2,-1/2)", "(1,0) + (1,-1)"),
    ("SU(2)xSU(2)", "SU(2)", "(2,2)", "0 + 1"),
    ("SU(3)xSU(3)", "SU(3)", "(3,3bar)", "1 + 8"),
    ("SU(5)xU(1)", "SU(3)xSU(2)xU(1)xU(1)", "(5,2)", "(3,1,-1/3,2) + (1,2,1/2,2)"),
    ("SU(3)xG2", "SO(3)xSU(3)", "(3,7)", "(1,1) + (1,3) + (1,3bar)"),
    ("E8", "SU(5)xSU(5)", "248", "(24,1) + (1,24) + (5,10) + (5bar,10bar) + (10,5bar) + (10bar,5)"),
]


def as_counts(text: str) -> dict[str, int]:
    counts: dict[str, int] = {}
    for term in text.split(" + "):
        head, _, rest = term.partition("x")
        name, m = (rest, int(head)) if rest and head.isdigit() else (term, 1)
        counts[name] = counts.get(name, 0) + m
    return counts


@pytest.mark.parametrize(("group", "subgroup", "irrep", "expected"), TABLES)
def test_tables(group: str, subgroup: str, irrep: str, expected: str) -> None:
    found = branch(group, subgroup, irrep)
    assert dict(found) == as_counts(expected)
    assert as_counts(str(found)) == as_counts(expected)


def test_sums_lists_and_dynkin_labels() -> None:
    standard = "SU(3)xSU(2)xU(1)"
    family = branch("SU(5)", standard, "5bar + 10")
    assert family.total_dimension == 15
    assert dict(branch("SU(5)", standard, ["5bar", "10"])) == dict(family)
    assert dict(branch("SU(5)", standard, [(0, 0, 0, 1), (0, 1, 0, 0)])) == dict(family)
    assert branch("SU(5)", standard, "3x5bar")["(1,2,-1/2)"] == 3
    assert dict(branch("SU(5)", "SU(5)", "10")) == {"10": 1}


PAIRS = [(g, h) for g, h, *_ in TABLES if g not in ("E7", "E8", "O(1,3)") and "x" not in g]
PAIRS = sorted(set(PAIRS))


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(PAIRS), st.data())
def test_branching_is_the_restriction_of_characters(pair, data: st.DataObject) -> None:
    """χ_G on a torus element of H equals the sum of H's characters, at a random point."""
    group, subgroup = pair
    spec = lookup(group)
    assert spec is not None
    labels = list(lie_labels.labels(spec, 80))
    label = data.draw(st.sampled_from(labels))
    found = branch(group, subgroup, [label])
    P = np.array([[float(x) for x in row] for row in found.embedding.projection])
    theta = np.random.default_rng(data.draw(st.integers(0, 2**31))).uniform(-3, 3, size=len(P))
    whole, counts, unit = product_weights((spec,), (label,))
    assert unit == 1
    left = character(whole, counts, theta @ P)
    right = 0j
    for parts, m in found.labels.items():
        rows, multiplicities, unit = product_weights(found.embedding.subgroup, parts)
        scale = np.array([1.0 if is_root else 1.0 / unit for is_root in columns(found.embedding.subgroup)])
        right += m * np.sum(multiplicities * np.exp(1j * (rows * scale) @ theta))
    assert abs(left - right) < 1e-9 * counts.sum()
    assert found.total_dimension == counts.sum()


def test_a_user_given_projection() -> None:
    """SU(2) diagonal in SU(2) x SU(2); SO(3) principal in SU(3); the same as built in for SU(2)xU(1)."""
    assert dict(branch("SU(2)xSU(2)", "SU(2)", "(3,2)", projection=[[1, 1]])) == {"1/2": 1, "3/2": 1}
    assert dict(branch("SU(3)", "SO(3)", "8", projection=[[2, 2]])) == {"1": 1, "2": 1}
    own = branch("SU(3)", "SU(2)xU(1)", "8", projection=[[1, 0], ["1/3", Fraction(2, 3)]])
    assert dict(own) == dict(branch("SU(3)", "SU(2)xU(1)", "8"))


@pytest.mark.parametrize(
    ("group", "subgroup", "projection", "message"),
    [
        ("SU(3)", "SU(2)", [[1, 1], [1, 1]], "wrong shape"),
        ("SU(3)", "SU(2)", [[1, 0, 0]], "wrong shape"),
        ("SU(3)", "SU(2)", [["1/2", 1]], "do not project onto weights"),
        ("SU(3)", "SU(2)", [[3, 1]], "not an embedding"),
        ("SU(3)", "SU(2)xU(1)", [[1, 0], [2, 0]], "singular"),
        ("SU(3)", "SU(3)", [[1, 0], [1, 1]], "not an embedding"),
    ],
)
def test_projections_that_embed_nothing(group, subgroup, projection, message) -> None:
    with pytest.raises(GroupError, match=message):
        branch(group, subgroup, "3", projection=projection)


def test_every_changed_entry_of_a_projection_is_caught() -> None:
    """Mutation: one entry of SU(5) ⊃ SU(3)xSU(2)xU(1)'s Dynkin rows off by one is no longer an embedding."""
    standard = "SU(3)xSU(2)xU(1)"
    right = branch("SU(5)", standard, "5").embedding.projection
    assert dict(branch("SU(5)", standard, "5", projection=right)) == dict(branch("SU(5)", standard, "5"))
    for i in range(3):
        for j in range(4):
            broken = [list(row) for row in right]
            broken[i][j] += 1
            with pytest.raises(IntertwineError):
                branch("SU(5)", standard, "5", projection=broken)


@pytest.mark.parametrize(
    ("group", "subgroup", "message"),
    [
        ("SU(3)", "SU(4)", r"no built-in embedding of SU\(4\) in SU\(3\).*SU\(2\)xU\(1\), SO\(3\)"),
        ("E8", "SU(3)xSU(2)", "E7xSU"),
        ("SO(1,3)", "SO(4)", r"one of SO\(3\), SO\(1,2\)"),
        ("SO(3)", "SO(1,2)", "no built-in embedding"),
        ("SU(3)", "SU(2,1)", "no built-in embedding"),
        ("E6(-26)", "SO(10)xU(1)", "no built-in embedding"),
        ("SU(3)", "S3", "needs Lie groups"),
        ("SU(3)xSU(2)", "SU(4)xSU(2)", "products of subgroups of the factors"),
        ("SU(3)xSU(2)", "SU(2)", "products of subgroups of the factors"),
    ],
)
def test_impossible_pairs_list_what_is_known(group: str, subgroup: str, message: str) -> None:
    with pytest.raises(GroupError, match=message):
        branch(group, subgroup, "1")


def test_irreps_that_do_not_exist() -> None:
    with pytest.raises(RepresentationError, match="nearest: 8, 10"):
        branch("SU(3)", "SU(2)xU(1)", "9")
    with pytest.raises(RepresentationError, match="one entry for each"):
        branch("SU(3)xSU(2)", "SU(3)xSU(2)", "3")


PRODUCTS = [("G2", "SU(3)", "7", "14"), ("SU(4)", "SU(3)xU(1)", "4", "15"), ("F4", "SO(9)", "26", "26")]


@pytest.mark.parametrize(("group", "subgroup", "a", "b"), PRODUCTS)
def test_branching_respects_products(group: str, subgroup: str, a: str, b: str) -> None:
    """The restriction of a ⊗ b is the product of the restrictions."""
    from intertwine.representations.lie.names import parse

    spec = lookup(group)
    assert spec is not None
    product = lie_labels.decompose(spec, parse(spec, a), parse(spec, b))
    left = branch(group, subgroup, [label for label, m in product.items() for _ in range(m)])
    x, y = branch(group, subgroup, a), branch(group, subgroup, b)
    total: dict[object, int] = {}
    for p, m in x.labels.items():
        for q, n in y.labels.items():
            parts = [lie_labels.decompose(s, u, v) for s, u, v in zip(x.embedding.subgroup, p, q, strict=True)]
            combined: dict[tuple, int] = {(): 1}
            for part in parts:
                combined = {(*head, c): k * t for head, k in combined.items() for c, t in part.items()}
            for c, k in combined.items():
                total[c] = total.get(c, 0) + m * n * k
    assert total == dict(left.labels)


def test_the_subgroup_is_named_as_its_cover_where_spinors_occur() -> None:
    assert branch("E6", "SO(10)xU(1)", "27").subgroup == "Spin(10)xU(1)"
    assert branch("SO(10)", "SO(9)", "45").subgroup == "SO(9)"
    assert branch("SO(1,3)", "SO(3)", "(1/2,1/2)").subgroup == "SO(3)"
