"""The networks: positions about the asked point and masses in, the moment of inertia in 0e + 2e out."""

from __future__ import annotations

import torch
from torch import Tensor, nn

import intertwine as tw
from intertwine.nn.edge_weights import EdgeWeights
from intertwine.nn.harmonics import Harmonics
from intertwine.nn.linear import Linear
from intertwine.nn.message_passing import MessagePassing
from intertwine.nn.multilayer_perceptron import multilayer_perceptron
from intertwine.nn.scale_encoding import ScaleEncoding
from intertwine.representations import Rep
from intertwine.studies.inertia_tensor.configuration import InertiaTensorConfiguration


class StarNetwork(nn.Module):
    """Σ_j m_j R_l(|r_j|²) Y_l(r_j): one point convolution on stars, from each point mass to the asked point.

    The network of Thomas et al. 1802.08219, section 5.2: filters to degree 2 (harmonics of the vectors themselves), no
    non-linearity behind the sum, and the radial functions R_l are what is learnt; r² comes to them as asinh(r²/σ).
    """

    def __init__(self, configuration: InertiaTensorConfiguration) -> None:
        super().__init__()
        c, group = configuration, tw.group("O(3)")
        mass, vector, both = Rep(group, "0e"), Rep(group, "1o"), Rep(group, f"{c.channels}x0e + {c.channels}x2e")
        self.harmonics = Harmonics(vector, 2, dtype=torch.float64)
        self.encoding = ScaleEncoding(vector, smallest=1.0, largest=10.0, scales=2, dtype=torch.float64)
        self.up = Linear(mass, Rep(group, [(c.channels, group.trivial)]), bias=False, dtype=torch.float64)
        self.messages = MessagePassing(self.up.rep_out, self.harmonics.rep_out, both, dtype=torch.float64)
        features, weights = self.encoding.rep_out.dim, self.messages.weight_numel
        self.radial = EdgeWeights(features, weights, width=c.radial_width, depth=1, dtype=torch.float64)
        self.readout = Linear(both, Rep(group, "0e + 2e"), bias=False, dtype=torch.float64)

    def forward(self, positions: Tensor, masses: Tensor) -> Tensor:
        """[n, points, 3], [n, points] → [n, 6]."""
        n, points = masses.shape
        vectors, mass = positions.flatten(0, 1), self.up(masses.reshape(-1, 1))
        sender = torch.arange(n * points, device=masses.device)
        receiver = torch.arange(n, device=masses.device).repeat_interleave(points)
        weights = self.radial(self.encoding(vectors))
        y: Tensor = self.readout(self.messages(mass, self.harmonics(vectors), sender, receiver, weights, receivers=n))
        return y


class Perceptron(nn.Module):
    """Hidden layers with SiLU; sees as many point masses as there is room for, absent ones as zeros."""

    def __init__(self, configuration: InertiaTensorConfiguration) -> None:
        super().__init__()
        c = configuration
        self.room = c.room
        self.layers = multilayer_perceptron([4 * c.room, *[c.mlp_width] * c.mlp_layers, 6], dtype=torch.float64)

    def forward(self, positions: Tensor, masses: Tensor) -> Tensor:
        """[n, room, 3], [n, room] → [n, 6]."""
        y: Tensor = self.layers(torch.cat([positions.flatten(1), masses], dim=1))
        return y


def make_network(configuration: InertiaTensorConfiguration, name: str, seed: int) -> nn.Module:
    """The network of that name with weights of that seed, in float64."""
    torch.manual_seed(seed)
    return StarNetwork(configuration) if name == "equivariant" else Perceptron(configuration)
