"""Products: types multiply, and real irreps of a product are not tensor products of real irreps."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

import intertwine as tw
from intertwine.representations import Rep, clebsch_gordan


def test_complex_times_complex_gives_two() -> None:
    """C ⊠ C: the 2 × 2 = 4 real dimensions of (charge 1) ⊗ (charge 1) split into charges (1, 1) and (1, −1)."""
    G = tw.group("U(1)xU(1)")
    plus, minus = G.irrep("(1,1)"), G.irrep("(1,-1)")
    assert plus != minus
    assert plus.type == minus.type == "complex"
    first, second = Rep(G, "(1,0)"), Rep(G, "(0,1)")
    product = first @ second
    assert product.dim == 4
    assert {block.irrep for block in product.blocks} == {plus, minus}


def test_quaternionic_times_quaternionic_is_real() -> None:
    G = tw.group("SU(2)xSU(2)")
    both = G.irrep("(2,2)")
    assert both.type == "real"
    assert both.real_dim == 4  # not 4 × 4: a real vector of SO(4)
    assert str(Rep(G, "(2,1)") @ Rep(G, "(1,2)")) == "4x(2,2)"
    rho = both.matrix(G.sample(np.random.default_rng(0)))
    assert np.abs(rho.T @ rho - np.eye(4)).max() < 1e-12
    assert len(clebsch_gordan(both, both, G.trivial)) == 1


@pytest.mark.parametrize(
    ("name", "label", "kind"),
    [
        ("SU(2)xSO(3)", "(2,1)", "quaternionic"),
        ("SU(2)xU(1)", "(2,1)", "complex"),
        ("SU(2)xU(1)", "(2,0)", "quaternionic"),
        ("SU(3)xSU(3)", "(3,3bar)", "complex"),
        ("SU(3)xSU(3)", "(8,8)", "real"),
        ("SL(2,C)xSU(2)", "((1/2,0),2)", "complex"),
        ("Q8xQ8", "(2,2)", "real"),
    ],
)
def test_types_multiply(name: str, label: str, kind: str) -> None:
    assert tw.group(name).irrep(label).type == kind


def test_names_and_charges() -> None:
    G = tw.group("SU(3)xSU(2)xU(1)")
    quark = G.irrep("(3,2,1/6)")
    assert quark.name == "(3,2,1/6)"
    assert quark == G.irrep("3", "2", Fraction(1, 6)) == G.irrep("(3bar,2,-1/6)") == G.irrep("3", "1/2", "1/6")
    assert quark.real_dim == 12
    assert str(tw.decompose(G, "(3,2,1/6) x (3bar,1,1/3)")) == "(1,2,1/2) + (8,2,1/2)"


def test_algebra_order_follows_the_factors() -> None:
    G = tw.group("SO(3)xO(2)")
    irrep = G.irrep("(1,1)")
    c = np.array([0.3, -0.2, 0.5, 0.7])
    parts = G.element(tw.group("SO(3)").exp(c[:3]), tw.group("O(2)").exp(c[3:]))
    assert np.abs(irrep.matrix(G.exp(c)) - irrep.matrix(parts)).max() < 1e-13
    assert len(irrep.generators) == 4
    assert len(irrep.discrete_generators) == len(G.discrete_elements) == 1
    assert np.abs(irrep.matrix(G.discrete_elements[0]) - irrep.discrete_generators[0]).max() < 1e-13


def test_preferred_bases_survive() -> None:
    """A charged vector is (Re, Im) of x, y, z: rotations act on both alike."""
    G = tw.group("SO(3)xU(1)")
    R = G.element(tw.group("SO(3)").exp([0.0, 0.0, 0.4]), tw.group("U(1)").identity)
    rotation = np.asarray(tw.group("SO(3)").exp([0.0, 0.0, 0.4]).matrix)
    rho = G.irrep("(1,1)").matrix(R)
    assert np.abs(rho - np.kron(np.eye(2), rotation)).max() < 1e-13
