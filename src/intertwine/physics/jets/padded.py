"""The one form of jets: padded float64 arrays with masks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Bool, Float, Int
from numpy.typing import NDArray

from intertwine.errors import ConfigurationError, DataError
from intertwine.physics.jets.kinematics import transverse_momentum

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Jets:
    """Jets as sets of particles.

    Attributes
    ----------
    momenta:
        (E, px, py, pz) in GeV, float64, zero where the mask is False.
    mask:
        Which places hold a particle.
    labels:
        Class of each jet, or None.
    weights:
        Weight of each jet; ones where the data have none.
    scalars:
        Further numbers of each particle by name (charge, pid, d0, …), zero where the mask is False.
    targets:
        Further arrays by name with one row a jet: four-momenta of the top, the W, the jet itself, …
    """

    momenta: Float[np.ndarray, "jets particles 4"]
    mask: Bool[np.ndarray, "jets particles"]
    labels: Int[np.ndarray, " jets"] | None
    weights: Float[np.ndarray, " jets"]
    scalars: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    targets: dict[str, NDArray[np.generic]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        n = len(self.momenta)
        lengths = {"mask": self.mask, "weights": self.weights, **self.scalars, **self.targets}
        if self.labels is not None:
            lengths["labels"] = self.labels
        for name, array in lengths.items():
            if len(array) != n:
                raise DataError(f"{name} of another number of jets", received=len(array), expected=n)

    def __len__(self) -> int:
        return len(self.momenta)

    def __getitem__(self, index: slice | NDArray[Any]) -> Jets:
        """The jets of a slice, of numbers, or where a boolean array is True."""
        return Jets(
            self.momenta[index],
            self.mask[index],
            None if self.labels is None else self.labels[index],
            self.weights[index],
            {name: array[index] for name, array in self.scalars.items()},
            {name: array[index] for name, array in self.targets.items()},
        )

    @property
    def total(self) -> NDArray[np.float64]:
        """The jets' four-momenta [jets, 4], sums over the particles that are there."""
        return np.asarray(np.where(self.mask[..., None], self.momenta, 0.0).sum(1))

    def hardest(self, particles: int) -> Jets:
        """The same jets with their `particles` of highest p_T, in descending order, the rest cut off."""
        if particles < 1:
            raise ConfigurationError("a jet needs particles", received=particles, expected="at least 1")
        pt = np.where(self.mask, transverse_momentum(self.momenta), -np.inf)
        order = np.argsort(-pt, axis=1, kind="stable")[:, :particles]
        return Jets(
            np.take_along_axis(self.momenta, order[..., None], 1),
            np.take_along_axis(self.mask, order, 1),
            self.labels,
            self.weights,
            {name: np.take_along_axis(array, order, 1) for name, array in self.scalars.items()},
            self.targets,
        )

    def unweighted(self, rng: np.random.Generator) -> Jets:
        """A part of the jets with equal weights, kept with probability weight / largest weight of their class."""
        labels = np.zeros(len(self), dtype=np.int64) if self.labels is None else self.labels
        largest = np.zeros(len(self))
        for label in np.unique(labels):
            largest[labels == label] = self.weights[labels == label].max()
        kept = self[rng.random(len(self)) * largest < self.weights]
        return Jets(kept.momenta, kept.mask, kept.labels, np.ones(len(kept)), kept.scalars, kept.targets)

    def tensors(self, device: str = "cpu") -> tuple[Tensor, Tensor]:
        """(momenta [jets, particles, 4] in float64, mask [jets, particles]) for a network."""
        import torch

        return torch.as_tensor(self.momenta, device=device), torch.as_tensor(self.mask, device=device)

    def scalar_tensor(self, names: list[str], device: str = "cpu") -> Tensor:
        """The named scalars [jets, particles, names] in float64. Raises DataError for a name that is not there."""
        import torch

        missing = [name for name in names if name not in self.scalars]
        if missing:
            raise DataError("no such numbers of particles", received=missing, expected=sorted(self.scalars))
        return torch.as_tensor(np.stack([self.scalars[name] for name in names], -1), device=device)
