"""Towers: energy is kept, directions are the cells'."""

from __future__ import annotations

import numpy as np
import pytest

from intertwine.errors import ConfigurationError
from intertwine.physics.jets.kinematics import azimuth, from_collider, mass_squared, pseudorapidity
from intertwine.physics.jets.tower_grid import towers


def particles(n: int) -> np.ndarray:
    rng = np.random.default_rng(0)
    return from_collider(rng.exponential(5, n) + 0.1, rng.uniform(-4.9, 4.9, n), rng.uniform(-np.pi, np.pi, n), 0.14)


def test_energy_is_kept_and_directions_are_near() -> None:
    momenta = particles(500)
    found = towers(momenta, 0.05)
    assert len(found) <= 500
    assert found[:, 0].sum() == pytest.approx(momenta[:, 0].sum())
    np.testing.assert_allclose(mass_squared(found) / found[:, 0] ** 2, 0, atol=1e-14)
    single = towers(momenta[:1], 0.05)
    assert abs(pseudorapidity(single) - pseudorapidity(momenta[:1]))[0] <= 0.025
    assert abs(azimuth(single) - azimuth(momenta[:1]))[0] <= 0.0252


def test_one_cell_adds_up() -> None:
    momenta = from_collider([1.0, 2.0], [0.011, 0.012], [0.3, 0.301])
    assert len(towers(momenta, 0.05)) == 1
    assert len(towers(from_collider([1.0, 2.0], [0.011, 0.012], [0.3, 1.3]), 0.05)) == 2


def test_seam_at_pi_and_beam() -> None:
    momenta = from_collider([1.0, 1.0], [0.01, 0.01], [np.pi - 1e-9, -np.pi + 1e-9])
    assert len(towers(momenta, 0.05)) == 2  # neighbours across the seam, not one
    assert len(towers(np.array([[3.0, 0, 0, 3.0], [1.0, 0, 0, 0]]), 0.05)) == 0  # along the beam or at rest: lost
    assert len(towers(np.zeros((0, 4)), 0.05)) == 0
    with pytest.raises(ConfigurationError, match="size"):
        towers(momenta, 0.0)
