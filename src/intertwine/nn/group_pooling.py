"""GroupPooling: from signals on a group to invariants, by the maximum or the mean over the group."""

from __future__ import annotations

from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor

from intertwine.errors import ConfigurationError
from intertwine.nn.field_module import FieldModule
from intertwine.nn.field_units import field_units, require_permuted
from intertwine.representations import Rep


class GroupPooling(FieldModule):
    """[batch, Σ unit.dim · copies, *sites] → [batch, Σ copies, *sites], over the features that the group permutes.

    Raises RepresentationError for other features, ConfigurationError for another kind.
    """

    def __init__(self, rep: Rep, kind: Literal["max", "mean"] = "max") -> None:
        require_permuted(rep, "pooling over the group")
        if kind not in ("max", "mean"):
            raise ConfigurationError("unknown kind of pooling", received=repr(kind), expected='"max" or "mean"')
        self_units = field_units(rep)
        channels = sum(_channels(unit.unit, unit.copies) for unit in self_units)
        super().__init__(rep, Rep(rep.group, [(channels, rep.group.trivial)]))
        self.kind = kind
        self.units = self_units

    def forward(self, field: Float[Tensor, "batch channels *sites"]) -> Float[Tensor, "batch out *sites"]:
        self.check_field(field)
        parts = []
        for start, stop, copies, unit in self.units:
            x = field[:, start:stop]
            if not unit.is_by_irreps:
                signals = x.unflatten(1, (unit.dim, copies))
                x = signals.amax(1) if self.kind == "max" else signals.mean(1)
            parts.append(x)
        return parts[0] if len(parts) == 1 else torch.cat(parts, dim=1)

    def extra_repr(self) -> str:
        """Representations and kind."""
        return f"{super().extra_repr()}, {self.kind}"


def _channels(unit: Rep, copies: int) -> int:
    """Trivial features pass as they are; a unit in its own basis gives one number."""
    return copies * (unit.dim if unit.is_by_irreps else 1)
