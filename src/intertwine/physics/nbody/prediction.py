"""What networks of the n-body task see and predict: positions a fixed time later."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from intertwine.physics.nbody.charged_system import ChargedSystem
from intertwine.physics.nbody.trajectories import Trajectories, generate

RealArray = NDArray[np.float64]
BURN_IN, STEPS = 3100, 1000
"""Time steps before the input and from input to target: frames 30 and 40 of the published files."""


@dataclass(frozen=True, eq=False)
class PredictionSet:
    """positions, velocities, targets: float64 [samples, bodies, dim]; charges: float64 [samples, bodies]."""

    positions: RealArray
    velocities: RealArray
    charges: RealArray
    targets: RealArray

    def __len__(self) -> int:
        return len(self.positions)


def prediction_set(
    samples: int,
    seed: int = 0,
    *,
    first: int = 0,
    system: ChargedSystem | None = None,
    burn_in: int = BURN_IN,
    steps: int = STEPS,
) -> PredictionSet:
    """Pairs (state after `burn_in` time steps, positions `steps` later); see `generate` for seed and first.

    Raises ConfigurationError where burn_in and steps have no common frame.
    """
    every, frames = common_frames(burn_in, steps)
    paths = generate(system or ChargedSystem(), samples, frames, every, seed, first=first)
    return seen_and_predicted(paths, burn_in // every)


def common_frames(burn_in: int, steps: int) -> tuple[int, int]:
    """Time steps of a frame, and frames, so that both times are ends of frames."""
    every = int(np.gcd(burn_in, steps))
    return every, (burn_in + steps) // every


def seen_and_predicted(paths: Trajectories, burnt: int) -> PredictionSet:
    """The state after `burnt` frames and the positions after the last."""
    now = burnt - 1
    return PredictionSet(paths.positions[:, now], paths.velocities[:, now], paths.charges, paths.positions[:, -1])
