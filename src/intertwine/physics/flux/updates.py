"""What one sweep does to a chain: worms and l updates for closed configurations, endpoint moves for open ones.

An update is an immutable plan; running it changes the chain only. Kernels that meet a value of f beyond their tables
return at once, and are called again with larger ones: the result does not depend on the size of the tables.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from intertwine.physics.flux import open_worm_kernels, worm_kernels
from intertwine.physics.flux.chain import Chain, Field
from intertwine.physics.flux.local_kernels import FINISHED, WORM_ATTEMPTS, WORM_STEPS
from intertwine.physics.flux.model import Model
from intertwine.physics.flux.tables import divergence, local_f

# Worm steps for each l proposal: near the optimum of time per independent configuration at all couplings tried.
STEPS_PER_LINK = 3.0
# Of the logarithm of a sector's weight, in one adaptation.
LARGEST_CHANGE = 2.0


@dataclass(frozen=True)
class Records:
    """observables [n, 4] (n, |φ|², |φ|⁴, contact), k and l [n, d·N] or [0, d·N], visits [m + 1] to numbers of pairs."""

    observables: NDArray[np.float64]
    k: Field
    l: Field  # noqa: E741
    visits: NDArray[np.int64]


@dataclass(frozen=True)
class ClosedUpdate:
    """A sweep of `attempts` worms, each run until it closes, and one pass over l."""

    attempts: int

    def run(self, chain: Chain, model: Model, n_records: int, interval: int, *, keep_fields: bool) -> Records:
        """One record after every `interval` sweeps."""
        records, cursor = _empty(model, n_records, keep_fields, 1), np.zeros(8, dtype=np.int64)
        f = local_f(chain.k, chain.l, model.shape)
        while True:
            t = model.tables(int(f.max()) + 16)
            status = worm_kernels.sweeps(
                chain.k, chain.l, f, chain.rng, model.neighbours, model.chemical, t.hop, t.inverse, t.site_step,
                t.site_double, model.d, self.attempts, interval, t.moments, cursor, chain.counts, records.observables,
                records.k, records.l,
            )  # fmt: skip
            if status == FINISHED:
                return records

    def adapted(self, model: Model, counts: NDArray[np.int64], visits: NDArray[np.int64]) -> ClosedUpdate:
        """So many worms that a sweep makes about `STEPS_PER_LINK` worm steps for each link, by the counts of a run."""
        steps_per_worm = counts[WORM_STEPS] / counts[WORM_ATTEMPTS]
        return ClosedUpdate(max(1, round(STEPS_PER_LINK * model.d * model.sites / steps_per_worm)))


@dataclass(frozen=True)
class OpenUpdate:
    """A sweep of `steps` endpoint proposals among configurations with 0 … m open worms, and one pass over l.

    sectors: log of the factor by which configurations with p = 0 … m pairs of endpoints are favoured; it cancels among
    configurations with the same p, so only how often each p is visited depends on it.
    """

    steps: int
    sectors: tuple[float, ...]

    @classmethod
    def first(cls, model: Model, pairs: int) -> OpenUpdate:
        """No sector favoured."""
        return cls(max(1, round(STEPS_PER_LINK * model.d * model.sites)), (0.0,) * (pairs + 1))

    @property
    def pairs(self) -> int:
        return len(self.sectors) - 1

    def extended(self) -> OpenUpdate:
        """One pair more, its factor guessed from the last two: Z_{p+1}/Z_p of p pairs is about (sites / p)² and falls.

        The top sector of an adapted update is as likely as all others together; the guess takes that back.
        """
        top = self.sectors[-1] - math.log(max(1, self.pairs))
        last = top - self.sectors[-2]
        guess = last + 2.0 * math.log((self.pairs + 1) / self.pairs)
        return replace(self, sectors=(*self.sectors[:-1], top, top + min(guess, 0.0)))

    def creation_factors(self, model: Model) -> NDArray[np.float64]:
        """[m]: sector weights and proposal probabilities of making pair p + 1, over those of annihilating it again.

        With p ≥ 1 either kind of proposal has probability 1/2, with p = 0 pairs are proposed only. A given pair on
        a given link is made with probability b/(2dN), b = 1 or 1/2, and annihilated, through either of its endpoints,
        with probability (1/2)·2/(2(p+1)·2d).
        """
        return np.array(
            [
                math.exp(self.sectors[p + 1] - self.sectors[p]) * 0.5 * model.sites / ((p + 1) * (0.5 if p else 1.0))
                for p in range(self.pairs)
            ],
            dtype=np.float64,
        )

    def run(
        self, chain: Chain, model: Model, n_records: int, interval: int, *, keep_fields: bool, any_sector: bool = False
    ) -> Records:
        """One record after every `interval` sweeps that end with m pairs (with any number of pairs, if so asked)."""
        records, cursor = _empty(model, n_records, keep_fields, self.pairs + 1), np.zeros(8, dtype=np.int64)
        f = local_f(chain.k, chain.l, model.shape)
        charge = divergence(chain.k.reshape(1, model.d, *model.shape)).ravel()
        slot = np.full(model.sites, -1, dtype=np.int32)
        present = chain.ends[chain.ends >= 0]
        slot[present] = np.arange(present.size, dtype=np.int32)
        create = self.creation_factors(model)
        while True:
            t = model.tables(int(f.max()) + 16)
            status = open_worm_kernels.open_sweeps(
                chain.k, chain.l, f, chain.rng, model.neighbours, model.chemical, t.hop, t.inverse, t.site_step,
                t.site_double, model.d, charge, slot, chain.ends, create, self.steps, interval,
                -1 if any_sector else self.pairs, t.moments, cursor, chain.counts, records.visits, records.observables,
                records.k, records.l,
            )  # fmt: skip
            if status == FINISHED:
                return records

    def adapted(self, model: Model, counts: NDArray[np.int64], visits: NDArray[np.int64]) -> OpenUpdate:
        """Sector weights that would have made p < m pairs equally likely, and m as likely as all of those.

        By a bounded amount: a short run may not have come to a number of pairs for no fault of its weight.
        """
        share = np.log((visits + 1.0) / (visits.sum() + visits.size))
        aim = np.full(visits.size, -math.log(2 * (visits.size - 1)))
        aim[-1] = -math.log(2)
        sectors = np.array(self.sectors) + np.clip(aim - share, -LARGEST_CHANGE, LARGEST_CHANGE)
        return replace(self, sectors=tuple(float(value) for value in sectors - sectors[0]))


Update = ClosedUpdate | OpenUpdate


def _empty(model: Model, n_records: int, keep_fields: bool, sectors: int) -> Records:
    shape = (n_records if keep_fields else 0, model.d * model.sites)
    return Records(
        np.empty((n_records, 4), dtype=np.float64),
        np.empty(shape, dtype=np.int16),
        np.empty(shape, dtype=np.int16),
        np.zeros(sectors, dtype=np.int64),
    )
