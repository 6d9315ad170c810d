"""Lorentz group network: message passing by tensor products with SO⁺(1,3), on jets (Bogatskiy et al., 2006.04780)."""

from __future__ import annotations

import torch
from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveInt
from torch import Tensor, nn

from intertwine.models.jet_graph import jet_graph
from intertwine.models.jet_network import JetNetwork, JetNetworkConfig, Jets
from intertwine.models.jet_tokens import tokens
from intertwine.models.tensor_product_network import TensorProductNetwork, TensorProductNetworkConfig


class LorentzGroupNetworkConfig(JetNetworkConfig):
    """Architecture of a :class:`LorentzGroupNetwork`.

    Attributes
    ----------
    hidden:
        Features of a particle between the steps, in the names of SO(1,3)'s irreps: (0,0) scalars, (1/2,1/2) vectors,
        (1,0) two-forms, (1,1) symmetric traceless tensors.
    channels, layers:
        Copies of each irrep in a message, and message-passing steps.
    max_degree:
        Of the polynomials of p_i − p_j.
    width:
        Of the one hidden layer that makes a message's weights from invariants (a sum of bumps in the
        publication), and of the last layer.
    dropout:
        Of the last layer.
    """

    hidden: str = "16x(0,0) + 8x(1/2,1/2) + 4x(1,0)"
    channels: PositiveInt = 16
    layers: PositiveInt = 3
    max_degree: NonNegativeInt = 1
    width: PositiveInt = 32
    dropout: NonNegativeFloat = Field(default=0.0, lt=1.0)


class LorentzGroupNetwork(JetNetwork):
    """Logits by Clebsch–Gordan products of particles' features with momenta, weighted by functions of invariants.

    The tensor-product network of every other group here, with SO(1,3) for a group, on all pairs of particles in the
    jet's rest frame; it ends in scalars. Momenta have no bound, so that each step sees its input through an RMSNorm.
    """

    symmetry = "SO(1,3)"
    can_give_vectors = reads_references = True

    def __init__(
        self,
        config: LorentzGroupNetworkConfig,
        *,
        dtype: torch.dtype | None = None,
        device: torch.device | str | None = None,
    ) -> None:
        super().__init__(config)
        self.config = config
        self.network = TensorProductNetwork(
            TensorProductNetworkConfig(
                group="SO(1,3)", vector="(1/2,1/2)", rep_in=f"{3 + config.n_labels}x(0,0) + 2x(1/2,1/2)",
                hidden=config.hidden, rep_out=f"{config.width}x(0,0)", channels=config.channels, layers=config.layers,
                max_degree=config.max_degree, directions=False, radial_width=config.width, radial_depth=1,
                normalise=True, neighbours=50.0, smallest=0.1, largest=1e3,
                pooling="mean" if config.target == "logits" else "none",
            )
        )  # fmt: skip
        self.head = nn.Sequential(
            nn.LayerNorm(config.width), nn.Linear(config.width, config.width), nn.GELU(), nn.Dropout(config.dropout),
            nn.Linear(config.width, config.out_features),
        )  # fmt: skip
        self.to(device=device, dtype=dtype)

    def read(self, jets: Jets) -> Tensor:
        features = tokens(jets, self._dtype)[jets.mask]
        result: Tensor = self.head(self.network(features, jet_graph(jets, self._dtype)))
        if self.config.target == "logits":
            return result
        return result.new_zeros(*jets.mask.shape, result.shape[-1]).masked_scatter(jets.mask.unsqueeze(-1), result)
