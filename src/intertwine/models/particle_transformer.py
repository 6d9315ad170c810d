"""Particle transformer: attention with a bias made of each pair's kinematics (Qu et al., 2202.03772)."""

from __future__ import annotations

import torch
from pydantic import Field, NonNegativeFloat, PositiveInt
from torch import Tensor, nn

from intertwine.groups import group
from intertwine.models.jet_features import laboratory_features, pseudorapidity, transverse_momentum
from intertwine.models.jet_network import JetNetwork, JetNetworkConfig, Jets
from intertwine.nn.attention import Attention
from intertwine.nn.four_momenta import minkowski_products
from intertwine.representations import Rep


class ParticleTransformerConfig(JetNetworkConfig):
    """Architecture of a :class:`ParticleTransformer`; 128 channels and 8 blocks are the published size.

    Attributes
    ----------
    width, heads, blocks, class_blocks:
        Channels of a particle, heads, and blocks of attention between particles and of the class token to them.
    widening:
        Of the perceptrons.
    pair_width:
        Of the network of pairwise features.
    dropout:
        After attention and perceptron of the particle blocks.
    """

    width: PositiveInt = 128
    heads: PositiveInt = 8
    blocks: PositiveInt = 8
    class_blocks: PositiveInt = 2
    widening: PositiveInt = 4
    pair_width: PositiveInt = 64
    dropout: NonNegativeFloat = Field(default=0.1, lt=1.0)


class ParticleTransformer(JetNetwork):
    """Logits of a class token that asks particles which asked each other, with biases by Δ, kT, z, m² of pairs.

    It sees the laboratory frame: no symmetry but permutations. Differences to the paper: layer norms in the network of
    pairs instead of batch norms.
    """

    def __init__(
        self,
        config: ParticleTransformerConfig,
        *,
        dtype: torch.dtype | None = None,
        device: torch.device | str | None = None,
    ) -> None:
        super().__init__(config)
        self.config = config
        n, k = config.width, config.pair_width
        self.embedding = nn.Sequential(
            nn.Linear(7 + config.n_scalars, n), nn.LayerNorm(n), nn.GELU(), nn.Linear(n, 2 * n), nn.GELU(),
            nn.LayerNorm(2 * n), nn.Linear(2 * n, n),
        )  # fmt: skip
        self.pairs = nn.Sequential(
            nn.Linear(4, k), nn.LayerNorm(k), nn.GELU(), nn.Linear(k, k), nn.GELU(), nn.Linear(k, config.heads)
        )
        self.blocks = nn.ModuleList(ParticleBlock(config, config.dropout) for _ in range(config.blocks))
        self.class_blocks = nn.ModuleList(ParticleBlock(config, 0.0) for _ in range(config.class_blocks))
        self.token = nn.Parameter(0.02 * torch.randn(n))
        self.head = nn.Sequential(nn.LayerNorm(n), nn.Linear(n, config.out_features))
        self.to(device=device, dtype=dtype)

    def read(self, jets: Jets) -> Tensor:
        n = jets.particles
        p, mask = jets.p[:, :n], jets.mask[:, :n]
        features = laboratory_features(p, mask).to(self._dtype)
        x = self.embedding(torch.cat([features, jets.scalars[:, :n, : self.config.n_scalars]], dim=-1))
        bias = self.pairs(pair_features(p, mask).to(self._dtype)).permute(0, 3, 1, 2)
        for block in self.blocks:
            x = block(x, mask, bias)
        token = self.token.expand(len(p), 1, -1)
        seen = torch.cat([mask.new_ones(len(p), 1), mask], dim=1)
        for block in self.class_blocks:
            token = block(token, seen, context=torch.cat([token, x], dim=1))
        result: Tensor = self.head(token.squeeze(1))
        return result


class ParticleBlock(nn.Module):
    """x += norm(attention(norm(x))), x += perceptron(norm(x)), with norms as in NormFormer (figure 3 there)."""

    def __init__(self, config: ParticleTransformerConfig, dropout: float) -> None:
        super().__init__()
        n = config.width
        trivial = group("C1")
        rep = Rep(trivial, [(n, trivial.trivial)])
        self.before, self.after = nn.LayerNorm(n), nn.LayerNorm(n)
        self.attention = Attention(rep, heads=config.heads)
        self.perceptron = nn.Sequential(
            nn.LayerNorm(n), nn.Linear(n, config.widening * n), nn.GELU(), nn.Dropout(dropout),
            nn.LayerNorm(config.widening * n), nn.Linear(config.widening * n, n), nn.Dropout(dropout),
        )  # fmt: skip
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, mask: Tensor, bias: Tensor | None = None, context: Tensor | None = None) -> Tensor:
        others = None if context is None else self.before(context)
        x = x + self.dropout(self.after(self.attention(self.before(x), mask, bias, others)))
        result: Tensor = x + self.perceptron(x)
        return result


def pair_features(p: Tensor, mask: Tensor) -> Tensor:
    """[batch, n, n, 4]: ln Δ, ln kT = ln(min(pT) Δ), ln z = ln(min(pT)/(pT + pT')), ln m² (equation 3 there)."""
    transverse = transverse_momentum(p)
    rapidity, azimuth = pseudorapidity(p), torch.atan2(p[..., 2], p[..., 1])
    turn = azimuth.unsqueeze(-1) - azimuth.unsqueeze(-2)
    turn = torch.atan2(turn.sin(), turn.cos())
    distance = ((rapidity.unsqueeze(-1) - rapidity.unsqueeze(-2)).square() + turn.square() + 1e-16).sqrt()
    softer = torch.minimum(transverse.unsqueeze(-1), transverse.unsqueeze(-2))
    both = transverse.unsqueeze(-1) + transverse.unsqueeze(-2)
    squares = minkowski_products(p)
    own = squares.diagonal(dim1=-2, dim2=-1)
    mass = (own.unsqueeze(-1) + own.unsqueeze(-2) + 2 * squares).clamp(min=1e-8)
    features = torch.stack([distance.log(), (softer * distance).log(), (softer / both).log(), mass.log()], dim=-1)
    there = mask.unsqueeze(-1) & mask.unsqueeze(-2)
    return features.masked_fill(~there.unsqueeze(-1), 0.0)
