"""Rep: parsing, layout, products, powers, metrics, equality, and what is refused."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import intertwine as tw
from intertwine.errors import RepresentationError
from intertwine.representations import Rep, invariant_form
from intertwine.representations.tensor_powers import monomials

SU3 = tw.group("SU(3)")


def test_parsing_and_printing() -> None:
    rep = Rep(SU3, "16x1 + 8x8")
    assert rep.dim == 80
    assert str(rep) == "16x1 + 8x8"
    assert rep == Rep(SU3, [(16, SU3.irrep("1")), (8, SU3.irrep("8"))]) == Rep(SU3, [(16, "1"), (8, "8")])
    assert [s.stop for s in rep.slices] == [16, 80]
    assert Rep(SU3, "3") == Rep(SU3, "3bar")
    assert hash(Rep(SU3, "3")) == hash(Rep(SU3, "3bar"))
    assert Rep(SU3, "3").dim == 6
    assert Rep(SU3, "").dim == 0
    assert repr(rep) == 'Rep("SU(3)", "16x1 + 8x8")'
    assert Rep(SU3, "8") != Rep(SU3, "10")
    assert Rep(SU3, "8") != Rep(tw.group("SO(8)"), "8v")
    assert rep.multiplicity("8") == 8
    assert str(2 * Rep(SU3, "1 + 8")) == "2x1 + 2x8"
    assert str((Rep(SU3, "8 + 1") + Rep(SU3, "8")).simplify()) == "1 + 2x8"


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 20), st.sampled_from(["1", "3", "6", "8", "10"])), min_size=1, max_size=5))
def test_round_trip(blocks: list[tuple[int, str]]) -> None:
    rep = Rep(SU3, blocks)
    assert Rep(SU3, str(rep)) == rep
    assert rep.dim == sum(m * SU3.irrep(name).real_dim for m, name in blocks)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("8 x 8", "tensor product where a list"),
        ("9", "nearest"),
        ("8 + + 8", "empty term"),
        ("2x", "irrep|received"),
        ("(1,1,1)", "received"),
    ],
)
def test_bad_text(text: str, message: str) -> None:
    with pytest.raises(RepresentationError, match=message):
        Rep(SU3, text)


def test_bad_blocks() -> None:
    with pytest.raises(RepresentationError, match="whole number"):
        Rep(SU3, [(-1, "8")])
    with pytest.raises(RepresentationError, match="another group"):
        Rep(SU3, [(1, tw.group("SU(2)").irrep("1"))])
    with pytest.raises(RepresentationError, match="wrong shape"):
        Rep(SU3, "8", np.eye(3))
    with pytest.raises(RepresentationError, match="singular"):
        Rep(SU3, "8", np.zeros((8, 8)))
    with pytest.raises(RepresentationError, match="different groups"):
        Rep(SU3, "8") @ Rep(tw.group("SU(2)"), "1")
    with pytest.raises(RepresentationError, match="another group"):
        Rep(SU3, "8").matrix(tw.group("SU(2)").identity)
    with pytest.raises(RepresentationError, match="real"):
        Rep.from_matrices(tw.group("SO(3)"), 1j * np.ones((3, 2, 2)))


@pytest.mark.parametrize("name", ["SU(3)", "S4", "O(3)", "SU(3)xU(1)", "Q8"])
def test_copies_and_pickles(name: str) -> None:
    G = tw.group(name)
    rep = Rep(G, [(2, irrep) for irrep in G.irreps(3)[:3]])
    for one in (rep, rep @ rep):
        again = pickle.loads(pickle.dumps(one))
        assert again.group == G
        assert again.blocks == one.blocks
        assert np.array_equal(again.change_of_basis.to_basis, one.change_of_basis.to_basis)
        assert copy.deepcopy(one) == one
    assert copy.deepcopy(G) is G


def test_layout_is_channels_fastest() -> None:
    """A block of m channels and dimension d is [d, m]: one matrix element couples contiguous channels."""
    G = tw.group("SO(3)")
    g = G.exp([0.0, 0.0, np.pi / 2])
    rho = Rep(G, "3x1").matrix(g)
    x = np.arange(9.0).reshape(3, 3)  # [component, channel]
    assert np.allclose((rho @ x.reshape(-1)).reshape(3, 3), G.irrep("1").matrix(g) @ x)
    assert np.allclose(G.irrep("1").matrix(g) @ [1, 0, 0], [0, 1, 0])  # x turns towards y


@pytest.mark.parametrize(
    ("name", "left", "right"),
    [
        ("SO(3)", "2x0 + 1", "1 + 2"),
        ("SU(2)", "1/2", "2x1/2 + 1"),
        ("SU(3)", "3", "3 + 8"),
        ("SO(1,3)", "(1/2,1/2)", "2x(1/2,1/2)"),
        ("Q8", "2", "2 + 1'"),
        ("O(3)", "1o", "1o + 1e"),
        ("SU(3)xSU(2)xU(1)", "(3,2,1/6)", "(1,2,1/2)"),
    ],
)
def test_tensor_products(name: str, left: str, right: str) -> None:
    G = tw.group(name)
    a, b = Rep(G, left), Rep(G, right)
    ab = a @ b
    g = G.sample(np.random.default_rng(0), 0.5)
    assert ab.dim == a.dim * b.dim
    assert np.abs(ab.matrix(g) - np.kron(a.matrix(g), b.matrix(g))).max() < 1e-11
    Q, inverse = ab.change_of_basis
    assert np.abs(Q @ inverse - np.eye(ab.dim)).max() < 1e-11
    assert np.abs(Q.T @ Q - np.eye(ab.dim)).max() < 1e-11  # orthonormal in the Euclidean product, for SO(1,3) too
    abc = ab @ a
    assert np.abs(abc.matrix(g) - np.kron(ab.matrix(g), a.matrix(g))).max() < 1e-10


@pytest.mark.parametrize(
    ("name", "features", "n", "symmetric", "expected"),
    [
        ("SO(3)", "1", 2, True, "0 + 2"),
        ("SO(3)", "1", 3, True, "1 + 3"),
        ("SO(3)", "1", 2, False, "1"),
        ("SO(3)", "1", 3, False, "0"),
        ("SO(3)", "1", 4, False, ""),
        ("SU(3)", "8", 2, True, "1 + 8 + 27"),
        ("SU(3)", "8", 2, False, "8 + 10"),
        ("SO(1,3)", "(1/2,1/2)", 2, True, "(0,0) + (1,1)"),
        ("SO(1,3)", "(1/2,1/2)", 2, False, "(1,0)"),
        ("G2", "7", 2, True, "1 + 27"),
        ("S4", "(3,1)", 2, True, "(4) + (2,2) + (3,1)"),
        ("SU(2)", "1/2", 2, True, "0 + 3x1"),
        ("Q8", "2", 2, False, "3x1 + 1' + 1'' + 1'''"),
    ],
)
def test_powers(name: str, features: str, n: int, symmetric: bool, expected: str) -> None:
    G = tw.group(name)
    rep = Rep(G, features)
    power = rep.symmetric_power(n) if symmetric else rep.antisymmetric_power(n)
    assert power.dim == len(monomials(rep.dim, n, symmetric=symmetric))
    if name not in ("SU(2)", "Q8"):
        assert str(power) == expected
    if not power.dim:
        return
    # x ↦ x^n (symmetric) is equivariant: its coordinates are √(number of orderings) × the monomial
    g = G.sample(np.random.default_rng(2), 0.3)
    if symmetric and n == 2:
        x = np.random.default_rng(3).standard_normal(rep.dim)

        def square(v: np.ndarray) -> np.ndarray:
            return np.array(
                [v[i] * v[j] * (1 if i == j else np.sqrt(2)) for i, j in monomials(rep.dim, 2, symmetric=True)]
            )

        assert np.abs(square(rep.matrix(g) @ x) - power.matrix(g) @ square(x)).max() < 1e-10
    if not symmetric and n == rep.dim:
        assert abs(power.matrix(g)[0, 0] - np.linalg.det(rep.matrix(g))) < 1e-10


@pytest.mark.parametrize(
    ("name", "irrep", "signature"),
    [
        ("SO(3)", "1", (3, 0)),
        ("SO(1,3)", "(1/2,1/2)", (1, 3)),
        ("SO(1,3)", "(1,1)", (6, 3)),
        ("SO(4,2)", "6", (4, 2)),
        ("SU(3)", "3", (6, 0)),
        ("SU(2,1)", "3", (4, 2)),
        ("SU(2)", "1/2", (4, 0)),
        ("SO(3,2)", "5", (3, 2)),
    ],
)
def test_invariant_forms(name: str, irrep: str, signature: tuple[int, int]) -> None:
    G = tw.group(name)
    form = invariant_form(G.irrep(irrep))
    assert form is not None
    values = np.linalg.eigvalsh(form)
    found = (int((values > 0).sum()), int((values < 0).sum()))
    assert found in (signature, signature[::-1])
    rho = G.irrep(irrep).matrix(G.sample(np.random.default_rng(0), 0.7))
    assert np.abs(rho.T @ form @ rho - form).max() < 1e-11


def test_four_vectors_have_plus_minus_minus_minus() -> None:
    rep = Rep(tw.group("SO(1,3)"), "2x(1/2,1/2)")
    assert rep.metric is not None
    assert np.allclose(rep.metric, np.kron(np.diag([1.0, -1, -1, -1]), np.eye(2)), atol=1e-13)


def test_antisymmetric_and_absent_forms() -> None:
    spinor = invariant_form(tw.group("Sp(4,R)").irrep("4"))
    assert spinor is not None
    assert np.allclose(spinor, -spinor.T)
    assert invariant_form(tw.group("SL(4,R)").irrep("4")) is None
    assert Rep(tw.group("SL(4,R)"), "4 + 1").metric is None
