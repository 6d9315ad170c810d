"""A fully connected network of a jet's hardest particles, in the laboratory or in the jet's rest frame."""

from __future__ import annotations

from itertools import pairwise
from typing import Literal

import torch
from pydantic import Field, NonNegativeFloat, PositiveInt
from torch import Tensor, nn

from intertwine.models.jet_features import transverse_momentum
from intertwine.models.jet_network import JetNetwork, JetNetworkConfig, Jets
from intertwine.nn.rest_frame import RestFrame


class FullyConnectedConfig(JetNetworkConfig):
    """Architecture of a :class:`FullyConnectedJets`.

    Attributes
    ----------
    particles:
        How many of the hardest particles are read; fewer are padded with zeros.
    frame:
        "laboratory": ordered by transverse momentum; "rest": in the jet's rest frame, ordered by energy there.
    widths:
        Of the hidden layers.
    dropout:
        Behind each.
    """

    particles: PositiveInt = 50
    frame: Literal["laboratory", "rest"] = "laboratory"
    widths: tuple[PositiveInt, ...] = Field(default=(256, 128, 64), min_length=1)
    dropout: NonNegativeFloat = Field(default=0.0, lt=1.0)


class FullyConnectedJets(JetNetwork):
    """Logits of asinh(E, px, py, pz) of the hardest particles, by a plain network: no symmetry.

    The white paper's fully connected network has four layers (2203.06153, figure 2): three hidden ones and the output.
    In the rest frame a boost along the jet's axis changes nothing; another one turns the jet by its Wigner angle.
    """

    reads_references = True

    def __init__(
        self,
        config: FullyConnectedConfig,
        *,
        dtype: torch.dtype | None = None,
        device: torch.device | str | None = None,
    ) -> None:
        super().__init__(config)
        self.config = config
        reference = config.n_references * 4
        widths = [config.particles * (5 + config.n_scalars) + reference, *config.widths]
        layers: list[nn.Module] = []
        for before, after in pairwise(widths):
            layers += [nn.Linear(before, after), nn.ReLU(), nn.Dropout(config.dropout)]
        self.layers = nn.Sequential(*layers, nn.Linear(widths[-1], config.out_features))
        self.to(device=device, dtype=dtype)

    def read(self, jets: Jets) -> Tensor:
        n, mask = jets.particles, jets.mask[:, : jets.particles]
        p, references = jets.p[:, :n], jets.p[:, n:]
        if self.config.frame == "rest":
            frame = RestFrame(p, mask)
            p, references = frame.to_rest(p), frame.to_rest(references)
            hardness = p[..., 0]
        else:
            hardness = transverse_momentum(p)
        keep = min(self.config.particles, n)
        order = hardness.masked_fill(~mask, -1.0).argsort(dim=1, descending=True, stable=True)[:, :keep, None]
        there = mask.gather(1, order[..., 0]).unsqueeze(-1)
        particles = torch.cat(
            [
                torch.asinh(p.gather(1, order.expand(-1, -1, 4))).to(self._dtype),
                there.to(self._dtype),
                jets.scalars[:, :n, : self.config.n_scalars].gather(1, order.expand(-1, -1, self.config.n_scalars)),
            ],
            dim=-1,
        ).masked_fill(~there, 0.0)
        missing = self.config.particles - keep
        padded = nn.functional.pad(particles, (0, 0, 0, missing))
        flat = torch.cat([padded.flatten(1), torch.asinh(references).flatten(1).to(self._dtype)], dim=-1)
        result: Tensor = self.layers(flat)
        return result
