"""One Markov chain: its fields, its random numbers, and the loop that extends the tables when a kernel asks for it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from intertwine.physics.flux import tables, worm_kernels
from intertwine.physics.flux.model import Model

Field = NDArray[np.int16]


@dataclass
class Chain:
    """The whole state of a chain: with the same state the future is the same, bit for bit.

    k, l: int16 [d·N], flat; rng: four words of xoshiro256++; counts: proposals and acceptances so far.
    """

    k: Field
    l: Field  # noqa: E741
    rng: NDArray[np.uint64]
    counts: NDArray[np.int64] = field(default_factory=lambda: np.zeros(8, dtype=np.int64))

    @classmethod
    def cold(cls, model: Model, seed: np.random.SeedSequence) -> Chain:
        """k = l = 0."""
        links = model.d * model.sites
        return cls(np.zeros(links, np.int16), np.zeros(links, np.int16), seed.generate_state(4, np.uint64))

    def continued(self, seed: np.random.SeedSequence) -> Chain:
        """The same fields with fresh random numbers: the start of a run at neighbouring couplings."""
        return Chain(self.k.copy(), self.l.copy(), seed.generate_state(4, np.uint64))

    def run(
        self, model: Model, n_records: int, interval: int, attempts: int, *, keep_fields: bool
    ) -> tuple[NDArray[np.float64], Field, Field]:
        """Records after every `interval` sweeps of `attempts` worms: observables [n, 4], k and l [n, d·N] (or [0, d·N])."""
        links = model.d * model.sites
        observables = np.empty((n_records, 4), dtype=np.float64)
        rows = n_records if keep_fields else 0
        k_out, l_out = np.empty((rows, links), np.int16), np.empty((rows, links), np.int16)
        cursor = np.zeros(8, dtype=np.int64)
        f = tables.local_f(self.k, self.l, model.shape)
        while True:
            # Above: room for the largest f that is there now.
            t = model.tables(int(f.max()) + 16)
            status = worm_kernels.sweeps(
                self.k, self.l, f, self.rng, model.neighbours, model.chemical, t.hop, t.inverse, t.site_step,
                t.site_double, model.d, attempts, interval, t.moments, 1.0 / model.sites, cursor, self.counts,
                observables, k_out, l_out,
            )  # fmt: skip
            if status == worm_kernels.FINISHED:
                return observables, k_out, l_out
