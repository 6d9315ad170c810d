"""Positions, products, couplings and means against brute force on points."""

from __future__ import annotations

import numpy as np
import pytest

from intertwine.representations.harmonics.monomials import (
    couple,
    evaluate,
    exponents,
    multiply,
    n_monomials,
    position,
    sphere_mean_square,
)


@pytest.mark.parametrize(("n", "degree"), [(1, 3), (2, 5), (3, 4), (5, 3), (8, 2), (4, 0)])
def test_positions(n: int, degree: int) -> None:
    alpha = exponents(n, degree)
    assert len(alpha) == n_monomials(n, degree)
    assert (alpha.sum(1) == degree).all()
    np.testing.assert_array_equal(position(alpha), np.arange(len(alpha)))


def test_coupling_and_products_are_those_of_the_values() -> None:
    rng = np.random.default_rng(0)
    n, degree, x = 4, 3, rng.normal(size=(7, 4))
    p = rng.normal(size=(n_monomials(n, degree), 5))
    table = rng.normal(size=(2, 5, 3))
    coupled = evaluate(couple(table, p, slice(1, 3), n, degree), degree + 1, x)
    np.testing.assert_allclose(
        coupled, np.einsum("ni,nj,ijk->nk", x[:, 1:3], evaluate(p, degree, x), table), atol=1e-12
    )
    q = rng.normal(size=(n_monomials(n, 2), 1))
    product = evaluate(multiply(q[:, 0], 2, p, degree, n), degree + 2, x)
    np.testing.assert_allclose(product, evaluate(q, 2, x) * evaluate(p, degree, x), atol=1e-12)


@pytest.mark.parametrize(("n", "degree"), [(2, 1), (3, 2), (3, 5), (4, 4)])
def test_mean_square_over_the_sphere(n: int, degree: int) -> None:
    """Against Gauss–Hermite quadrature, exact for polynomials: E over N(0,1)^n is the sphere's mean times E|x|^2l."""
    rng = np.random.default_rng(1)
    p = rng.normal(size=(n_monomials(n, degree), 2))
    nodes, weights = np.polynomial.hermite_e.hermegauss(degree + 1)
    grid = np.stack(np.meshgrid(*[nodes] * n, indexing="ij"), -1).reshape(-1, n)
    weight = np.prod(np.stack(np.meshgrid(*[weights / weights.sum()] * n, indexing="ij"), -1).reshape(-1, n), -1)
    expected = weight @ (evaluate(p, degree, grid) ** 2).sum(1) / np.prod([n + 2 * i for i in range(degree)])
    assert sphere_mean_square(p, degree, n) == pytest.approx(expected, rel=1e-12)
    assert sphere_mean_square(1.01 * p, degree, n) != pytest.approx(expected, rel=1e-3)  # the check can fail
