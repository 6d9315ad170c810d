"""Gate: invariants pass through an activation and open or close every other channel."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from intertwine.nn.equivariant_module import EquivariantModule
from intertwine.nn.feature_checks import check_features, require_by_irreps
from intertwine.nn.scalar_functions import ScalarFunction, Scaled
from intertwine.representations import Rep


class Gate(EquivariantModule):
    """Invariants s ↦ f(s); each channel u of every other irrep x_u ↦ σ(g_u) x_u with its own invariant g_u.

    rep_in is rep_out followed by the gates, as many copies of the trivial irrep as rep_out has non-trivial channels; a
    Linear in front learns them. No invariant form is needed, so that it is right for any group, non-compact ones and
    irreps without a form included (Weiler et al. 1807.02547, eq. 9, for SO(3)).

    Shape: [..., rep_in.dim] → [..., rep_out.dim]. Second moments of 1 stay 1.

    Parameters
    ----------
    rep_out:
        What comes out, by irreps.
    activation, gate:
        f and σ, by name or as functions of a tensor. With ELU, the default, second moments that are off 1 come back to
        it layer by layer; with SiLU (smoother) they drift away, and a deep network needs an RMSNorm now and then.
    """

    def __init__(
        self, rep_out: Rep, *, activation: str | ScalarFunction = "elu", gate: str | ScalarFunction = "sigmoid"
    ) -> None:
        require_by_irreps(rep_out, "Gate")
        self_gates = sum(block.multiplicity for block in rep_out.blocks if not block.irrep.is_trivial)
        super().__init__(rep_out + Rep(rep_out.group, [(self_gates, rep_out.group.trivial)]), rep_out)
        self.n_gates = self_gates
        self.activation = Scaled(activation)
        self.gate = Scaled(gate)

    def forward(self, x: Float[Tensor, "*batch features"]) -> Float[Tensor, "*batch out"]:
        check_features(x, self.rep_in)
        gates = self.gate(x[..., x.shape[-1] - self.n_gates :])
        parts: list[Tensor] = []
        start = 0
        for block, where in zip(self.rep_out.blocks, self.rep_out.slices, strict=True):
            if block.irrep.is_trivial:
                parts.append(self.activation(x[..., where]))
                continue
            opened = gates[..., start : start + block.multiplicity]
            channels = x[..., where].unflatten(-1, (block.irrep.real_dim, block.multiplicity))
            parts.append((channels * opened.unsqueeze(-2)).flatten(-2))
            start += block.multiplicity
        return torch.cat(parts, dim=-1) if parts else x[..., :0]
