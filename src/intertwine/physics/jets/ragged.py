"""Jets of different lengths one after the other: how they are generated and stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from numpy.typing import NDArray

from intertwine.errors import DataError
from intertwine.physics.jets.padded import Jets


@dataclass(frozen=True)
class RaggedJets:
    """Jets without padding.

    Attributes
    ----------
    momenta:
        (E, px, py, pz) in GeV of all particles of the first jet, then of the second, …
    counts:
        Particles of each jet.
    scalars:
        Numbers of each particle by name, in the same order as momenta.
    values:
        Arrays by name with one row a jet: `label`, `weight`, and targets such as `top`, `w`, `quarks`.
    """

    momenta: Float[np.ndarray, "particles 4"]
    counts: Int[np.ndarray, " jets"]
    scalars: dict[str, NDArray[np.generic]]
    values: dict[str, NDArray[np.generic]]

    def __post_init__(self) -> None:
        if int(self.counts.sum()) != len(self.momenta):
            raise DataError("particles and counts differ", received=len(self.momenta), expected=int(self.counts.sum()))
        for name, array in self.scalars.items():
            if len(array) != len(self.momenta):
                raise DataError(f"one number a particle, {name}", received=len(array), expected=len(self.momenta))
        for name, array in self.values.items():
            if len(array) != len(self.counts):
                raise DataError(f"one row a jet, {name}", received=len(array), expected=len(self.counts))

    def __len__(self) -> int:
        return len(self.counts)

    def padded(self, particles: int | None = None) -> Jets:
        """The same jets with padding, each cut to its first `particles` (the hardest, where jets are sorted)."""
        longest = int(self.counts.max(initial=0))
        width = longest if particles is None else min(particles, longest)
        starts = np.concatenate([[0], np.cumsum(self.counts)[:-1]]).astype(np.int64)
        mask = np.arange(width) < self.counts[:, None]
        where = (starts[:, None] + np.arange(width))[mask]
        momenta = np.zeros((*mask.shape, 4))
        momenta[mask] = self.momenta[where]
        scalars = {}
        for name, array in self.scalars.items():
            scalars[name] = np.zeros(mask.shape)
            scalars[name][mask] = array[where]
        values = dict(self.values)
        labels, weights = values.pop("label", None), values.pop("weight", None)
        return Jets(
            momenta,
            mask,
            None if labels is None else labels.astype(np.int64),
            np.ones(len(self)) if weights is None else weights.astype(np.float64),
            scalars,
            values,
        )

    def rows(self, index: NDArray[np.int64]) -> RaggedJets:
        """The jets of these numbers, in this order."""
        starts = np.concatenate([[0], np.cumsum(self.counts)]).astype(np.int64)
        spans = [np.arange(starts[one], starts[one + 1]) for one in index]
        where = np.concatenate(spans) if spans else np.zeros(0, dtype=np.int64)
        return RaggedJets(
            self.momenta[where],
            self.counts[index],
            {name: array[where] for name, array in self.scalars.items()},
            {name: array[index] for name, array in self.values.items()},
        )

    @classmethod
    def of(cls, jets: Jets) -> RaggedJets:
        """Padded jets without their padding."""
        values: dict[str, NDArray[np.generic]] = {**jets.targets, "weight": jets.weights}
        if jets.labels is not None:
            values["label"] = jets.labels
        scalars: dict[str, NDArray[np.generic]] = {name: array[jets.mask] for name, array in jets.scalars.items()}
        return cls(jets.momenta[jets.mask], jets.mask.sum(1).astype(np.int64), scalars, values)

    @classmethod
    def join(cls, parts: Sequence[RaggedJets]) -> RaggedJets:
        """Parts one after the other. Raises DataError if there are none, or they have different columns."""
        if not parts:
            raise DataError("no jets to join")
        first = parts[0]
        for part in parts[1:]:
            if set(part.scalars) != set(first.scalars) or set(part.values) != set(first.values):
                raise DataError(
                    "parts have different columns", received=sorted(part.values), expected=sorted(first.values)
                )
        return cls(
            np.concatenate([part.momenta for part in parts]),
            np.concatenate([part.counts for part in parts]),
            {name: np.concatenate([part.scalars[name] for part in parts]) for name in first.scalars},
            {name: np.concatenate([part.values[name] for part in parts]) for name in first.values},
        )
