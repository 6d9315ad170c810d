"""O(n) and O(p,q): labels against characters, matrices and Clebsch–Gordan maps under sampled elements, mutations."""

from functools import cache
from itertools import product

import numpy as np
import pytest

from intertwine.errors import RepresentationError
from intertwine.groups.extended_group import ExtendedGroup, extended_group
from intertwine.representations.extended.theory import ExtendedTheory

GROUPS = {
    "O(2)": 2,
    "O(3)": 7,
    "O(4)": 9,
    "O(5)": 14,
    "O(6)": 20,
    "O(7)": 27,
    "O(8)": 35,
    "O(1,3)": 9,
    "O(3,1)": 9,
    "O(2,1)": 5,
}
GROUPS |= {"O(1,2)": 5, "O(2,2)": 9, "O(4,2)": 20, "O(3,3)": 20, "O(1,4)": 10, "O(3,2)": 10, "O(1,5)": 20}


@cache
def theory(name: str) -> ExtendedTheory:
    group = extended_group(name)
    assert isinstance(group, ExtendedGroup)
    found = group.theory
    assert isinstance(found, ExtendedTheory)
    return found


def vector(name: str):
    return theory(name).parse(
        {"O(2)": "1", "O(3)": "1o", "O(2,1)": "1ee", "O(1,2)": "1ee"}.get(name) or named_vector(name)
    )


def named_vector(name: str) -> str:
    n = theory(name).exact.n
    letters = "ee" if "," in name else ("o" if n % 2 else "e")
    return ("(1/2,1/2)" if n == 4 else "8v" if n == 8 else str(n)) + letters


@pytest.mark.parametrize("name", GROUPS)
def test_names_and_types(name: str) -> None:
    t = theory(name)
    labels = list(t.labels(GROUPS[name]))
    names = [t.name(label) for label in labels]
    assert len(set(names)) == len(names)
    for label, text in zip(labels, names, strict=True):
        assert t.parse(text) == label == t.parse(label)
        assert t.indicator(label) == 1
        assert t.conjugate(label) == label
    sizes = [t.dimension(label) for label in labels]
    assert sizes == sorted(sizes)


def test_names_of_the_literature() -> None:
    assert [theory("O(3)").name(x) for x in theory("O(3)").labels(5)] == ["0e", "0o", "1e", "1o", "2e", "2o"]
    assert [theory("O(2)").name(x) for x in theory("O(2)").labels(2)] == ["0e", "0o", "1", "2", "3"]
    lorentz = theory("O(1,3)")
    assert lorentz.dimension(lorentz.parse("(1,0)e")) == 6
    assert lorentz.parse("(0,1)e") == lorentz.parse("(1,0)e")
    assert {lorentz.name(x) for x in lorentz.labels(1)} == {"(0,0)ee", "(0,0)eo", "(0,0)oe", "(0,0)oo"}


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("O(3)", "1", "1e, 1o"),
        ("O(3)", "1/2o", r"Spin\(3\)"),
        ("O(3)", "1eo", "1e, 1o"),
        ("O(4)", "(1,0)e", r"\(1,0\)"),
        ("O(1,3)", "(1/2,1/2)", r"\(1/2,1/2\)ee"),
        ("O(1,3)", "(1,0)ee", r"\(1,0\)e, \(1,0\)o"),
        ("O(5)", "6e", "nearest: 5, 10"),
    ],
)
def test_messages(name: str, text: str, message: str) -> None:
    with pytest.raises(RepresentationError, match=message):
        theory(name).parse(text)


@pytest.mark.parametrize("name", GROUPS)
def test_vector_is_the_defining_representation(name: str) -> None:
    t = theory(name)
    label = vector(name)
    group = t.group
    for matrix, diagonal in zip(t.discrete(label), group.reflections, strict=True):
        assert abs(np.trace(matrix) - diagonal.sum()) < 1e-12
    rng = np.random.default_rng(1)
    for _ in range(3):
        g = group.sample(rng, 0.8)
        assert abs(np.trace(t.matrix(label, g)) - np.trace(group.defining_matrix(g))) < 1e-10


@pytest.mark.parametrize("name", GROUPS)
def test_matrices(name: str) -> None:
    """A homomorphism; reflections are involutions that act on the algebra as in the group; J real and commuting."""
    t = theory(name)
    rng = np.random.default_rng(2)
    for label in t.labels(GROUPS[name]):
        g, h = t.group.sample(rng, 0.7), t.group.sample(rng, 0.7)
        G, H = t.matrix(label, g), t.matrix(label, h)
        scale = np.abs(G).max() * np.abs(H).max() + 1
        assert np.abs(t.matrix(label, g @ h) - G @ H).max() < 1e-11 * scale
        assert np.abs(t.matrix(label, g.inverse()) @ G - np.eye(len(G))).max() < 1e-11 * scale
        J = t.conjugation(label)
        assert np.abs(J @ J.conj() - np.eye(len(J))).max() < 1e-12
        assert np.abs(G @ J - J @ G.conj()).max() < 1e-11 * scale
        X = t.algebra(label)
        for signs, r, element in zip(t.group.signs, t.discrete(label), t.group.discrete_elements, strict=True):
            assert np.abs(r @ r - np.eye(len(r))).max() < 1e-12
            assert np.abs(r @ X @ r - signs[:, None, None] * X).max() < 1e-11 * max(1, np.abs(X).max())
            assert np.abs(t.matrix(label, element) - r).max() < 1e-12


def maps_error(t: ExtendedTheory, a, b, c, C: np.ndarray, g) -> float:
    A, B, M = (t.matrix(x, g) for x in (a, b, c))
    left = np.einsum("ip,jq,mpqk->mijk", A, B, C, optimize=True)
    right = np.einsum("mijl,lk->mijk", C, M, optimize=True)
    return float(np.abs(left - right).max() / max(1, np.abs(right).max()))


@pytest.mark.parametrize("name", GROUPS)
def test_clebsch_gordan(name: str) -> None:
    t = theory(name)
    labels = [x for x in t.labels(GROUPS[name]) if t.dimension(x) <= 10][:7]
    rng = np.random.default_rng(3)
    for a, b in product(labels, repeat=2):
        found = t.decompose(a, b)
        assert sum(t.dimension(c) * m for c, m in found.items()) == t.dimension(a) * t.dimension(b)
        for c, m in found.items():
            if t.dimension(c) > 30:
                continue
            C = t.clebsch_gordan(a, b, c)
            assert C.shape == (m, t.dimension(a), t.dimension(b), t.dimension(c))
            assert maps_error(t, a, b, c, C, t.group.sample(rng, 0.7)) < 1e-11
            gram = np.einsum("mijk,nijl->mnkl", C.conj(), C, optimize=True)
            assert np.abs(gram - np.einsum("mn,kl->mnkl", np.eye(m), np.eye(C.shape[-1]))).max() < 1e-12


@pytest.mark.parametrize("name", GROUPS)
def test_products_by_characters(name: str) -> None:
    """χ_a χ_b = Σ χ_c on elements of every component: signs and joined irreps are counted right."""
    t = theory(name)
    labels = list(t.labels(GROUPS[name]))[:8]
    rng = np.random.default_rng(4)
    elements = [t.group.sample(rng, 0.6) for _ in range(6)]
    for a, b in product(labels, repeat=2):
        found = t.decompose(a, b)
        if max(t.dimension(c) for c in found) > 120:
            continue
        for g in elements:
            left = np.trace(t.matrix(a, g)) * np.trace(t.matrix(b, g))
            right = sum(m * np.trace(t.matrix(c, g)) for c, m in found.items())
            assert abs(left - right) < 1e-9 * t.dimension(a) * t.dimension(b)


def test_selection_rules() -> None:
    o3 = theory("O(3)")
    one = o3.parse("1o")
    assert [o3.name(c) for c in o3.decompose(one, one)] == ["0e", "1e", "2e"]
    o4 = theory("O(4)")
    v = o4.parse("(1/2,1/2)e")
    assert [o4.name(c) for c in o4.decompose(v, v)] == ["(0,0)e", "(1,0)", "(1,1)e"]
    F = o4.parse("(1,0)")
    parts = ("(0,0)e", "(0,0)o", "(1,0)", "(1,1)e", "(1,1)o", "(2,0)")
    assert o4.decompose(F, F) == {o4.parse(x): 1 for x in parts}
    lorentz = theory("O(1,3)")
    v = lorentz.parse("(1/2,1/2)ee")
    assert [lorentz.name(c) for c in lorentz.decompose(v, v)] == ["(0,0)ee", "(1,0)e", "(1,1)ee"]
    o2 = theory("O(2)")
    assert [o2.name(c) for c in o2.decompose(o2.parse("1"), o2.parse("1"))] == ["0e", "0o", "2"]
    assert [o2.name(c) for c in o2.decompose(o2.parse("0o"), o2.parse("0o"))] == ["0e"]


def test_broken_maps_and_signs_are_caught() -> None:
    """Mutations: a map to the wrong parity, one flipped component, a reflection with the wrong sign."""
    t = theory("O(1,3)")
    v, good, bad = (t.parse(x) for x in ("(1/2,1/2)ee", "(1,1)ee", "(1,1)oo"))
    C = t.clebsch_gordan(v, v, good)
    reflected = t.group.lift(t.group.connected.identity, (1, 0))
    assert maps_error(t, v, v, good, C, reflected) < 1e-12
    assert maps_error(t, v, v, bad, C, reflected) > 0.1
    broken = C.copy()
    broken[0, :, :, 3] *= -1
    assert maps_error(t, v, v, good, broken, t.group.sample(np.random.default_rng(5), 0.7)) > 0.01
    X, r = t.algebra(v), t.discrete(v)[0]
    wrong = -t.group.signs[0]
    assert np.abs(r @ X @ r - wrong[:, None, None] * X).max() > 0.1
