"""Pooling: one feature vector from many, those that a mask leaves."""

from __future__ import annotations

from typing import Literal

from jaxtyping import Bool, Float
from torch import Tensor

from intertwine.errors import ConfigurationError, RepresentationError
from intertwine.nn.equivariant_module import EquivariantModule
from intertwine.nn.feature_checks import check_features
from intertwine.representations import Rep


class Pooling(EquivariantModule):
    """Sum, mean or maximum over the points: [..., points, rep.dim] and a mask [..., points] → [..., rep.dim].

    Points whose mask is False do not count; over no points at all the result is 0. The maximum of single components is
    equivariant on invariants only and is refused for other irreps.

    Raises
    ------
    ConfigurationError
        For another kind.
    RepresentationError
        For the maximum of non-trivial irreps.
    """

    def __init__(self, rep: Rep, kind: Literal["sum", "mean", "max"] = "mean") -> None:
        super().__init__(rep, rep)
        if kind not in ("sum", "mean", "max"):
            raise ConfigurationError("unknown kind of pooling", received=repr(kind), expected='"sum", "mean" or "max"')
        wrong = [irrep.name for irrep in rep.irreps if not irrep.is_trivial]
        if kind == "max" and (wrong or not rep.is_by_irreps):
            raise RepresentationError(
                "the maximum does not commute with the group on non-trivial irreps",
                received=", ".join(wrong) or repr(rep),
                expected=f"copies of {rep.group.trivial.name}",
                fix='use "mean" or "sum", or take Invariants first',
            )
        self.kind = kind

    def forward(
        self, x: Float[Tensor, "*batch points features"], mask: Bool[Tensor, "*batch points"] | None = None
    ) -> Float[Tensor, "*batch features"]:
        check_features(x, self.rep_in)
        if mask is None:
            if self.kind == "sum" or x.shape[-2] == 0:
                return x.sum(-2)
            return x.mean(-2) if self.kind == "mean" else x.amax(-2)
        kept = mask.unsqueeze(-1)
        # where, not a product: what is masked may be infinite or NaN
        if self.kind == "max":
            if x.shape[-2] == 0:
                return x.sum(-2)
            largest = x.masked_fill(~kept, float("-inf")).amax(-2)
            return largest.masked_fill(~mask.any(-1, keepdim=True), 0.0)
        total = x.masked_fill(~kept, 0.0).sum(-2)
        return total if self.kind == "sum" else total / kept.sum(-2).clamp(min=1).to(x.dtype)

    def extra_repr(self) -> str:
        """The representation and the kind."""
        return f"{super().extra_repr()}, {self.kind}"
