"""The very trajectories of the published charged-particle set, from the random numbers that its script draws."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from intertwine.errors import ConfigurationError
from intertwine.physics.nbody.charged_system import ChargedSystem
from intertwine.physics.nbody.prediction import BURN_IN, STEPS, PredictionSet, common_frames, seen_and_predicted
from intertwine.physics.nbody.trajectories import evolve

RealArray = NDArray[np.float64]
SEED = 43
"""Of "nbody_small"."""
LATE_TEST = 12_000
"""Number of the first test trajectory where the script is asked for 10 000 training trajectories (see below)."""
_NOISE = 2 * 49 * 15
"""Normal numbers that the script draws after each trajectory: noise of size 0 on its 49 frames, five bodies."""


def published_set(samples: int, first: int = 0, *, burn_in: int = BURN_IN, steps: int = STEPS) -> PredictionSet:
    """Pairs (state after `burn_in` time steps, positions `steps` later) of the published trajectories, in their order.

    The set of Satorras et al. 2102.09844 is made by a script whose random numbers (numpy's legacy generator, seed 43)
    are drawn one trajectory after another: charges, positions, velocities, noise that is then multiplied by 0. So a
    trajectory has a number, and the parts of the set are ranges of it. Two are in use:

    - 3000 + 2000 + 2000, as the paper says: training from 0, validation from 3000, test from 5000. Uniform motion
      with a fitted time has a test error of 0.0819 there, which is what the paper prints.
    - 10 000 + 2000 + 2000, as the script's released command says: the same 3000 for training (the rest is unused),
      validation from 10 000, test from 12 000 (0.0836).

    Raises ConfigurationError for negative numbers, and where burn_in and steps have no common frame.
    """
    if samples < 0 or first < 0:
        raise ConfigurationError("no trajectories", received=f"{samples} from {first}", expected="at least 0")
    every, frames = common_frames(burn_in, steps)
    paths = evolve(ChargedSystem(), *starts(samples, first), frames, every)
    return seen_and_predicted(paths, burn_in // every)


def starts(samples: int, first: int = 0) -> tuple[RealArray, RealArray, RealArray]:
    """Positions and velocities [samples, 5, 3] at the start and charges [samples, 5] of trajectories `first` and on."""
    # RandomState's stream is frozen for good; the draws are made in the script's order and layout (coordinates first).
    rng = np.random.RandomState(SEED)
    x, v, charges = np.empty((samples, 5, 3)), np.empty((samples, 5, 3)), np.empty((samples, 5))
    speed = ChargedSystem().speed
    for i in range(first + samples):
        charge = rng.choice([-1.0, 0.0, 1.0], size=5, p=[0.5, 0.0, 0.5])
        position, direction = rng.standard_normal((3, 5)), rng.standard_normal((3, 5))
        rng.standard_normal(_NOISE)
        if i >= first:
            charges[i - first], x[i - first] = charge, position.T
            v[i - first] = (speed * direction / np.sqrt((direction**2).sum(0))).T
    return x, v, charges
