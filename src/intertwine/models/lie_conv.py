"""LieConv: convolution of functions on a group of motions, its kernel a network of u⁻¹v."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

import intertwine as tw
from intertwine.groups.element import GroupElement
from intertwine.groups.group import Group
from intertwine.models.lie_conv_config import LieConvConfig
from intertwine.nn.equivariant_module import EquivariantModule
from intertwine.nn.graph_batch import GraphBatch
from intertwine.nn.lifting import Lifting, lifting_elements
from intertwine.representations import Rep

__all__ = ["LieConv", "LieConvConfig", "LiftedNetwork"]


class LiftedNetwork(EquivariantModule):
    """Points lifted to a group, blocks of functions there, and back: what LieConv and the Lie transformer share.

    Parameters
    ----------
    config:
        The architecture.
    group:
        Instead of the one that config names, for groups that have no name.
    elements:
        The group elements at each point; by default as config says. Equivariant exactly where they are a whole finite
        group, or move along with the input; in the mean where they were drawn at random.

    Raises
    ------
    ConfigurationError
        For a non-compact group without elements.
    """

    def __init__(
        self,
        config: LieConvConfig,
        *,
        group: Group | None = None,
        elements: Sequence[GroupElement] | None = None,
        dtype: torch.dtype | None = None,
        device: torch.device | str | None = None,
    ) -> None:
        G = tw.group(config.group) if group is None else group
        super().__init__(Rep(G, config.rep_in), Rep(G, config.rep_out))
        self.config, self.rep_vector = config, Rep(G, config.vector)
        chosen = lifting_elements(G, config.lifts, config.seed) if elements is None else elements
        self.lifting = Lifting(self.rep_in, self.rep_out, self.rep_vector, chosen, dtype=dtype, device=device)
        self.embedding = nn.Linear(self.rep_in.dim, config.width, dtype=dtype, device=device)
        self.blocks = nn.ModuleList(
            self.block(config, self.lifting.relative_dim, dtype=dtype, device=device) for _ in range(config.layers)
        )
        self.readout = nn.Sequential(
            nn.LayerNorm(config.width, dtype=dtype, device=device),
            nn.SiLU(),
            nn.Linear(config.width, self.rep_out.dim, dtype=dtype, device=device),
        )

    def block(
        self, config: LieConvConfig, relative: int, *, dtype: torch.dtype | None, device: torch.device | str | None
    ) -> nn.Module:
        """A map of functions on the group: (f [lifted, width], u⁻¹v [pairs, relative], senders, receivers) → f."""
        raise NotImplementedError

    def forward(self, x: Float[Tensor, "nodes features"], graph: GraphBatch) -> Float[Tensor, "rows out"]:
        """Nodes' features [nodes, rep_in.dim] → [nodes, rep_out.dim], or pooled [graphs, rep_out.dim]."""
        relative, senders, receivers = self.lifting.pairs(graph)
        f = self.embedding(self.lifting.lift(x))
        for block in self.blocks:
            f = block(f, relative, senders, receivers)
        y = self.lifting.lower(self.readout(f))
        return y if self.config.pooling == "none" else graph.pool(y, self.config.pooling)


class LieConv(LiftedNetwork):
    """(k ⋆ f)(u) = mean_v k(u⁻¹v) f(v) in residual blocks (Finzi et al. 2002.12880, equation 12, figure 7)."""

    def block(
        self, config: LieConvConfig, relative: int, *, dtype: torch.dtype | None, device: torch.device | str | None
    ) -> nn.Module:
        """A bottleneck block around a convolution."""
        return ConvolutionBlock(config, relative, dtype=dtype, device=device)


class ConvolutionBlock(nn.Module):
    """f + W₂ conv(W₁ f), each behind a LayerNorm and a SiLU; the kernel is a matrix in PointConv's factored form."""

    def __init__(
        self, config: LieConvConfig, relative: int, *, dtype: torch.dtype | None, device: torch.device | str | None
    ) -> None:
        super().__init__()
        inner = max(1, config.width // 4)
        self.first = nn.Sequential(
            nn.LayerNorm(config.width, dtype=dtype, device=device),
            nn.SiLU(),
            nn.Linear(config.width, inner, dtype=dtype, device=device),
        )
        self.kernel = nn.Sequential(
            nn.Linear(relative, config.kernel_width, dtype=dtype, device=device),
            nn.SiLU(),
            nn.Linear(config.kernel_width, config.kernel_channels, dtype=dtype, device=device),
        )
        self.mix = nn.Linear(config.kernel_channels * inner, inner, dtype=dtype, device=device)
        self.last = nn.Sequential(nn.SiLU(), nn.Linear(inner, config.width, dtype=dtype, device=device))

    def forward(
        self,
        f: Float[Tensor, "lifted width"],
        relative: Float[Tensor, "pairs relative"],
        senders: Int[Tensor, " pairs"],
        receivers: Int[Tensor, " pairs"],
    ) -> Float[Tensor, "lifted width"]:
        h = self.first(f)
        messages = (self.kernel(relative).unsqueeze(2) * h.index_select(0, senders).unsqueeze(1)).flatten(1)
        total = h.new_zeros(len(f), messages.shape[1]).index_add(0, receivers, messages)
        count = torch.bincount(receivers, minlength=len(f)).clamp(min=1).to(f.dtype)
        y: Tensor = f + self.last(self.mix(total / count.unsqueeze(1)))
        return y
