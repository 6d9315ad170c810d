"""From a field to a feature vector: global pooling (invariant under translations) and flattening (not)."""

from __future__ import annotations

from typing import Literal

from jaxtyping import Float
from torch import Tensor, nn

from intertwine.errors import ConfigurationError


class GlobalPooling(nn.Module):
    """Average, sum or maximum over all lattice sites: [batch, channels, *sites] → [batch, channels].

    The average suits intensive observables, the sum extensive ones.
    """

    def __init__(self, kind: Literal["average", "sum", "max"] = "average") -> None:
        super().__init__()
        if kind not in ("average", "sum", "max"):
            raise ConfigurationError(
                "Unknown kind of pooling", received=repr(kind), expected="'average', 'sum' or 'max'"
            )
        self.kind = kind

    def forward(self, field: Float[Tensor, "batch channels *sites"]) -> Float[Tensor, "batch channels"]:
        flat = field.movedim(1, -1).flatten(1, -2)
        if self.kind == "average":
            return flat.mean(1)
        return flat.sum(1) if self.kind == "sum" else flat.amax(1)

    def extra_repr(self) -> str:
        return repr(self.kind)


class Flatten(nn.Module):
    """All sites and channels side by side: [batch, channels, *sites] → [batch, channels · N].

    Breaks translational symmetry and ties the network to one lattice: another one raises ConfigurationError.
    """

    def __init__(self, sites: tuple[int, ...]) -> None:
        super().__init__()
        self.sites = tuple(sites)

    def forward(self, field: Float[Tensor, "batch channels *sites"]) -> Float[Tensor, "batch flat"]:
        if tuple(field.shape[2:]) != self.sites:
            raise ConfigurationError(
                "A flattening network works on one lattice only",
                received=f"extents {tuple(field.shape[2:])} before flattening",
                expected=self.sites,
                fix="use a network with global pooling",
            )
        return field.movedim(1, -1).flatten(1)

    def extra_repr(self) -> str:
        return f"sites={self.sites}"
