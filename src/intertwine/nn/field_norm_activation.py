"""FieldNormActivation: every channel of every irrep scaled by a function of its own length."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from intertwine.nn.field_module import FieldModule
from intertwine.nn.field_units import require_irreps
from intertwine.nn.scalar_functions import ScalarFunction, scalar_function
from intertwine.representations import Rep


class FieldNormActivation(FieldModule):
    """x_u ↦ f(|x_u| + b_u) x_u / |x_u| for every channel, with a bias b_u; f(s + b) on invariants.

    The non-linearity of Harmonic Networks (Worrall et al., 1612.04642). |x| is √(Σ x² + 1e-12).
    Shape: [batch, rep.dim, *sites] → the same. Raises RepresentationError for features in a basis of their own.
    """

    def __init__(
        self,
        rep: Rep,
        *,
        function: str | ScalarFunction = "relu",
        dtype: torch.dtype | None = None,
        device: torch.device | str | None = None,
    ) -> None:
        require_irreps(rep, "FieldNormActivation")
        super().__init__(rep, rep)
        self.function = scalar_function(function)
        channels = sum(block.multiplicity for block in rep.blocks)
        self.bias = torch.nn.Parameter(torch.zeros(channels, dtype=dtype, device=device))

    def forward(self, field: Float[Tensor, "batch channels *sites"]) -> Float[Tensor, "batch channels *sites"]:
        self.check_field(field)
        parts = []
        biases = self.bias.view(-1, *([1] * (field.ndim - 2))).split([b.multiplicity for b in self.rep_in.blocks])
        for block, where, bias in zip(self.rep_in.blocks, self.rep_in.slices, biases, strict=True):
            x = field[:, where]
            if block.irrep.is_trivial:
                parts.append(self.function(x + bias))
                continue
            channels = x.unflatten(1, (block.irrep.real_dim, block.multiplicity))
            size = (channels.square().sum(1, keepdim=True) + 1e-12).sqrt()
            parts.append((channels * (self.function(size + bias) / size)).flatten(1, 2))
        return torch.cat(parts, dim=1)
