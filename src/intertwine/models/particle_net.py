"""ParticleNet: edge convolutions on a graph of nearest neighbours that is made anew in each block (1902.08570)."""

from __future__ import annotations

import itertools

import torch
from pydantic import Field, NonNegativeFloat, PositiveInt
from torch import Tensor, nn

from intertwine.models.jet_features import laboratory_features
from intertwine.models.jet_network import JetNetwork, JetNetworkConfig, Jets
from intertwine.models.masked_batch_norm import MaskedBatchNorm


class ParticleNetConfig(JetNetworkConfig):
    """Architecture of a :class:`ParticleNet`; the defaults are ParticleNet-Lite's (section 3.2 there).

    Attributes
    ----------
    neighbours:
        k of the graph.
    blocks:
        Widths of the three layers of each edge convolution.
    head:
        Width of the layer after pooling.
    dropout:
        Behind it.
    """

    neighbours: PositiveInt = 7
    blocks: tuple[tuple[PositiveInt, ...], ...] = ((32, 32, 32), (64, 64, 64))
    head: PositiveInt = 128
    dropout: NonNegativeFloat = Field(default=0.1, lt=1.0)


PARTICLE_NET = ParticleNetConfig(
    neighbours=16, blocks=((64, 64, 64), (128, 128, 128), (256, 256, 256)), head=256, dropout=0.1
)


class ParticleNet(JetNetwork):
    """Logits by edge convolutions in (Δη, Δφ), then in the space of learned features (Qu & Gouskos 1902.08570).

    It sees the laboratory frame: no symmetry but permutations.
    """

    def __init__(
        self, config: ParticleNetConfig, *, dtype: torch.dtype | None = None, device: torch.device | str | None = None
    ) -> None:
        super().__init__(config)
        self.config = config
        width = 7 + config.n_scalars
        self.norm = MaskedBatchNorm(width)
        self.blocks = nn.ModuleList()
        for widths in config.blocks:
            self.blocks.append(EdgeConvolution(width, widths, config.neighbours))
            width = widths[-1]
        self.head = nn.Sequential(
            nn.Linear(width, config.head),
            nn.ReLU(),
            nn.Dropout(config.dropout),
            nn.Linear(config.head, config.out_features),
        )
        self.to(device=device, dtype=dtype)

    def read(self, jets: Jets) -> Tensor:
        n, scalars = jets.particles, self.config.n_scalars
        p, mask = jets.p[:, :n], jets.mask[:, :n]
        features = laboratory_features(p, mask)
        place, x = features[..., :2], features.to(self._dtype)
        x = self.norm(torch.cat([x, jets.scalars[:, :n, :scalars]], dim=-1), mask)
        for block in self.blocks:
            x = block(place, x, mask)
            place = x
        result: Tensor = self.head(x.sum(1) / mask.sum(1, keepdim=True).clamp(min=1))
        return result


class EdgeConvolution(nn.Module):
    """x_i ← relu(V x_i + mean_j mlp(x_i, x_j − x_i)) over the k nearest j ≠ i in a space of places.

    The first layer of the mlp is a sum of a function of x_i and one of x_j, made once a particle.
    """

    def __init__(
        self,
        width: int,
        widths: tuple[int, ...],
        neighbours: int,
    ) -> None:
        super().__init__()
        self.neighbours = neighbours
        self.here = nn.Linear(width, widths[0], bias=False)
        self.there = nn.Linear(width, widths[0], bias=False)
        self.norms = nn.ModuleList(MaskedBatchNorm(one) for one in widths)
        self.layers = nn.ModuleList(
            nn.Linear(before, after, bias=False) for before, after in itertools.pairwise(widths)
        )
        self.shortcut = nn.Linear(width, widths[-1], bias=False)
        self.shortcut_norm = MaskedBatchNorm(widths[-1])

    def forward(self, place: Tensor, x: Tensor, mask: Tensor) -> Tensor:
        index, there = nearest(place, mask, self.neighbours)
        batch = torch.arange(len(x), device=x.device)[:, None, None]
        edges = self.here(x).unsqueeze(2) + self.there(x)[batch, index]
        edges = torch.relu(self.norms[0](edges, there))
        for layer, norm in zip(self.layers, list(self.norms)[1:], strict=True):
            edges = torch.relu(norm(layer(edges), there))
        mean = edges.sum(2) / there.sum(2).clamp(min=1).unsqueeze(-1)
        return torch.relu(mean + self.shortcut_norm(self.shortcut(x), mask)).masked_fill(~mask.unsqueeze(-1), 0.0)


def nearest(place: Tensor, mask: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """Indices [batch, particles, k] of the k nearest other particles, and whether there are that many."""
    with torch.no_grad():
        distances = torch.cdist(place, place, compute_mode="donot_use_mm_for_euclid_dist")
        itself = torch.eye(place.shape[1], dtype=torch.bool, device=place.device)
        apart = distances.masked_fill(~mask.unsqueeze(1) | itself, float("inf"))
        k = min(k, place.shape[1])
        found, index = apart.topk(k, dim=-1, largest=False)
        return index, found.isfinite() & mask.unsqueeze(-1)
