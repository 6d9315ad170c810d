"""Gate: invariants pass through an activation and open or close every other channel."""

from __future__ import annotations

from collections.abc import Sequence

from jaxtyping import Float
from torch import Tensor

from intertwine.nn.equivariant_module import EquivariantModule
from intertwine.nn.feature_checks import check_features, require_by_irreps
from intertwine.nn.linear import by_block, side_by_side
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
        gate_sizes = [block.multiplicity for block in rep_out.blocks if not block.irrep.is_trivial]
        n_gates = sum(gate_sizes)
        super().__init__(rep_out + Rep(rep_out.group, [(n_gates, rep_out.group.trivial)]), rep_out)
        self.n_gates, self.gate_sizes = n_gates, gate_sizes
        self.activation = Scaled(activation)
        self.gate = Scaled(gate)

    def forward(self, x: Float[Tensor, "*batch features"]) -> Float[Tensor, "*batch out"]:
        check_features(x, self.rep_in)
        features, closed = x.split([self.rep_out.dim, self.n_gates], dim=-1)
        return side_by_side(self.open(by_block(features, self.rep_out), closed), x)

    def open(self, features: Sequence[Tensor], closed: Tensor) -> list[Tensor]:
        """The same block by block, [..., d, m] each, with the gates [..., n_gates]."""
        opened = iter(self.gate(closed).split(self.gate_sizes, dim=-1)) if self.n_gates else iter(())
        return [
            self.activation(y) if block.irrep.is_trivial else y * next(opened).unsqueeze(-2)
            for block, y in zip(self.rep_out.blocks, features, strict=True)
        ]
