"""Charged particles: against a plain integrator, conservation, and what the published set's numbers are."""

from __future__ import annotations

import numpy as np
import pytest

from intertwine.errors import ConfigurationError, DataError
from intertwine.physics.nbody import ChargedSystem, evolve, generate, invariants, prediction_set

SYSTEM = ChargedSystem()


def plain(system: ChargedSystem, x: np.ndarray, v: np.ndarray, q: np.ndarray, steps: int) -> tuple[np.ndarray, ...]:
    """All steps of one sample, written as the formula."""

    def force(x: np.ndarray) -> np.ndarray:
        apart = x[:, None] - x[None]
        r = np.linalg.norm(apart, axis=-1)
        np.fill_diagonal(r, np.inf)
        f = system.strength * ((q[:, None] * q[None] / r**3)[..., None] * apart).sum(1)
        return f.clip(-system.force_limit, system.force_limit)

    v = v + system.time_step * force(x)
    for _ in range(steps):
        x = x + system.time_step * v
        before = v
        v = v + system.time_step * force(x)
    return x, before


def test_steps_are_those_of_the_formula() -> None:
    rng = np.random.default_rng(0)
    x, v, q = rng.normal(size=(2, 5, 3)), rng.normal(size=(2, 5, 3)), rng.choice([-1.0, 1.0], size=(2, 5))
    found = evolve(SYSTEM, x, v, q, frames=3, every=20)
    for s in range(2):
        for frame in range(3):
            position, velocity = plain(SYSTEM, x[s], v[s], q[s], 20 * (frame + 1))
            np.testing.assert_allclose(found.positions[s, frame], position, rtol=1e-12, atol=1e-12)
            np.testing.assert_allclose(found.velocities[s, frame], velocity, rtol=1e-12, atol=1e-12)


def test_what_is_conserved() -> None:
    gentle = ChargedSystem(time_step=1e-4, force_limit=1e9)
    paths = generate(gentle, 20, 10, 500, seed=1)
    found = invariants(gentle, paths.positions, paths.velocities, paths.charges[:, None])
    assert np.abs(found.momentum - found.momentum[:, :1]).max() < 1e-10
    assert np.abs(found.angular_momentum - found.angular_momentum[:, :1]).max() < 1e-10
    # the typical drift: close encounters spoil a few
    assert np.median(np.abs(found.energy - found.energy[:, :1]).max(1)) < 2e-3


def test_softened_forces_break_momentum_conservation_as_published() -> None:
    x = np.array([[[0.0, 0, 0], [1e-3, 2e-3, 0], [3, 0, 0], [0, 3, 0], [0, 0, 3]]])
    soft = evolve(SYSTEM, x, np.zeros_like(x), np.ones((1, 5)), 1, 1)
    assert np.abs(soft.velocities[0, 0, 0, :2]) == pytest.approx(SYSTEM.time_step * SYSTEM.force_limit)


def test_initial_conditions_have_the_published_distribution() -> None:
    start = generate(ChargedSystem(strength=0.0, time_step=1e-12), 2000, 1, 1, seed=3)
    assert start.positions.std() == pytest.approx(1.0, rel=0.02)
    np.testing.assert_allclose(np.linalg.norm(start.velocities, axis=-1), 0.5)
    assert set(np.unique(start.charges)) == {-1.0, 1.0}
    assert abs(start.charges.mean()) < 0.03
    assert generate(ChargedSystem(bodies=40, strength=0.0), 500, 1, 1).positions.std() == pytest.approx(2.0, rel=0.02)


def test_samples_depend_on_their_number_only() -> None:
    all_of_them = generate(SYSTEM, 6, 2, 5, seed=4)
    late = generate(SYSTEM, 2, 2, 5, seed=4, first=3)
    np.testing.assert_array_equal(all_of_them.positions[3:5], late.positions)
    assert not np.array_equal(generate(SYSTEM, 6, 2, 5, seed=5).positions, all_of_them.positions)


def test_the_prediction_set_takes_the_published_frames() -> None:
    found = prediction_set(3, seed=6, burn_in=310, steps=100)
    paths = generate(SYSTEM, 3, 41, 10, seed=6)
    np.testing.assert_array_equal(found.positions, paths.positions[:, 30])
    np.testing.assert_array_equal(found.velocities, paths.velocities[:, 30])
    np.testing.assert_array_equal(found.targets, paths.positions[:, 40])


def test_errors() -> None:
    with pytest.raises(ConfigurationError, match=r"no trajectories; received 3 samples, 0 frames"):
        generate(SYSTEM, 3, 0)
    with pytest.raises(DataError, match="initial conditions of another system"):
        evolve(SYSTEM, np.zeros((1, 4, 3)), np.zeros((1, 4, 3)), np.zeros((1, 4)), 1)
    with pytest.raises(DataError, match="not finite"):
        evolve(SYSTEM, np.full((1, 5, 3), np.nan), np.zeros((1, 5, 3)), np.zeros((1, 5)), 1)
