"""GRU: an equivariant memory, its gates functions of invariants."""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from intertwine.errors import RepresentationError
from intertwine.nn.equivariant_module import EquivariantModule
from intertwine.nn.feature_checks import check_features, require_by_irreps
from intertwine.nn.gate import Gate
from intertwine.nn.invariants import Invariants
from intertwine.nn.linear import Linear
from intertwine.nn.rms_norm import RMSNorm
from intertwine.representations import Rep


class GRUCell(EquivariantModule):
    """h' = (1 − z) h + z n(x, r h) with an update gate z and a reset gate r for every channel of h.

    z and r are sigmoids of a linear map of the invariants of x and of h (one a channel, see Invariants); n is a Linear,
    a Gate with tanh on invariants, and an RMSNorm, which keeps the memory bounded for compact groups. For the trivial
    group this is Cho et al. (1406.1078) with a norm.

    Shape: x [..., rep_in.dim], h [..., rep_out.dim] → [..., rep_out.dim].

    Raises RepresentationError where an irrep of rep_out does not occur in rep_in: its memory would stay 0.
    """

    def __init__(
        self,
        rep_in: Rep,
        rep_out: Rep,
        *,
        dtype: torch.dtype | None = None,
        device: torch.device | str | None = None,
    ) -> None:
        require_by_irreps(rep_in, "GRU")
        require_by_irreps(rep_out, "GRU")
        super().__init__(rep_in, rep_out)
        missing = [irrep.name for irrep in rep_out.irreps if irrep not in rep_in.irreps and not irrep.is_trivial]
        if missing:
            raise RepresentationError(
                "memory that nothing is ever written to",
                received=f"rep_out {rep_out} with rep_in {rep_in}",
                expected=f"a rep_in that holds {', '.join(missing)}",
                fix="drop them from rep_out, or make them by a tensor product",
            )
        self.invariants_in = Invariants(rep_in, pairs="same", dtype=dtype, device=device)
        self.invariants_memory = Invariants(rep_out, pairs="same", dtype=dtype, device=device)
        self.channels = sum(block.multiplicity for block in rep_out.blocks)
        gates = Rep(rep_in.group, [(2 * self.channels, rep_in.group.trivial)])
        invariants = self.invariants_in.rep_out + self.invariants_memory.rep_out
        self.controls = Linear(invariants, gates, dtype=dtype, device=device)
        self.gate = Gate(rep_out, activation="tanh")
        self.candidate = Linear(rep_in + rep_out, self.gate.rep_in, dtype=dtype, device=device)
        self.norm = RMSNorm(rep_out, affine=False, dtype=dtype, device=device)

    @property
    def reps_in(self) -> tuple[Rep, ...]:
        """That of x, and that of the memory."""
        return (self.rep_in, self.rep_out)

    def forward(
        self, x: Float[Tensor, "*batch features"], h: Float[Tensor, "*batch memory"]
    ) -> Float[Tensor, "*batch memory"]:
        check_features(x, self.rep_in)
        check_features(h, self.rep_out, "rep_out")
        known = torch.cat([self.invariants_in(x), self.invariants_memory(h)], dim=-1)
        update, reset = torch.sigmoid(self.controls(known)).split(self.channels, dim=-1)
        new = self.norm(self.gate(self.candidate(torch.cat([x, self._over_components(reset) * h], dim=-1))))
        z = self._over_components(update)
        after: Tensor = h + z * (new - h)
        return after

    def _over_components(self, gates: Tensor) -> Tensor:
        """[..., channels] → [..., rep_out.dim]: a channel's gate at each of its components."""
        parts, start = [], 0
        for block in self.rep_out.blocks:
            mine = gates[..., start : start + block.multiplicity]
            parts.append(mine.repeat(*[1] * (gates.ndim - 1), block.irrep.real_dim))
            start += block.multiplicity
        return torch.cat(parts, dim=-1) if parts else gates[..., :0]


class GRU(EquivariantModule):
    """GRUCell along a sequence: x [..., time, rep_in.dim] → the memory after each step [..., time, rep_out.dim].

    The memory starts at `memory` [..., rep_out.dim], or 0; where mask [..., time] is False it stays as it is.
    """

    def __init__(
        self,
        rep_in: Rep,
        rep_out: Rep,
        *,
        dtype: torch.dtype | None = None,
        device: torch.device | str | None = None,
    ) -> None:
        super().__init__(rep_in, rep_out)
        self.cell = GRUCell(rep_in, rep_out, dtype=dtype, device=device)

    def forward(
        self,
        x: Float[Tensor, "*batch time features"],
        mask: Bool[Tensor, "*batch time"] | None = None,
        memory: Float[Tensor, "*batch memory"] | None = None,
    ) -> Float[Tensor, "*batch time memory"]:
        check_features(x, self.rep_in)
        h = x.new_zeros(*x.shape[:-2], self.rep_out.dim) if memory is None else memory
        steps = []
        for t in range(x.shape[-2]):
            if mask is None:
                h = self.cell(x[..., t, :], h)
            else:
                kept = mask[..., t, None]
                h = torch.where(kept, self.cell(x[..., t, :].masked_fill(~kept, 0.0), h), h)
            steps.append(h)
        return torch.stack(steps, dim=-2) if steps else x.new_zeros(*x.shape[:-2], 0, self.rep_out.dim)
