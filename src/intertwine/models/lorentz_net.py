"""LorentzNet: the scalar–vector network EGNN with Minkowski's metric, on jets (Gong et al., 2201.08187)."""

from __future__ import annotations

import torch
from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt
from torch import Tensor

from intertwine.models.complete_egnn import complete_egnn
from intertwine.models.egnn import EGNN, EGNNConfig
from intertwine.models.jet_graph import jet_graph
from intertwine.models.jet_network import JetNetwork, JetNetworkConfig, Jets
from intertwine.models.jet_tokens import point_invariants, rest_frame_momenta
from intertwine.nn.product_backend import Backend, choose_backend


class LorentzNetConfig(JetNetworkConfig):
    """Architecture of a :class:`LorentzNet`; the defaults are the published ones, but for the unit.

    Attributes
    ----------
    width, layers:
        Channels of a particle, and message-passing steps.
    step:
        Factor of the updates of the vectors.
    dropout:
        Of the last layer.
    """

    width: PositiveInt = 72
    layers: PositiveInt = 6
    step: PositiveFloat = 1e-3
    dropout: NonNegativeFloat = Field(default=0.2, lt=1.0)


class LorentzNet(JetNetwork):
    """Logits from messages of ⟨p_i, p_j⟩ and ⟨p_i − p_j, p_i − p_j⟩ between all particles, which move the vectors too.

    Works in the jet's rest frame. Beside the given scalars each particle has invariants of its own: p·P, its mass and
    the jet's.

    Parameters
    ----------
    backend:
        "fused": all pairs by a kernel of our own (`complete_egnn`), first derivatives only, on CPUs; "reference": the
        graph network. None: "fused" where it runs.
    """

    symmetry = "O(1,3)"
    can_give_vectors = reads_references = True

    def __init__(
        self,
        config: LorentzNetConfig,
        *,
        backend: Backend | None = None,
        dtype: torch.dtype | None = None,
        device: torch.device | str | None = None,
    ) -> None:
        super().__init__(config)
        self.config = config
        self.backend = choose_backend(backend, device, "complete_messages")
        self.network = EGNN(
            EGNNConfig.lorentz_net(
                3 + config.n_labels, scalars_out=config.out_features, width=config.width, layers=config.layers,
                step=config.step, dropout=config.dropout, pooling="mean" if config.target == "logits" else "none",
            )
        )  # fmt: skip
        self.to(device=device, dtype=dtype)

    def read(self, jets: Jets) -> Tensor:
        features = torch.cat([point_invariants(jets, self._dtype), jets.scalars], dim=-1)
        result: Tensor
        if self.backend == "reference":
            result = self.network(features[jets.mask], jet_graph(jets, self._dtype))[0]
        else:
            result = self._complete(features, jets)
        if self.config.target == "logits":
            return result
        return result.new_zeros(*jets.mask.shape, result.shape[-1]).masked_scatter(jets.mask.unsqueeze(-1), result)

    def _complete(self, features: Tensor, jets: Jets) -> Tensor:
        """The network on points brought to the front of each jet; what it says of points goes back to their places."""
        momenta, _ = rest_frame_momenta(jets, self._dtype)
        order = (~jets.mask).to(torch.int8).argsort(dim=1, stable=True)[:, : int(jets.mask.sum(1).max()), None]
        mask = jets.mask.gather(1, order[..., 0])
        features, momenta = (x.gather(1, order.expand(-1, -1, x.shape[-1])) for x in (features, momenta))
        return complete_egnn(self.network, features, momenta, mask)[0]
