"""One Markov chain: its fields and its random numbers."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from intertwine.physics.flux.model import Model

Field = NDArray[np.int16]


@dataclass
class Chain:
    """The whole state of a chain: with the same state the future is the same, bit for bit.

    k, l: int16 [d·N], flat, link (x, ν) at ν·N + x; rng: four words of xoshiro256++; ends: int32 [2m], the sites of
    open worms' endpoints, −1 behind (empty for closed worms); counts: proposals and acceptances so far.
    """

    k: Field
    l: Field  # noqa: E741
    rng: NDArray[np.uint64]
    ends: NDArray[np.int32]
    counts: NDArray[np.int64] = field(default_factory=lambda: np.zeros(8, dtype=np.int64))

    @classmethod
    def cold(cls, model: Model, seed: np.random.SeedSequence, open_worms: int = 0) -> Chain:
        """k = l = 0."""
        links = model.d * model.sites
        return cls(np.zeros(links, np.int16), np.zeros(links, np.int16), _words(seed), _no_ends(open_worms))

    def continued(self, seed: np.random.SeedSequence, open_worms: int = 0) -> Chain:
        """The same fields with fresh random numbers: the start of a run at neighbouring couplings."""
        ends = self.ends.copy() if self.ends.size == 2 * open_worms else _no_ends(open_worms)
        return Chain(self.k.copy(), self.l.copy(), _words(seed), ends)


def _words(seed: np.random.SeedSequence) -> NDArray[np.uint64]:
    return np.array(seed.generate_state(4, np.uint64), dtype=np.uint64)


def _no_ends(open_worms: int) -> NDArray[np.int32]:
    return np.full(2 * open_worms, -1, dtype=np.int32)
