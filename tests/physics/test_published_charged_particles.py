"""The published trajectories: against what the published script itself prints, and as ranges of one sequence."""

from __future__ import annotations

import numpy as np
import pytest

from intertwine.errors import ConfigurationError
from intertwine.physics.nbody import prediction_set, published_set

# Printed by the released script (vgsatorras/egnn, seed 43, sample_freq 100), trajectories 0 and 2: charges; position
# and velocity of the first body in frame 30; position of the last in frame 40.
CHARGES = [[-1, 1, -1, -1, -1], [1, 1, -1, -1, 1]]
POSITION = [
    [2.989116317166655, 1.769370120446526, -1.1712942795381607],
    [-3.0230440591629604, 1.3063700731540686, 2.937801291552091],
]
VELOCITY = [
    [1.1338110406668451, 0.39568061256371995, -0.2266065730886864],
    [-0.5890929308901259, 0.9048280476161653, 1.3995525829161428],
]
TARGET = [
    [0.015715008959059112, -3.516546495348084, -2.3207265914093873],
    [2.86638225955332, 2.1060137937465946, 0.5419722910032565],
]


def test_they_are_the_numbers_of_the_released_script() -> None:
    found = published_set(3)
    np.testing.assert_array_equal(found.charges[::2], CHARGES)
    np.testing.assert_allclose(found.positions[::2, 0], POSITION, rtol=1e-9)
    np.testing.assert_allclose(found.velocities[::2, 0], VELOCITY, rtol=1e-9)
    np.testing.assert_allclose(found.targets[::2, 4], TARGET, rtol=1e-9)
    # the frame before, or others of the same distribution, are not
    assert np.abs(published_set(1, burn_in=3000).positions[0, 0] - POSITION[0]).max() > 1e-2
    assert np.abs(prediction_set(1).positions[0, 0] - POSITION[0]).max() > 1e-2


def test_a_part_is_a_range_of_one_sequence() -> None:
    every, late = published_set(6, burn_in=20, steps=10), published_set(2, 4, burn_in=20, steps=10)
    for name, x in vars(late).items():
        np.testing.assert_array_equal(getattr(every, name)[4:], x)
    assert len(published_set(0, burn_in=20, steps=10)) == 0


def test_negative_numbers_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="no trajectories; received 3 from -1"):
        published_set(3, -1)
