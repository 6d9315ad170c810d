"""ChannelDropout: whole channels dropped at random, all components of an irrep together."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from intertwine.errors import ConfigurationError
from intertwine.nn.equivariant_module import EquivariantModule
from intertwine.nn.feature_checks import check_features, require_by_irreps
from intertwine.representations import Rep


class ChannelDropout(EquivariantModule):
    """Each channel of each sample is 0 with probability p and divided by 1 − p otherwise; nothing in eval mode.

    Components share their channel's fate, so that every draw is an equivariant map. [..., rep.dim] → [..., rep.dim].

    Raises ConfigurationError unless 0 ≤ p < 1.
    """

    def __init__(self, rep: Rep, p: float = 0.1) -> None:
        require_by_irreps(rep, "ChannelDropout")
        super().__init__(rep, rep)
        if not 0 <= p < 1:
            raise ConfigurationError("a probability of dropping", received=p, expected="0 ≤ p < 1")
        self.p = p

    def forward(self, x: Float[Tensor, "*batch features"]) -> Float[Tensor, "*batch features"]:
        check_features(x, self.rep_in)
        if not self.training or self.p == 0:
            return x
        channels = sum(block.multiplicity for block in self.rep_in.blocks)
        kept = torch.empty(*x.shape[:-1], channels, dtype=x.dtype, device=x.device).bernoulli_(1 - self.p) / (
            1 - self.p
        )
        parts, start = [], 0
        for block in self.rep_in.blocks:
            mine = kept[..., start : start + block.multiplicity]
            parts.append(mine.repeat(*[1] * (x.ndim - 1), block.irrep.real_dim))  # [d, m]: channels fastest
            start += block.multiplicity
        return x * torch.cat(parts, dim=-1) if parts else x

    def extra_repr(self) -> str:
        """The representation and p."""
        return f"{super().extra_repr()}, p={self.p:g}"
