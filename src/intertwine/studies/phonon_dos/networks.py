"""The networks by name: SpectrumNetworks that differ in the group and in what messages see."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from intertwine.models.spectrum_network import SpectrumNetwork, SpectrumNetworkConfig
from intertwine.models.tensor_product_network_config import TensorProductNetworkConfig
from intertwine.nn.graph_batch import GraphBatch
from intertwine.studies.phonon_dos.configuration import NetworkChoice, PhononDosConfiguration


class DosNetwork(nn.Module):
    """A SpectrumNetwork; without a symmetry its messages see the coordinates of an edge beside its length."""

    def __init__(self, config: SpectrumNetworkConfig, coordinates: bool) -> None:
        super().__init__()
        self.spectrum = SpectrumNetwork(config)
        self.coordinates = coordinates

    def forward(self, x: Tensor, graph: GraphBatch) -> Tensor:
        """[atoms, 118] → [crystals, bins]."""
        seen = graph.vectors() / (self.spectrum.config.network.cutoff or 1.0) if self.coordinates else None
        y: Tensor = self.spectrum(x, graph, edge_invariants=seen)
        return y


def make_network(
    configuration: PhononDosConfiguration, choice: NetworkChoice, bins: int, neighbours: float, seed: int
) -> DosNetwork:
    """The network with weights of that seed; neighbours: their mean number in the training crystals."""
    c = configuration
    torch.manual_seed(seed)
    config = TensorProductNetworkConfig(
        group=choice.group, vector=choice.vector, rep_in=f"{c.embedding}x{choice.scalar}", hidden=choice.hidden,
        rep_out=f"{bins}x{choice.scalar}", channels=choice.channels, layers=c.layers, max_degree=choice.max_degree,
        cutoff=c.cutoff, basis=c.basis, radial_width=c.radial_width, radial_depth=c.radial_depth,
        neighbours=neighbours, edge_invariants=3 if choice.coordinates else 0,
    )  # fmt: skip
    return DosNetwork(SpectrumNetworkConfig(network=config), choice.coordinates)
