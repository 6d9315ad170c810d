"""Tensor products: tables of the literature, group laws, an independent rule, and mutations."""

import time
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intertwine.errors import RepresentationError
from intertwine.groups.lie_catalogue import lookup
from intertwine.groups.root_system import RootSystem
from intertwine.representations.lie import labels as lie_labels
from intertwine.representations.lie import names as lie_names
from intertwine.representations.lie import racah_speiser
from intertwine.representations.lie.racah_speiser import decompose_character, tensor_product
from intertwine.representations.lie.weights import Weight, weight_system, weyl_dimension

system = cache(RootSystem.from_type)

# Slansky, Phys. Rep. 79 (1981) 1, tables of tensor products
PRODUCTS = [
    ("SU(3)", "3 x 3", "3bar + 6"), ("SU(3)", "3 x 3bar", "1 + 8"), ("SU(3)", "8 x 8", "1 + 8 + 8 + 10 + 10bar + 27"),
    ("SU(3)", "3 x 6", "8 + 10"), ("SU(3)", "6 x 6", "6bar + 15 + 15'"), ("SU(3)", "3 x 8", "3 + 6bar + 15"),
    ("SU(3)", "10 x 8", "8 + 10 + 27 + 35"), ("SU(4)", "4 x 4", "6 + 10"), ("SU(4)", "6 x 6", "1 + 15 + 20'"),
    ("SU(4)", "4 x 6", "4bar + 20bar"),
    ("SU(4)", "15 x 15", "1 + 15 + 15 + 20' + 45 + 45bar + 84"), ("SU(5)", "5 x 5", "10 + 15"),
    ("SU(5)", "5 x 10", "10bar + 40bar"),
    ("SU(5)", "5bar x 10", "5 + 45"), ("SU(5)", "10 x 10", "5bar + 45bar + 50bar"),
    ("SU(5)", "24 x 24", "1 + 24 + 24 + 75 + 126 + 126bar + 200"),
    ("SU(6)", "6 x 15", "20 + 70"), ("Spin(10)", "16 x 16", "10 + 120 + 126"),
    ("Spin(10)", "16 x 16bar", "1 + 45 + 210"),
    ("Spin(10)", "10 x 16bar", "16 + 144"), ("SO(10)", "10 x 10", "1 + 45 + 54"),
    ("SO(10)", "45 x 45", "1 + 45 + 54 + 210 + 770 + 945"),
    ("Spin(8)", "8v x 8s", "8c + 56c"), ("Spin(8)", "8s x 8s", "1 + 28 + 35s"), ("SO(8)", "8v x 8v", "1 + 28 + 35v"),
    ("Spin(7)", "8 x 8", "1 + 7 + 21 + 35"), ("Sp(4)", "4 x 4", "1 + 5 + 10"), ("Sp(4)", "4 x 5", "4 + 16"),
    ("Sp(6)", "6 x 6", "1 + 14 + 21"),
    ("G2", "7 x 7", "1 + 7 + 14 + 27"), ("G2", "7 x 14", "7 + 27 + 64"), ("G2", "14 x 14", "1 + 14 + 27 + 77 + 77'"),
    ("F4", "26 x 26", "1 + 26 + 52 + 273 + 324"), ("F4", "26 x 52", "26 + 273 + 1053"),
    ("F4", "52 x 52", "1 + 52 + 324 + 1053' + 1274"),
    ("E6", "27 x 27", "27bar + 351bar + 351bar'"), ("E6", "27 x 27bar", "1 + 78 + 650"),
    ("E6", "27 x 78", "27 + 351 + 1728"),
    ("E6", "78 x 78", "1 + 78 + 650 + 2430 + 2925"), ("E7", "56 x 56", "1 + 133 + 1463 + 1539"),
    ("E7", "56 x 133", "56 + 912 + 6480"),
    ("E7", "133 x 133", "1 + 133 + 1539 + 7371 + 8645"), ("E8", "248 x 248", "1 + 248 + 3875 + 27000 + 30380"),
    ("E8", "248 x 3875", "248 + 3875 + 30380 + 147250 + 779247"),
    ("E8", "3875 x 3875", "1 + 248 + 3875 + 27000 + 30380 + 147250 + 779247 + 2450240 + 4881384 + 6696000"),
    ("SU(2)", "1/2 x 1/2", "0 + 1"), ("SU(2)", "2 x 3/2", "1/2 + 3/2 + 5/2 + 7/2"),
    ("U(3)", "(3,1) x (3,1)", "(3bar,2) + (6,2)"),
    ("U(1)", "1/3 x -1/2", "-1/6"), ("SL(2,C)", "(1/2,0) x (0,1/2)", "(1/2,1/2)"),
]  # fmt: skip


def named_product(group: str, product: str) -> list[str]:
    spec = lookup(group)
    assert spec is not None
    a, b = (lie_names.parse(spec, text) for text in product.split(" x "))
    return sorted(lie_names.name(spec, c) for c, m in lie_labels.decompose(spec, a, b).items() for _ in range(m))


@pytest.mark.parametrize(("group", "product", "expected"), PRODUCTS)
def test_tables(group: str, product: str, expected: str) -> None:
    assert named_product(group, product) == sorted(expected.split(" + "))


def test_a_dropped_reflection_sign_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """Mutation: all Weyl elements counted as even."""
    right = racah_speiser.reflect_to_dominant
    monkeypatch.setattr(
        racah_speiser, "reflect_to_dominant", lambda s, w: (right(s, w)[0], np.ones(len(w), dtype=np.int64))
    )
    weights, counts = weight_system(system("A2"), (1, 1))
    broken = racah_speiser.multiply(system("A2"), weights, counts, {(1, 0): 1})
    assert sum(m * weyl_dimension(system("A2"), c) for c, m in broken.items()) != 24


def peel(kind: str, a: Weight, b: Weight) -> dict[Weight, int]:
    """The slow way: all sums of weights, then highest weights taken off one after the other."""
    root_system = system(kind)
    total: dict[Weight, int] = {}
    for v, m in zip(*(x.tolist() for x in weight_system(root_system, a)), strict=True):
        for w, n in zip(*(x.tolist() for x in weight_system(root_system, b)), strict=True):
            key = tuple(x + y for x, y in zip(v, w, strict=True))
            total[key] = total.get(key, 0) + m * n
    height = root_system.scaled_inverse_cartan.sum(axis=1)
    found = {}
    for top in sorted(total, key=lambda w: -int(height @ w)):
        count = total[top]
        if count:
            found[top] = count
            for w, m in zip(*(x.tolist() for x in weight_system(root_system, top)), strict=True):
                total[tuple(w)] -= count * m
    return found


SMALL = st.sampled_from(
    [("A1", 1, 3), ("A2", 2, 2), ("A3", 3, 1), ("B2", 2, 2), ("B3", 3, 1), ("C3", 3, 1), ("G2", 2, 1), ("A1xA2", 3, 1)]
)


@st.composite
def labels(draw, n: int):
    kind, rank, top = draw(SMALL)
    return kind, *(draw(st.tuples(*[st.integers(0, top)] * rank)) for _ in range(n))


@settings(deadline=None, max_examples=25)
@given(labels(2))
def test_against_peeling(case) -> None:
    kind, a, b = case
    assert tensor_product(system(kind), a, b) == peel(kind, a, b)


def times(kind: str, x: dict[Weight, int], b: Weight) -> dict[Weight, int]:
    total: dict[Weight, int] = {}
    for a, m in x.items():
        for c, n in tensor_product(system(kind), a, b).items():
            total[c] = total.get(c, 0) + m * n
    return total


@settings(deadline=None, max_examples=40)
@given(labels(3))
def test_commutative_associative_and_dual(case) -> None:
    kind, a, b, c = case
    root_system = system(kind)
    ab = tensor_product(root_system, a, b)
    assert ab == tensor_product(root_system, b, a)
    assert times(kind, ab, c) == times(kind, tensor_product(root_system, b, c), a)
    star = root_system.longest_element
    assert {star(k): m for k, m in ab.items()} == tensor_product(root_system, star(a), star(b))
    assert sum(m * weyl_dimension(root_system, k) for k, m in ab.items()) == weyl_dimension(
        root_system, a
    ) * weyl_dimension(root_system, b)
    # Schur: the trivial irrep is in a ⊗ b exactly if b is the dual of a
    assert ab.get((0,) * root_system.rank, 0) == int(star(a) == b)


@pytest.mark.parametrize("n", [4, 6, 9])
def test_pieri(n: int) -> None:
    """Λ^k ⊗ Λ^1 = Λ^{k+1} + ω_k + ω_1."""
    for k in range(1, n - 1):
        a = tuple(int(i == k - 1) for i in range(n - 1))
        v = (1, *(0,) * (n - 2))
        both = tuple(x + y for x, y in zip(a, v, strict=True))
        assert tensor_product(system(f"A{n - 1}"), a, v) == {tuple(int(i == k) for i in range(n - 1)): 1, both: 1}


def test_large_products_of_e8_take_seconds() -> None:
    """DESIGN: 3875 ⊗ 3875 in seconds, 147250 ⊗ 248 included; fresh system, cold caches."""
    racah_speiser._tensor_product.cache_clear()
    start = time.perf_counter()
    e8 = system("E8")
    found = tensor_product(e8, (1, *(0,) * 7), (1, *(0,) * 7))
    assert sum(m * weyl_dimension(e8, c) for c, m in found.items()) == 3875**2
    found = tensor_product(e8, (0, 1, *(0,) * 6), (*(0,) * 7, 1))
    assert sum(m * weyl_dimension(e8, c) for c, m in found.items()) == 147250 * 248
    found = tensor_product(e8, (0, 1, *(0,) * 6), (0, 1, *(0,) * 6))
    assert sum(m * weyl_dimension(e8, c) for c, m in found.items()) == 147250**2
    assert time.perf_counter() - start < 10


def test_weights_that_are_no_representation() -> None:
    with pytest.raises(RepresentationError, match=r"not a representation|not those of a representation"):
        decompose_character(system("A2"), np.array([[1, 0], [0, 0]]), np.array([1, 1]))
    with pytest.raises(RepresentationError):
        decompose_character(system("A1"), np.array([[2], [-2]]), np.array([1, 1]))
