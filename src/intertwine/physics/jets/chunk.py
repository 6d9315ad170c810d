"""A chunk: a number of jets of one class with a seed of its own, the unit of parallel work and of resuming."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from intertwine.physics.jets.events import MAXIMAL_SEED, JetEvents, JetRecord
from intertwine.physics.jets.ragged import RaggedJets
from intertwine.physics.jets.settings import CLASSES, JetSettings


@dataclass(frozen=True)
class Chunk:
    """`size` jets of a class, the `number`-th such chunk of a generation with these seed words."""

    kind: str
    number: int
    size: int
    words: tuple[int, ...]

    @property
    def seed(self) -> int:
        """Pythia's seed, from everything that tells this chunk from another."""
        sequence = np.random.SeedSequence((*self.words, CLASSES.index(self.kind), self.number))
        return int(sequence.generate_state(1, np.uint64)[0] % MAXIMAL_SEED) + 1

    @property
    def name(self) -> str:
        """Name of the file that keeps it."""
        return f"{self.kind}-{self.number:05d}.h5"

    def make(self, settings: JetSettings) -> tuple[RaggedJets, int]:
        """The jets, and how many events they took."""
        source = JetEvents(self.kind, settings, self.seed)
        records = list(islice(iter(source), self.size))
        return collect(records, source.label), source.events


def collect(records: list[JetRecord], label: int) -> RaggedJets:
    """Records as arrays. Truth is nan where there is none."""
    n = len(records)
    nothing = np.full((5, 4), np.nan)
    truth = np.stack(
        [
            nothing if one.truth is None else np.concatenate([[one.truth.top, one.truth.w], one.truth.quarks])
            for one in records
        ]
    )
    values: dict[str, NDArray[np.generic]] = {
        "label": np.full(n, label, dtype=np.int64),
        "weight": np.array([one.weight for one in records]),
        "pthat": np.array([one.pthat for one in records]),
        "jet": np.stack([one.jet for one in records]),
        "top": truth[:, 0],
        "w": truth[:, 1],
        "quarks": truth[:, 2:],
    }
    return RaggedJets(
        np.concatenate([one.momenta for one in records]),
        np.array([len(one.momenta) for one in records], dtype=np.int64),
        {"pid": np.concatenate([one.pid for one in records])},
        values,
    )
