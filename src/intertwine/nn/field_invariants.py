"""FieldInvariants: from fields of irreps to invariant fields, one a channel."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from intertwine.nn.field_module import FieldModule
from intertwine.nn.field_units import require_irreps
from intertwine.representations import Rep


class FieldInvariants(FieldModule):
    """Invariants as they are and |x_u|² / √d of every other channel: [batch, rep.dim, *sites] → [batch, n, *sites].

    One for each channel of each irrep. Raises RepresentationError for features in a basis of their own.
    """

    def __init__(self, rep: Rep) -> None:
        require_irreps(rep, "FieldInvariants")
        channels = sum(block.multiplicity for block in rep.blocks)
        super().__init__(rep, Rep(rep.group, [(channels, rep.group.trivial)]))

    def forward(self, field: Float[Tensor, "batch channels *sites"]) -> Float[Tensor, "batch out *sites"]:
        self.check_field(field)
        parts = []
        for block, where in zip(self.rep_in.blocks, self.rep_in.slices, strict=True):
            x = field[:, where]
            if not block.irrep.is_trivial:
                d = block.irrep.real_dim
                x = x.unflatten(1, (d, block.multiplicity)).square().sum(1) / d**0.5
            parts.append(x)
        return torch.cat(parts, dim=1)
