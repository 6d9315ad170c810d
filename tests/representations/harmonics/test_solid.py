"""The recursion against scipy's spherical harmonics, sphere integrals and the Laplace and wave equations."""

from __future__ import annotations

from math import gamma, pi

import numpy as np
import pytest
from scipy.special import sph_harm_y

from intertwine.representations.harmonics import solid
from intertwine.representations.harmonics.solid import solid_dimension, solid_harmonics


def test_three_variables_are_scipys_real_spherical_harmonics_to_degree_30() -> None:
    """Order (m = 0, cos φ, sin φ, cos 2φ, …); scipy's complex Y_lm carries the Condon–Shortley sign (−1)^m."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(3, 40))
    x /= np.linalg.norm(x, axis=0)
    theta, phi = np.arccos(x[2]), np.arctan2(x[1], x[0])
    for degree, values in enumerate(solid_harmonics(x, 30)):
        expected = [sph_harm_y(degree, 0, theta, phi).real]
        for m in range(1, degree + 1):
            y = (-1) ** m * np.sqrt(2) * sph_harm_y(degree, m, theta, phi)
            expected += [y.real, y.imag]
        np.testing.assert_allclose(values, expected, atol=2e-13)


@pytest.mark.parametrize("n", [2, 3, 4, 5, 7])
def test_orthonormal_on_the_sphere(n: int) -> None:
    """By Gaussian moments: E over N(0, 1)^n of Y_a Y_b, both of degree l, is E[r^2l] / area · δ_ab. Gauss–Hermite is
    exact."""
    max_degree = 3 if n < 7 else 2
    nodes, weights = np.polynomial.hermite_e.hermegauss(max_degree + 1)
    grid = np.stack(np.meshgrid(*[nodes] * n, indexing="ij")).reshape(n, -1)
    weight = np.prod(np.stack(np.meshgrid(*[weights / weights.sum()] * n, indexing="ij")).reshape(n, -1), axis=0)
    area = 2 * pi ** (n / 2) / gamma(n / 2)
    for degree, values in enumerate(solid_harmonics(grid, max_degree)):
        assert len(values) == solid_dimension(n, degree)
        moment = np.prod([n + 2 * i for i in range(degree)]) if degree else 1
        np.testing.assert_allclose((values * weight) @ values.T, np.eye(len(values)) * moment / area, atol=1e-12)


@pytest.mark.parametrize(("n", "time_like"), [(3, False), (4, False), (5, False), (3, True), (4, True)])
def test_they_solve_laplaces_or_the_wave_equation(n: int, time_like: bool) -> None:
    """Σ η_i ∂_i² Y = 0 with η = (1, …, 1, ±1), by central differences that are exact for degree ≤ 3 along a line."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=(n, 6))
    signs = np.ones(n)
    signs[-1] = -1.0 if time_like else 1.0

    def residual(eta: np.ndarray) -> float:
        total = 0.0
        at = solid_harmonics(x, 3, time_like=time_like)[3]
        for axis in range(n):
            step = np.zeros((n, 1))
            step[axis] = 0.5
            ahead = solid_harmonics(x + step, 3, time_like=time_like)[3]
            behind = solid_harmonics(x - step, 3, time_like=time_like)[3]
            total = total + eta[axis] * (ahead + behind - 2 * at) / 0.25
        return float(np.abs(total).max())

    assert residual(signs) < 1e-11
    signs[-1] *= -1  # the other equation: this must fail
    assert residual(signs) > 0.1


def test_a_wrong_coefficient_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    start, alpha = solid._recursion(3, 6)
    broken = alpha.copy()
    broken[2, 0] *= 1.001
    monkeypatch.setattr(solid, "_recursion", lambda n, max_degree: (start, broken))
    with pytest.raises(AssertionError):
        _check_degree(6)


def _check_degree(max_degree: int) -> None:
    x = np.array([[0.6], [0.0], [0.8]])
    for degree, values in enumerate(solid_harmonics(x, max_degree)):
        np.testing.assert_allclose(values[0], sph_harm_y(degree, 0, np.arccos(0.8), 0.0).real, atol=1e-12)


def test_the_check_itself_holds() -> None:
    _check_degree(6)
