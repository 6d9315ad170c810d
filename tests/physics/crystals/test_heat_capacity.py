"""Heat capacities against Einstein's and Debye's formulas."""

from __future__ import annotations

import numpy as np
import pytest

from intertwine.errors import DataError
from intertwine.physics.crystals import heat_capacity

C2 = 1.438776877


def test_einstein():
    nu = np.array([299.999, 300.0, 300.001])
    T = np.array([20.0, 100.0, 300.0, 2000.0])
    x = C2 * 300 / T
    expected = 3 * x**2 * np.exp(x) / (np.exp(x) - 1) ** 2
    np.testing.assert_allclose(heat_capacity(nu, np.array([0.0, 1.0, 0.0]), T), expected, rtol=1e-6)


def test_debye():
    nu = np.linspace(0, 250, 20001)
    theta = C2 * 250
    T = np.array([theta / 60, theta / 40])
    np.testing.assert_allclose(heat_capacity(nu, nu**2, T), 12 * np.pi**4 / 5 * (T / theta) ** 3, rtol=1e-4)
    assert heat_capacity(nu, nu**2, [1e5])[0] == pytest.approx(3, rel=1e-5)
    # Debye's law is T³: a linear density must fail it
    assert not np.allclose(heat_capacity(nu, nu, T), 12 * np.pi**4 / 5 * (T / theta) ** 3, rtol=0.1)


def test_scale_batches_and_zero_temperature():
    nu, g = np.linspace(0, 1000, 51), np.random.default_rng(0).uniform(size=(4, 51))
    C = heat_capacity(nu, g, [0.0, 1e-3, 300.0])
    assert C.shape == (4, 3)
    assert (C[:, 0] == 0).all()
    assert (C[:, 1] < C[:, 2]).all()
    np.testing.assert_allclose(heat_capacity(nu, 7 * g, 300.0)[:, 0], C[:, 2])


@pytest.mark.parametrize(
    ("nu", "g", "T", "words"),
    [
        ([-1.0, 1.0], [1.0, 1.0], [1.0], "ascending"),
        ([0.0, 1.0], [1.0, -1.0], [1.0], "≥ 0"),
        ([0.0, 1.0], [0.0, 0.0], [1.0], "not zero"),
        ([0.0, 1.0], [1.0, 1.0], [-1.0], "temperatures"),
    ],
)
def test_nonsense(nu, g, T, words):
    with pytest.raises(DataError, match=words):
        heat_capacity(np.array(nu), np.array(g), T)
