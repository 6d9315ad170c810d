"""Thermalisation, worms a sweep and sweeps between configurations, all from what the chains themselves show."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

import numpy as np

from intertwine.errors import AccuracyError
from intertwine.physics.flux import estimates
from intertwine.physics.flux.chain import Chain
from intertwine.physics.flux.model import Model
from intertwine.physics.flux.worm_kernels import WORM_ATTEMPTS, WORM_STEPS

# Worm steps for each l proposal: near the optimum of time per independent configuration at all couplings tried.
STEPS_PER_LINK = 3.0
# The pilot run is doubled until its second half is this many autocorrelation times long, all chains together …
PILOT_LENGTH = 100.0
# … and it starts with this many sweeps and gives up past the other number.
FIRST_PILOT, LONGEST_PILOT = 128, 1 << 22

Mapper = Callable[[Callable[[Chain], Any], Sequence[Chain]], list[Any]]


@dataclass(frozen=True)
class Schedule:
    """attempts: worms a sweep; interval: sweeps between configurations; thermalisation: sweeps thrown away a chain.

    tau_int: the largest integrated autocorrelation time of n, |φ|², |φ|⁴ in the pilot run, in sweeps (nan: not measured).
    """

    attempts: int
    interval: int
    thermalisation: int
    tau_int: float


def mapper(executor: Executor | None) -> Mapper:
    """`map` over chains, on an executor's threads or here."""

    def run(function: Callable[[Chain], Any], chains: Sequence[Chain]) -> list[Any]:
        return list(map(function, chains) if executor is None else executor.map(function, chains))

    return run


def measure_schedule(model: Model, chains: Sequence[Chain], run: Mapper) -> Schedule:
    """Run the chains from wherever they are until they are thermalised, and measure the schedule on the way.

    The pilot run doubles in length until its second half spans `PILOT_LENGTH` autocorrelation times; its first half, as
    long, is the thermalisation, and nothing of the pilot is kept as a configuration. The interval is ⌈2 τ_int⌉ sweeps.
    Raises AccuracyError where this takes more than 2²² sweeps.
    """
    attempts, done = _attempts(model, chains, run)
    length = FIRST_PILOT
    while True:
        # The first of two equal halves also tells whether the worms have changed their length since.
        attempts = _update_attempts(model, chains, run, attempts, length)
        pilot = run(lambda chain: chain.run(model, length, 1, attempts, keep_fields=False)[0], chains)
        done += 2 * length
        tau = max(estimates.tau_int([series[:, column] for series in pilot]) for column in range(3))
        if length * len(chains) >= PILOT_LENGTH * tau and length >= 20 * tau:
            return Schedule(attempts, max(1, math.ceil(2 * tau)), done, tau)
        length *= 2
        if length > LONGEST_PILOT:
            raise AccuracyError(
                "the chains do not decorrelate",
                received=f"τ_int = {tau:.3g} sweeps in {length // 2} sweeps of {model!r}",
                expected=f"τ_int below 1/20 of {LONGEST_PILOT} sweeps",
                fix="give thermalisation= and interval= yourself, or start from an ensemble at a neighbouring μ",
            )


def worms_per_sweep(model: Model, steps_per_worm: float) -> int:
    """So many worms that a sweep makes about `STEPS_PER_LINK` worm steps for each link."""
    return max(1, round(STEPS_PER_LINK * model.d * model.sites / steps_per_worm))


def _attempts(model: Model, chains: Sequence[Chain], run: Mapper) -> tuple[int, int]:
    """A first number of worms a sweep, from ever longer runs out of a cold or neighbouring start."""
    attempts, done = 1, 0
    for _ in range(8):
        attempts = _update_attempts(model, chains, run, attempts, 16)
        done += 16
    return attempts, done


def _update_attempts(model: Model, chains: Sequence[Chain], run: Mapper, attempts: int, sweeps: int) -> int:
    before = sum((chain.counts for chain in chains), start=np.zeros(8, np.int64))
    run(lambda chain: chain.run(model, 1, sweeps, attempts, keep_fields=False), chains)
    gained = sum((chain.counts for chain in chains), start=np.zeros(8, np.int64)) - before
    return worms_per_sweep(model, gained[WORM_STEPS] / gained[WORM_ATTEMPTS])
