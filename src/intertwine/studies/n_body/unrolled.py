"""A tensor-product network that is applied several times on the way, as an integrator is."""

from __future__ import annotations

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

import intertwine as tw
from intertwine.models.tensor_product_network import TensorProductNetwork, TensorProductNetworkConfig
from intertwine.studies.n_body.predictors import Predictor, pair_invariants


class UnrolledPredictor(Predictor):
    """x += v τ/2; v += τ a; x += v τ/2 + τ b/10, `applications` times, with (a, b) one network's vectors each time.

    The network is the same every time and learns from where the bodies end alone: a, a map of positions and velocities
    to what the kicks of a coarse time step τ have to be. Beside rotations and permutations the predictor commutes with
    shifts and uniform motion (it works in the frame of the centre of mass, which no force between bodies moves), and
    does not change if all charges change their signs (it sees products of charges). Momentum is conserved to rounding.

    Parameters
    ----------
    applications:
        How often within the horizon.
    options:
        Of the network's configuration.
    """

    def __init__(self, *shape: Any, applications: int, **options: Any) -> None:
        super().__init__(*shape)
        self.applications = applications
        one, vector = tw.group(options.get("group", "O(3)")).trivial.name, options.get("vector", "1o")
        self.net = TensorProductNetwork(
            TensorProductNetworkConfig(
                **{
                    "rep_in": f"{one} + {vector}", "rep_out": f"{vector} + {vector}", "edge_invariants": 4,
                    "node_dependent": True, "residual": True, "neighbours": self.bodies - 1, **options,
                }
            )
        )  # fmt: skip
        with torch.no_grad():
            self.net.readout.weight.mul_(0.1)  # it starts near uniform motion

    def forward(
        self, x: Float[Tensor, "batch bodies 3"], v: Float[Tensor, "batch bodies 3"], q: Float[Tensor, "batch bodies"]
    ) -> Float[Tensor, "batch bodies outputs 3"]:
        """[batch, bodies, 3] twice and [batch, bodies] → [batch, bodies, outputs, 3]."""
        centre, drift = x.mean(dim=1, keepdim=True), v.mean(dim=1, keepdim=True)
        x, v, charge = x - centre, v - drift, q.reshape(-1, 1)
        tau = self.time / self.applications
        for _ in range(self.applications):
            x = x + tau / 2 * v
            graph, flat = self.graph(x), v.reshape(-1, 3)
            seen = torch.cat([torch.ones_like(charge), flat], dim=-1)
            y = self.net(seen, graph, edge_invariants=pair_invariants(graph, flat, charge))
            kick = y.reshape(*x.shape[:2], 2, 3)
            kick = kick - kick.mean(dim=1, keepdim=True)
            v = v + tau * kick[:, :, 0]
            x = x + tau / 2 * v + tau / 10 * kick[:, :, 1]
        return torch.stack([x + centre + self.time * drift, v + drift], dim=2)[:, :, : self.outputs]
