"""Trajectories of charged particles from random initial conditions, or from given ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from intertwine.errors import ConfigurationError, DataError
from intertwine.physics.nbody.charged_system import ChargedSystem

RealArray = NDArray[np.float64]
_STREAM = 0x6E62  # keeps these random numbers apart from others of the same seed


@dataclass(frozen=True, eq=False)
class Trajectories:
    """positions and velocities: float64 [samples, frames, bodies, dim]; charges: float64 [samples, bodies]."""

    positions: RealArray
    velocities: RealArray
    charges: RealArray

    def __len__(self) -> int:
        return len(self.positions)


def generate(
    system: ChargedSystem, samples: int, frames: int, every: int = 100, seed: int = 0, *, first: int = 0
) -> Trajectories:
    """`samples` trajectories from random initial conditions; a frame is `every` time steps.

    Sample number i depends on the seed and on i alone: `first` is the number of the first.

    Raises
    ------
    ConfigurationError
        For numbers below 1 (samples: 0).
    """
    _check_counts(samples, frames, every)
    shape = (samples, system.bodies, system.dimension)
    x, v, charges = np.empty(shape), np.empty(shape), np.empty(shape[:2])
    scale = system.position_scale * (system.bodies / 5) ** (1 / 3)
    for i in range(samples):
        rng = np.random.default_rng([seed, _STREAM, first + i])
        charges[i] = rng.choice([-1.0, 1.0], size=system.bodies)
        x[i] = scale * rng.standard_normal(shape[1:])
        direction = rng.standard_normal(shape[1:])
        v[i] = system.speed * direction / np.linalg.norm(direction, axis=1, keepdims=True)
    return evolve(system, x, v, charges, frames, every)


def evolve(
    system: ChargedSystem,
    positions: RealArray,
    velocities: RealArray,
    charges: RealArray,
    frames: int,
    every: int = 100,
) -> Trajectories:
    """`frames` frames of `every` steps from positions and velocities [samples, bodies, dim], charges [samples, bodies].

    Raises
    ------
    ConfigurationError
        For numbers below 1.
    DataError
        For arrays that do not fit the system or are not finite.
    """
    from intertwine.physics.nbody.charged_kernels import run

    _check_counts(len(positions), frames, every)
    x, v = np.array(positions, dtype=np.float64), np.array(velocities, dtype=np.float64)
    charge = np.ascontiguousarray(charges, dtype=np.float64)
    expected = (len(x), system.bodies, system.dimension)
    if x.shape != expected or v.shape != expected or charge.shape != expected[:2]:
        raise DataError(
            "initial conditions of another system", received=[x.shape, v.shape, charge.shape], expected=expected
        )
    if not (np.isfinite(x).all() and np.isfinite(v).all() and np.isfinite(charge).all()):
        raise DataError("initial conditions that are not finite")
    found = np.empty((len(x), frames, *expected[1:])), np.empty((len(x), frames, *expected[1:]))
    run(x, v, charge, system.strength, system.force_limit, system.time_step, frames, every, *found)
    return Trajectories(found[0], found[1], charge)


def _check_counts(samples: int, frames: int, every: int) -> None:
    if samples < 0 or frames < 1 or every < 1:
        raise ConfigurationError(
            "no trajectories", received=f"{samples} samples, {frames} frames of {every} steps", expected="at least 1"
        )
