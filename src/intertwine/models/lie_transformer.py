"""The Lie transformer: self-attention of functions on a group of motions, scores from content and place."""

from __future__ import annotations

from math import sqrt

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from intertwine.models.lie_conv import LiftedNetwork
from intertwine.models.lie_conv_config import LieConvConfig
from intertwine.nn.edge_softmax import edge_softmax

__all__ = ["LieConvConfig", "LieTransformer"]


class LieTransformer(LiftedNetwork):
    """f(u) + Σ_v softmax_v(⟨q(u), k(v)⟩/√d + φ(u⁻¹v)) V f(v), then a pointwise network; any group of motions.

    Hutchinson et al. 2012.10885, equations 4–6 and algorithm 1, with the softmax and the sum of content and place, one
    of the forms it compares. Its architecture is a `LieConvConfig`; the kernel's fields are those of φ.
    """

    def block(
        self, config: LieConvConfig, relative: int, *, dtype: torch.dtype | None, device: torch.device | str | None
    ) -> nn.Module:
        """A pre-norm transformer block."""
        return LieAttention(config, relative, dtype=dtype, device=device)


class LieAttention(nn.Module):
    """Attention over the neighbours on the group, and a network at each element."""

    def __init__(
        self, config: LieConvConfig, relative: int, *, dtype: torch.dtype | None, device: torch.device | str | None
    ) -> None:
        super().__init__()
        width = config.heads * max(1, config.width // config.heads)
        self.heads = config.heads
        self.norms = nn.ModuleList(nn.LayerNorm(config.width, dtype=dtype, device=device) for _ in range(2))
        self.project = nn.Linear(config.width, 3 * width, bias=False, dtype=dtype, device=device)
        self.place = nn.Sequential(
            nn.Linear(relative, config.kernel_width, dtype=dtype, device=device),
            nn.SiLU(),
            nn.Linear(config.kernel_width, config.heads, dtype=dtype, device=device),
        )
        self.out = nn.Linear(width, config.width, dtype=dtype, device=device)
        self.pointwise = nn.Sequential(
            nn.Linear(config.width, 2 * config.width, dtype=dtype, device=device),
            nn.SiLU(),
            nn.Linear(2 * config.width, config.width, dtype=dtype, device=device),
        )

    def forward(
        self,
        f: Float[Tensor, "lifted width"],
        relative: Float[Tensor, "pairs relative"],
        senders: Int[Tensor, " pairs"],
        receivers: Int[Tensor, " pairs"],
    ) -> Float[Tensor, "lifted width"]:
        query, key, value = self.project(self.norms[0](f)).unflatten(1, (3, self.heads, -1)).unbind(1)
        content = (query.index_select(0, receivers) * key.index_select(0, senders)).sum(-1) / sqrt(query.shape[-1])
        alpha = edge_softmax(content + self.place(relative), receivers, len(f))
        messages = (alpha.unsqueeze(-1) * value.index_select(0, senders)).flatten(1)
        f = f + self.out(f.new_zeros(len(f), messages.shape[1]).index_add(0, receivers, messages))
        y: Tensor = f + self.pointwise(self.norms[1](f))
        return y
