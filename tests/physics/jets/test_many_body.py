"""Decays against analytic two-, three- and n-body distributions; momentum conservation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from intertwine.errors import ConfigurationError
from intertwine.physics.jets.kinematics import mass_squared
from intertwine.physics.jets.many_body import boosted, decay, massless_phase_space, phase_space, two_body_momentum


@given(st.lists(st.floats(0, 5), min_size=2, max_size=7), st.floats(0.1, 50), st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_momentum_and_masses(masses: list[float], excess: float, seed: int) -> None:
    total = sum(masses) + excess
    momenta, weights = phase_space(total, masses, 5, np.random.default_rng(seed))
    np.testing.assert_allclose(momenta.sum(1), np.tile([total, 0, 0, 0], (5, 1)), atol=1e-11 * total)
    np.testing.assert_allclose(mass_squared(momenta), np.tile(np.square(masses), (5, 1)), atol=1e-9 * total**2)
    assert (weights > 0).all()
    assert (weights <= 1 + 1e-12).all()


def test_two_bodies() -> None:
    momenta, weights = phase_space(172.5, [80.4, 4.7], 4000, np.random.default_rng(0))
    np.testing.assert_allclose(weights, 1)
    p = np.sqrt(np.square(momenta[:, 0, 1:]).sum(-1))
    np.testing.assert_allclose(p, two_body_momentum(np.array(172.5), np.array(80.4), np.array(4.7)))
    cosine = momenta[:, 0, 3] / p
    assert stats.kstest(cosine, stats.uniform(-1, 2).cdf).pvalue > 0.01  # isotropic


def accepted(mass: float, masses: list[float], size: int, *, use_weights: bool = True) -> np.ndarray:
    rng = np.random.default_rng(1)
    momenta, weights = phase_space(mass, masses, size, rng)
    return momenta[rng.random(size) < weights] if use_weights else momenta


def dalitz_p_value(momenta: np.ndarray, mass: float, m: list[float]) -> float:
    """At given m12², m23² is uniform between its bounds (flat Dalitz plot); and m12² has the known density."""
    s12 = mass_squared(momenta[:, 0] + momenta[:, 1])
    grid = np.linspace((m[0] + m[1]) ** 2, (mass - m[2]) ** 2, 4001)
    root = np.sqrt(grid)
    density = two_body_momentum(np.full_like(root, mass), root, np.array(m[2])) * two_body_momentum(
        np.maximum(root, 1e-12), np.array(m[0]), np.array(m[1])
    )
    density = density / np.maximum(root, 1e-12)  # dΦ ∝ p q dm12 = p q dm12² / (2 m12)
    cumulative = np.concatenate([[0], np.cumsum((density[1:] + density[:-1]) / 2)])
    return float(stats.kstest(s12, lambda x: np.interp(x, grid, cumulative / cumulative[-1])).pvalue)


def test_three_bodies_fill_the_dalitz_plot() -> None:
    m = [1.0, 0.5, 2.0]
    assert dalitz_p_value(accepted(6.0, m, 6000), 6.0, m) > 0.01
    assert dalitz_p_value(accepted(6.0, m, 6000, use_weights=False), 6.0, m) < 1e-4  # the weights matter


@pytest.mark.parametrize("n", [3, 4, 6])
def test_massless_energies(n: int) -> None:
    """x = 2E/M of one of n massless particles has the density x (1-x)^(n-3)."""
    momenta = massless_phase_space(10.0, n, 4000, np.random.default_rng(n))
    np.testing.assert_allclose(momenta.sum(1), np.tile([10.0, 0, 0, 0], (4000, 1)), atol=1e-12)
    np.testing.assert_allclose(mass_squared(momenta), 0, atol=1e-11)
    law = stats.beta(2, n - 2).cdf
    assert stats.kstest(momenta[:, 0, 0] / 5, law).pvalue > 0.01
    assert stats.kstest(momenta[:, 0, 0] / 5, stats.beta(2, n - 1).cdf).pvalue < 1e-4
    weighted = accepted(10.0, [0.0] * n, 4000)
    assert stats.kstest(weighted[:, -1, 0] / 5, law).pvalue > 0.01
    assert stats.kstest(weighted[:, 0, 0] / 5, law).pvalue > 0.01


def test_decays_in_flight() -> None:
    rng = np.random.default_rng(2)
    direction = rng.standard_normal((200, 3))
    mass = rng.uniform(80, 200, 200)
    parents = np.concatenate([np.sqrt(mass**2 + np.square(600 * direction).sum(-1))[:, None], 600 * direction], axis=1)
    products = decay(parents, [4.7, 0.0, 0.0], rng)
    np.testing.assert_allclose(products.sum(1), parents, rtol=1e-12, atol=1e-9)
    np.testing.assert_allclose(mass_squared(products)[:, 1:], 0, atol=1e-7)
    # boosts keep invariants
    np.testing.assert_allclose(mass_squared(products[:, 0] + products[:, 1]) / mass**2, (
        mass_squared(boosted(products, parents[:, None] * [1, -1, -1, -1], mass[:, None])[:, :2].sum(1)) / mass**2
    ), atol=1e-9)  # fmt: skip


def test_impossible_decays() -> None:
    rng = np.random.default_rng(0)
    for mass, masses in ((1.0, [0.6, 0.6]), (1.0, [0.5]), (1.0, [-0.1, 0.2])):
        with pytest.raises(ConfigurationError, match="impossible"):
            phase_space(mass, masses, 1, rng)
