"""PELICAN: permutation-equivariant maps of the Minkowski products of all pairs (Bogatskiy et al., 2211.00454)."""

from __future__ import annotations

import itertools

import torch
from pydantic import Field, NonNegativeFloat, PositiveInt
from torch import Tensor, nn

from intertwine.groups import group
from intertwine.models.jet_network import JetNetwork, JetNetworkConfig, Jets
from intertwine.models.jet_tokens import signed_log
from intertwine.nn.four_momenta import minkowski_products
from intertwine.nn.permutation_linear import PermutationLinear
from intertwine.representations import Rep


class PELICANConfig(JetNetworkConfig):
    """Architecture of a :class:`PELICAN`.

    Attributes
    ----------
    channels, blocks:
        Channels of a pair, and the number of blocks.
    embedding:
        Functions of a product p_i · p_j that the first layer sees.
    head:
        Widths of the hidden layers after the pairs have become one vector.
    dropout:
        Of the channels that a 2 → 2 map reads, and of the last vector.
    """

    channels: PositiveInt = 32
    blocks: PositiveInt = 4
    embedding: PositiveInt = 16
    head: tuple[PositiveInt, ...] = (32,)
    dropout: NonNegativeFloat = Field(default=0.0, lt=1.0)


class PELICAN(JetNetwork):
    """Logits from the products p_i · p_j of all pairs of particles: invariant under O(1,3) and permutations.

    Products, in float64 and without cancellation, become features of pairs, ((1 + |d|)^α − 1)/α with learned α (eq. 7
    there). Scalars enter as features of nodes, by the 5 maps of nodes to pairs. Each block is a layer on every pair
    alone, normalised, and the 15 linear maps of pairs to pairs, then comes the map to one vector. Differences to the
    paper: means instead of sums with a learned power of the multiplicity, which is given as a number of its own; root
    mean squares over channels instead of batch normalisation.
    """

    symmetry = "O(1,3)"
    can_give_vectors = reads_references = True

    def __init__(
        self, config: PELICANConfig, *, dtype: torch.dtype | None = None, device: torch.device | str | None = None
    ) -> None:
        super().__init__(config)
        self.config = config
        self.embedding = ProductEmbedding(config.embedding)
        wide = _invariants(config.channels)
        self.pairs = PermutationLinear(_invariants(config.embedding), wide, 2, 2)
        self.nodes = PermutationLinear(_invariants(config.n_labels + 1), wide, 1, 2)
        self.blocks = nn.ModuleList([PairBlock(config) for _ in range(config.blocks)])
        self.collect = PermutationLinear(wide, wide, 2, 0 if config.target == "logits" else 1)
        widths = (config.channels, *config.head)
        layers: list[nn.Module] = [nn.GELU(), nn.Dropout(config.dropout)]
        for before, after in itertools.pairwise(widths):
            layers += [nn.Linear(before, after), nn.GELU(), nn.Dropout(config.dropout)]
        self.head = nn.Sequential(*layers, nn.Linear(widths[-1], config.out_features))
        self.to(device=device, dtype=dtype)

    def read(self, jets: Jets) -> Tensor:
        mask = jets.mask
        multiplicity = (mask.sum(-1).clamp(min=1).to(self._dtype).log() - 3.0)[:, None, None].expand(*mask.shape, 1)
        x = self.pairs(self.embedding(minkowski_products(jets.p)), mask)
        x = x + self.nodes(torch.cat([multiplicity, jets.scalars], dim=-1), mask)
        for block in self.blocks:
            x = block(x, mask)
        result: Tensor = self.head(self.collect(x, mask))
        return result


class ProductEmbedding(nn.Module):
    """d ↦ sign(d) ((1 + |d|)^α_c − 1)/α_c, c = 1 … channels, with learned α, computed in float64: [...] → [..., c]."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.exponents = nn.Parameter(torch.linspace(0.05, 0.5, channels))

    def forward(self, products: Tensor) -> Tensor:
        logarithm = signed_log(products).to(self.exponents.dtype).unsqueeze(-1)
        scaled = logarithm.abs().clamp(min=1e-30) * self.exponents
        return logarithm * (torch.expm1(scaled) / scaled)


class PairBlock(nn.Module):
    """A layer on every pair, root mean square 1 over its channels, and all 15 maps of pairs to pairs."""

    def __init__(self, config: PELICANConfig) -> None:
        super().__init__()
        n = config.channels
        self.message = nn.Linear(n, n)
        self.norm = nn.RMSNorm(n)
        self.dropout = nn.Dropout(config.dropout)
        self.mix = PermutationLinear(_invariants(n), _invariants(n), 2, 2)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        x = self.norm(nn.functional.leaky_relu(self.message(x)))
        return nn.functional.leaky_relu(self.mix(self.dropout(x), mask))


def _invariants(n: int) -> Rep:
    lorentz = group("O(1,3)")
    return Rep(lorentz, [(n, lorentz.trivial)])
