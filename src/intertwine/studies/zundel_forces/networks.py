"""Potentials: a network's sum over atoms as energy, minus its gradient as forces."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from intertwine.models.tensor_product_network import TensorProductNetwork, TensorProductNetworkConfig
from intertwine.nn.complete_graphs import paired_complete_graph
from intertwine.studies.invariant_twin import invariant_twin
from intertwine.studies.zundel_forces.configuration import ZundelForcesConfiguration
from intertwine.studies.zundel_forces.data import SPECIES, SYMBOLS


class Potential(nn.Module):
    """E = scale · Σ_i network_i + shift of the whole molecule, in eV.

    scale: of the energies and, with Å, of the forces; shift: the mean energy, which no force depends on.
    """

    scale: Tensor
    shift: Tensor
    species: Tensor

    def __init__(self, network: TensorProductNetwork, scale: float, shift: float) -> None:
        super().__init__()
        self.network = network
        dtype = next(network.parameters()).dtype
        self.register_buffer("scale", torch.tensor(scale, dtype=dtype))
        self.register_buffer("shift", torch.tensor(shift, dtype=torch.float64))
        place = torch.tensor([SPECIES.index(symbol) for symbol in SYMBOLS])
        self.register_buffer("species", nn.functional.one_hot(place, len(SPECIES)).to(dtype))

    def forward(self, positions: Tensor) -> tuple[Tensor, Tensor]:
        """[n, 7, 3] in Å → energies without the shift [n] in eV, forces [n, 7, 3] in eV/Å; both differentiable."""
        with torch.enable_grad():
            place = positions.detach().requires_grad_()
            graph = paired_complete_graph(place)
            energies = self.scale * self.network(self.species.repeat(len(place), 1), graph)[:, 0]
            (slope,) = torch.autograd.grad(energies.sum(), place, create_graph=self.training)
        return energies, -slope


def make_potential(
    configuration: ZundelForcesConfiguration, name: str, scale: float, shift: float, seed: int
) -> Potential:
    """The potential of that name with weights of that seed, in float32."""
    torch.manual_seed(seed)
    config = network_config(configuration, name)
    return Potential(TensorProductNetwork(config), scale, shift)


def network_config(configuration: ZundelForcesConfiguration, name: str) -> TensorProductNetworkConfig:
    """ "equivariant": tensor products of the configuration; "invariant": its `invariant_twin`."""
    c = configuration
    common: dict[str, Any] = {
        "rep_in": f"{len(SPECIES)}x0e", "rep_out": "0e", "cutoff": c.cutoff, "neighbours": float(len(SYMBOLS) - 1),
        "radial_width": c.radial_width, "layers": c.layers, "pooling": "sum",
    }  # fmt: skip
    ours = TensorProductNetworkConfig(hidden=c.hidden, channels=c.channels, max_degree=c.max_degree, **common)
    if name == "equivariant":
        return ours
    return invariant_twin(ours)
