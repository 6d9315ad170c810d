"""Thermalisation, the work of a sweep and the sweeps between configurations, from what the chains themselves show."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from intertwine.errors import AccuracyError
from intertwine.physics.flux import estimates
from intertwine.physics.flux.chain import Chain
from intertwine.physics.flux.model import Model
from intertwine.physics.flux.updates import ClosedUpdate, OpenUpdate, Records, Update

# The pilot run is doubled until it is this many autocorrelation times long, all chains together, and each chain …
PILOT_LENGTH, CHAIN_LENGTH = 100.0, 20.0
# … and it starts with this many sweeps and gives up past the other number.
FIRST_PILOT, LONGEST_PILOT = 128, 1 << 22

Mapper = Callable[[Callable[[Chain], Records], Sequence[Chain]], list[Records]]


@dataclass(frozen=True)
class Schedule:
    """How configurations follow each other: `interval` sweeps of `update` between two, after `thermalisation` sweeps.

    tau_int: the largest integrated autocorrelation time of n, |φ|² and |φ|⁴ in the pilot run, in sweeps (nan where none
    was made). With open worms only sweeps that end with all of them open are counted.
    """

    update: Update
    interval: int
    thermalisation: int
    tau_int: float


def measure_schedule(model: Model, chains: Sequence[Chain], first: Update, run: Mapper) -> Schedule:
    """Run the chains from wherever they are until they are thermalised, and measure the schedule on the way.

    The pilot run is doubled until it spans `PILOT_LENGTH` autocorrelation times; before each, as many sweeps adapt the
    update and thermalise. Nothing of this is kept as a configuration. The interval is ⌈2 τ_int⌉ sweeps. Raises
    AccuracyError where this takes more than 2²² sweeps.
    """
    update, done = adapt(model, chains, first, run)
    length = FIRST_PILOT
    while length <= LONGEST_PILOT:
        update = _adapted(model, chains, update, run, length)
        pilot = run(partial(_pilot, update, model, length), chains)
        done += 2 * length
        tau = max(estimates.tau_int([records.observables[:, column] for records in pilot]) for column in range(3))
        if length * len(chains) >= PILOT_LENGTH * tau and length >= CHAIN_LENGTH * tau:
            return Schedule(update, max(1, math.ceil(2 * tau)), done, tau)
        length *= 2
    raise AccuracyError(
        "the chains do not decorrelate",
        received=f"τ_int = {tau:.3g} sweeps in {length // 2} sweeps of {model!r}",
        expected=f"τ_int below {LONGEST_PILOT / CHAIN_LENGTH:.3g} sweeps",
        fix="give thermalisation= and interval= yourself, or start from an ensemble at a neighbouring μ",
    )


def fixed_schedule(
    model: Model, chains: Sequence[Chain], first: Update, run: Mapper, thermalisation: int, interval: int
) -> Schedule:
    """Adapt the update, thermalise for so many sweeps more, measure nothing."""
    update, done = adapt(model, chains, first, run)
    if thermalisation:
        update = _adapted(model, chains, update, run, thermalisation)
    return Schedule(update, interval, done + thermalisation, math.nan)


def adapt(model: Model, chains: Sequence[Chain], update: Update, run: Mapper) -> tuple[Update, int]:
    """Short runs that find the work of a sweep out of a cold or neighbouring start, and how many sweeps they took.

    Chains without open worms open them one by one: the factor of one pair more, of order the number of sites squared,
    is guessed from those of fewer pairs, so that no round starts with numbers of pairs out of each other's reach.
    """
    rounds, sweeps = (8, 16) if isinstance(update, ClosedUpdate) else (8 + 4 * update.pairs, 16)
    done = 0
    if isinstance(update, OpenUpdate) and all((chain.ends < 0).all() for chain in chains):
        goal, update = update.pairs, OpenUpdate.first(model, 1)
        for pairs in range(1, goal + 1):
            for _ in range(16 if pairs == 1 else 4):
                update = _adapted(model, chains, update, run, sweeps)
            if pairs < goal and isinstance(update, OpenUpdate):
                update = update.extended()
        done, rounds = 16 + 4 * (goal - 1), 4
    for _ in range(rounds):
        update = _adapted(model, chains, update, run, sweeps)
    return update, (done + rounds) * sweeps


def _adapted(model: Model, chains: Sequence[Chain], update: Update, run: Mapper, sweeps: int) -> Update:
    before = total_counts(chains)
    results = run(partial(_trial, update, model, sweeps), chains)
    visits = np.sum([records.visits for records in results], axis=0)
    return update.adapted(model, total_counts(chains) - before, visits)


def total_counts(chains: Sequence[Chain]) -> NDArray[np.int64]:
    """The chains' proposals and acceptances, summed."""
    total: NDArray[np.int64] = np.sum([chain.counts for chain in chains], axis=0, dtype=np.int64)
    return total


def _trial(update: Update, model: Model, sweeps: int, chain: Chain) -> Records:
    if isinstance(update, OpenUpdate):
        return update.run(chain, model, 1, sweeps, keep_fields=False, any_sector=True)
    return update.run(chain, model, 1, sweeps, keep_fields=False)


def _pilot(update: Update, model: Model, length: int, chain: Chain) -> Records:
    return update.run(chain, model, length, 1, keep_fields=False)


def threads_or_here(executor: Any) -> Mapper:
    """`map` over chains on an executor's threads (kernels release the GIL), or in this thread where it is None."""

    def run(function: Callable[[Chain], Records], chains: Sequence[Chain]) -> list[Records]:
        return list(map(function, chains) if executor is None else executor.map(function, chains))

    return run
