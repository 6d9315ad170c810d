"""FieldGate: invariant fields open and close every channel of the other irreps."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from intertwine.nn.field_module import FieldModule
from intertwine.nn.field_units import require_irreps
from intertwine.nn.native_pointwise_activation import FUNCTIONS, NativePointwiseActivation
from intertwine.nn.scalar_functions import ScalarFunction, scalar_function
from intertwine.representations import Rep


class FieldGate(FieldModule):
    """Invariants s ↦ f(s); each other channel x_u ↦ σ(g_u) x_u with an invariant g_u of its own.

    Shape: [batch, rep_in.dim, *sites] → [batch, rep.dim, *sites]; rep_in is `rep` and behind it one invariant for each
    channel of the other irreps, in their order (Weiler et al., 1807.02547).

    Raises RepresentationError for features in a basis of their own.
    """

    def __init__(
        self, rep: Rep, *, function: str | ScalarFunction = "elu", gate: str | ScalarFunction = "sigmoid"
    ) -> None:
        require_irreps(rep, "FieldGate")
        gates = sum(block.multiplicity for block in rep.blocks if not block.irrep.is_trivial)
        super().__init__(rep + Rep(rep.group, [(gates, rep.group.trivial)]), rep)
        self.function, self.gate = scalar_function(function), scalar_function(gate)
        self.names = (function if isinstance(function, str) else "", gate if isinstance(gate, str) else "")
        self.n_gates = gates

    def forward(self, field: Float[Tensor, "batch channels *sites"]) -> Float[Tensor, "batch out *sites"]:
        self.check_field(field)
        features, gates = field.split([self.rep_out.dim, self.n_gates], dim=1)
        opened = self.gate(gates)
        parts, start = [], 0
        for block, where in zip(self.rep_out.blocks, self.rep_out.slices, strict=True):
            x = features[:, where]
            if block.irrep.is_trivial:
                parts.append(self.function(x))
                continue
            mine = opened[:, start : start + block.multiplicity].unsqueeze(1)
            parts.append((x.unflatten(1, (block.irrep.real_dim, block.multiplicity)) * mine).flatten(1, 2))
            start += block.multiplicity
        return torch.cat(parts, dim=1)

    def native(self) -> NativePointwiseActivation | None:
        """For the kernel of `FusedFieldNorm`; None for functions that it does not know."""
        code = FUNCTIONS.get(self.names[0])
        if code is None or self.names[1] != "sigmoid":
            return None
        found: list[tuple[int, ...]] = []
        gate = self.rep_out.dim
        for block, where in zip(self.rep_out.blocks, self.rep_out.slices, strict=True):
            if block.irrep.is_trivial:
                found += [(-1, c, 1, 1, c, code) for c in range(where.start, where.stop)]
                continue
            m, d = block.multiplicity, block.irrep.real_dim
            found += [(gate + u, where.start + u, m, d, where.start + u, 0) for u in range(m)]
            gate += m
        return NativePointwiseActivation(found, self.rep_out.dim)
