"""Labelled lattice configurations as tensors, and the affine maps that standardise them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from intertwine.errors import DataError
from intertwine.models.lattice_cnn import LatticeCNN


@dataclass(frozen=True)
class LatticeData:
    """Configurations and their targets.

    Attributes
    ----------
    features:
        [n, channels, *sites], any real dtype; training casts to its own.
    targets:
        [n, out_features].

    Raises
    ------
    DataError
        If the two differ in length, are empty, or hold a number that is not finite.
    """

    features: Tensor
    targets: Tensor

    def __post_init__(self) -> None:
        if self.features.ndim < 3 or self.targets.ndim != 2 or len(self.features) != len(self.targets):
            raise DataError(
                "Features and targets do not fit together",
                received=f"{tuple(self.features.shape)} and {tuple(self.targets.shape)}",
                expected="[n, channels, *sites] and [n, out_features]",
            )
        if len(self.features) == 0:
            raise DataError("No configurations", received=0, expected="at least one")
        if not (bool(torch.isfinite(self.features).all()) and bool(torch.isfinite(self.targets).all())):
            raise DataError("Data hold numbers that are not finite", received="nan or inf", expected="finite numbers")

    @classmethod
    def from_arrays(cls, features: np.ndarray, targets: np.ndarray) -> LatticeData:
        """From numpy arrays (`flux.features`, `flux.targets`), kept in float64."""
        return cls(
            torch.from_numpy(np.ascontiguousarray(features, dtype=np.float64)),
            torch.from_numpy(np.ascontiguousarray(targets, dtype=np.float64)),
        )

    def __len__(self) -> int:
        return len(self.features)

    @property
    def sites(self) -> tuple[int, ...]:
        """Lattice extents."""
        return tuple(self.features.shape[2:])

    def subset(self, n: int) -> LatticeData:
        """The first n configurations."""
        if not 1 <= n <= len(self):
            raise DataError("No such subset", received=n, expected=f"1 to {len(self)} configurations")
        return LatticeData(self.features[:n], self.targets[:n])

    def to(self, dtype: torch.dtype, device: torch.device | str | None = None) -> LatticeData:
        """The same data in another dtype or on another device."""
        return LatticeData(self.features.to(device=device, dtype=dtype), self.targets.to(device=device, dtype=dtype))


def standardise(model: LatticeCNN, data: LatticeData, *, outputs: bool = True) -> None:
    """Set the model's fixed affine maps: zero mean and unit variance of every input channel and target of the data.

    Statistics run over configurations and sites, so they are constants on the lattice and respect every translation. A
    channel or target that never varies keeps scale 1. Without `outputs` the layers' outputs stay as they are. For a
    network without biases the inputs are scaled only, so that a zero field still gives zero features.
    """
    features, targets = data.features.double(), data.targets.double()
    axes = [0, *range(2, features.ndim)]
    values: list[Float[Tensor, " size"]] = []
    for sample, over in ((features, axes), (targets, [0])):
        scale = sample.std(dim=over, correction=0)
        values += [sample.mean(dim=over), torch.where(scale > 1e-12, scale, torch.ones_like(scale))]
    if not model.config.bias:
        values[0] = torch.zeros_like(values[0])
    if not outputs:
        values[2:] = [torch.zeros_like(values[2]), torch.ones_like(values[3])]
    model.set_standardisation(*(value.to(model.input_shift) for value in values))
