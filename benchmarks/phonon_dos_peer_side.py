"""The phonon network written with e3nn's own modules, and our network's weights brought to it."""

from __future__ import annotations

from copy import deepcopy
from math import sqrt

import torch
from e3nn import o3
from torch import Tensor, nn

from interatomic_peer_side import TURNS, PeerLayer, copy_linear, irreps_of, path_factors
from intertwine.models.spectrum_network import SpectrumNetwork, normalised
from intertwine.models.tensor_product_network import Interaction
from intertwine.nn.graph_batch import GraphBatch

TURNS.setdefault("1e", TURNS["1o"])  # rotations do not see the sign under reflections


class PeerConvolution(PeerLayer):
    """A PeerLayer with biases in its radial network (plain torch layers on both sides) and on its invariants."""

    def __init__(self, ours: Interaction, sphere: o3.Irreps) -> None:
        super().__init__(ours, ours.weights.edge.in_features, ours.weights.edge.out_features, sphere)
        self.radial = deepcopy(ours.weights)
        self.bias = nn.Parameter(ours.mix.bias.detach().clone())
        with torch.no_grad():
            copy_linear(ours.up, [self.up])
            copy_linear(ours.mix, [self.down, self.own])
            plan = ours.messages.product.plan
            for factor, path in zip(path_factors(ours, self), plan.paths, strict=True):
                self.radial.out.weight[path.weights] *= factor
        # e3nn estimates the second moments of activations by sampling; ours are quadratures.
        for module in self.gate.modules():
            if type(module).__name__ == "normalize2mom":
                module.cst = (ours.gate.gate if module.f is torch.sigmoid else ours.gate.activation).factor

    def forward(
        self, x: Tensor, sphere: Tensor, basis: Tensor, sender: Tensor, receiver: Tensor, shell: Tensor | None = None
    ) -> Tensor:
        weights = self.radial(basis) if shell is None else self.radial(basis)[shell]
        messages = self.product(self.up(x)[sender], sphere, weights)
        summed = messages.new_zeros(len(x), messages.shape[1]).index_add(0, receiver, messages)
        seen = self.down(summed) + self.own(x)
        n = len(self.bias)
        y: Tensor = self.gate(torch.cat([seen[:, :n] + self.bias, seen[:, n:]], dim=1))
        return y


class PeerSpectrum(nn.Module):
    """The same function as a SpectrumNetwork; the embedding and the radial functions are the same modules' copies.

    shells: radial weights once for each length, as ours makes them, and not for each edge.
    """

    def __init__(self, ours: SpectrumNetwork, shells: bool = False) -> None:
        super().__init__()
        self.shells = shells
        inner = ours.network
        self.unit, self.neighbours = ours.config.unit, inner.config.neighbours
        self.embedding, self.activation = deepcopy(ours.embedding), ours.activation
        self.encoding = deepcopy(inner.encoding)
        self.sphere = o3.Irreps([(1, (l, (-1) ** l)) for l in range(inner.config.max_degree + 1)])  # noqa: E741
        self.layers = nn.ModuleList(PeerConvolution(layer, self.sphere) for layer in inner.layers)
        self.readout = o3.Linear(irreps_of(inner.layers[-1].rep_out), irreps_of(inner.rep_out))
        self.bias = nn.Parameter(inner.readout.bias.detach().clone())
        with torch.no_grad():
            copy_linear(inner.readout, [self.readout])

    def forward(self, x: Tensor, graph: GraphBatch) -> Tensor:
        x, vectors = self.activation(self.embedding(x / self.unit)), graph.vectors()
        sphere = o3.spherical_harmonics(self.sphere, vectors, normalize=True, normalization="component")
        sphere = sphere * (self.encoding.envelope(vectors) / sqrt(self.neighbours)).unsqueeze(-1)
        shell = None
        if self.shells and graph.shells is not None:
            shell = graph.shells[1].repeat_interleave(2)  # two directions of a pair
        basis = self.encoding(vectors if shell is None else vectors[graph.shells[0]])
        for layer in self.layers:
            x = layer(x, sphere, basis, graph.senders, graph.receivers, shell)
        return normalised(torch.relu(graph.pool(self.readout(x) + self.bias)))
