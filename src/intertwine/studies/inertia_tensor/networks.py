"""The networks: positions about the asked point and masses in, the moment of inertia in 0e + 2e out."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn

from intertwine.models.tensor_product_network import TensorProductNetwork, TensorProductNetworkConfig
from intertwine.nn.graph_batch import GraphBatch
from intertwine.studies.inertia_tensor.configuration import InertiaTensorConfiguration

SHRINK = 100.0


class StarNetwork(nn.Module):
    """A tensor field network on stars: an edge from each point mass to the asked point, where the output is read.

    One layer with harmonics of the vectors themselves, to degree 2; lengths enter as asinh(r²/σ). The moment is a sum
    over points, which the gate behind the sum would bend: sums are divided by `SHRINK` and the output multiplied by
    it, so that the gate works near 0, where it is straight.
    """

    def __init__(self, configuration: InertiaTensorConfiguration) -> None:
        super().__init__()
        c = configuration
        self.network = TensorProductNetwork(
            TensorProductNetworkConfig(
                rep_in="0e", hidden=f"{2 * c.channels}x0e + {c.channels}x2e", rep_out="0e + 2e", channels=c.channels,
                layers=1, max_degree=2, directions=False, basis=2, smallest=1.0, largest=1e4,
                radial_width=c.radial_width, radial_depth=1, neighbours=4.0 * SHRINK**2,
            ),
            dtype=torch.float64,
        )  # fmt: skip

    def forward(self, positions: Tensor, masses: Tensor) -> Tensor:
        """[n, points, 3], [n, points] → [n, 6]. The asked points are the first node of each star, of mass 0."""
        n, points = masses.shape
        nodes = torch.arange(n * (points + 1), device=masses.device).reshape(n, points + 1)
        place = torch.cat([positions.new_zeros(n, 1, 3), positions], dim=1).flatten(0, 1)
        mass = torch.cat([masses.new_zeros(n, 1), masses], dim=1).reshape(-1, 1)
        graph = GraphBatch(
            place, nodes[:, 1:].flatten(), nodes[:, :1].expand(n, points).flatten(),
            positions.new_zeros(n * points, 3), torch.arange(n, device=masses.device).repeat_interleave(points + 1), n,
        )  # fmt: skip
        y: Tensor = self.network(mass, graph)
        return SHRINK * y[nodes[:, 0]]


class Perceptron(nn.Module):
    """Hidden layers with SiLU; sees as many point masses as there is room for, absent ones as zeros."""

    def __init__(self, configuration: InertiaTensorConfiguration) -> None:
        super().__init__()
        c = configuration
        self.room = c.room
        widths = [4 * c.room, *[c.mlp_width] * c.mlp_layers]
        layers: list[nn.Module] = []
        for before, after in pairwise(widths):
            layers += [nn.Linear(before, after, dtype=torch.float64), nn.SiLU()]
        self.layers = nn.Sequential(*layers, nn.Linear(widths[-1], 6, dtype=torch.float64))

    def forward(self, positions: Tensor, masses: Tensor) -> Tensor:
        """[n, room, 3], [n, room] → [n, 6]."""
        y: Tensor = self.layers(torch.cat([positions.flatten(1), masses], dim=1))
        return y


def make_network(configuration: InertiaTensorConfiguration, name: str, seed: int) -> nn.Module:
    """The network of that name with weights of that seed, in float64."""
    torch.manual_seed(seed)
    return StarNetwork(configuration) if name == "equivariant" else Perceptron(configuration)
