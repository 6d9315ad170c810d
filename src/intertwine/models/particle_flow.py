"""Particle and energy flow networks: deep sets of particles, IRC safe or not (Komiske et al., 1810.05165)."""

from __future__ import annotations

from itertools import pairwise

import torch
from pydantic import Field, NonNegativeFloat, PositiveInt
from torch import Tensor, nn

from intertwine.models.jet_features import laboratory_features, relative_coordinates, transverse_momentum
from intertwine.models.jet_network import JetNetwork, JetNetworkConfig, Jets


class FlowConfig(JetNetworkConfig):
    """Architecture of a :class:`ParticleFlow` or :class:`EnergyFlow`.

    Attributes
    ----------
    widths:
        Of the layers on each particle; the last is the size of the jet's latent vector.
    mixing:
        How many of them, from the end, are permutation-equivariant layers x_i ← A x_i + B Σ_j w_j x_j: the equivariant
        energy flow network of Dolan & Ore (2012.00964). 0: particles meet in the sum only.
    head:
        Of the hidden layers on the jet.
    dropout:
        Behind each of those.
    """

    widths: tuple[PositiveInt, ...] = Field(default=(100, 100, 128), min_length=1)
    mixing: int = Field(default=0, ge=0)
    head: tuple[PositiveInt, ...] = (100, 100, 100)
    dropout: NonNegativeFloat = Field(default=0.0, lt=1.0)


class FlowNetwork(JetNetwork):
    """F(Σ_i w_i Φ(x_i)) with weights and inputs that subclasses choose. No symmetry but permutations."""

    inputs: int  # features of a particle beside its scalars

    def __init__(
        self, config: FlowConfig, *, dtype: torch.dtype | None = None, device: torch.device | str | None = None
    ) -> None:
        super().__init__(config)
        self.config = config
        widths = [self.inputs + config.n_scalars, *config.widths]
        first_mixing = len(config.widths) - min(config.mixing, len(config.widths))
        self.alone = nn.ModuleList(nn.Linear(a, b) for a, b in pairwise(widths))
        self.mixed = nn.ModuleDict(
            {
                str(index): nn.Linear(a, b, bias=False)
                for index, (a, b) in enumerate(pairwise(widths))
                if index >= first_mixing
            }
        )
        layers: list[nn.Module] = []
        for before, after in pairwise([widths[-1], *config.head]):
            layers += [nn.Linear(before, after), nn.ReLU(), nn.Dropout(config.dropout)]
        self.head = nn.Sequential(*layers, nn.Linear([widths[-1], *config.head][-1], config.out_features))
        self.to(device=device, dtype=dtype)

    def weights_and_inputs(self, p: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """[batch, particles], 0 for what is masked, and [batch, particles, inputs], in float64."""
        raise NotImplementedError

    def read(self, jets: Jets) -> Tensor:
        p, mask = jets.p[:, : jets.particles], jets.mask[:, : jets.particles]
        w, x = (found.to(self._dtype) for found in self.weights_and_inputs(p, mask))
        w = w.unsqueeze(-1)
        x = torch.cat([x, jets.scalars[:, : jets.particles, : self.config.n_scalars]], dim=-1)
        for index, layer in enumerate(self.alone):
            y = layer(x)
            if str(index) in self.mixed:
                y = y + self.mixed[str(index)]((w * x).sum(1, keepdim=True))
            x = torch.relu(y)
        result: Tensor = self.head((w * x).sum(1))
        return result


class ParticleFlow(FlowNetwork):
    """PFN: w = 1/n and all kinematics of a particle. Not safe against soft and collinear particles.

    The mean instead of the sum, with the multiplicity among the inputs, does not change what can be learned.
    """

    inputs = 8

    def weights_and_inputs(self, p: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        count = mask.sum(1, keepdim=True).clamp(min=1).to(p.dtype)
        multiplicity = count.log().unsqueeze(-1).expand(*mask.shape, 1)
        return mask / count, torch.cat([laboratory_features(p, mask), multiplicity], dim=-1)


class EnergyFlow(FlowNetwork):
    """EFN: w_i = pT_i / Σ pT and (Δη, Δφ) alone, so that soft particles and collinear splittings change nothing.

    With `mixing` the means that the layers see have the same weights, and the network stays safe (Dolan & Ore
    2012.00964). Scalars, if any, must be safe themselves.
    """

    inputs = 2

    def weights_and_inputs(self, p: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        transverse = transverse_momentum(p).masked_fill(~mask, 0.0)
        total = transverse.sum(1, keepdim=True)
        return transverse / torch.where(total > 0, total, 1.0), relative_coordinates(p, mask)
