"""The networks: positions of O, H, H about the oxygen in, tensors by irreps out."""

from __future__ import annotations

import torch
from torch import Tensor, nn

import intertwine as tw
from intertwine.models.tensor_product_network import TensorProductNetwork, TensorProductNetworkConfig
from intertwine.nn.complete_graphs import paired_complete_graph
from intertwine.nn.multilayer_perceptron import multilayer_perceptron
from intertwine.representations import Rep
from intertwine.studies.water_tensors.configuration import WaterTensorsConfiguration
from intertwine.studies.water_tensors.tensors import parts, tensor_space

ATOMS = 3


class Scaled(nn.Module):
    """A network of numbers of order 1, brought to the mean and size that each irrep has in a training set.

    Only invariants have a mean that a rotation leaves alone; the other irreps are scaled as a whole.
    """

    shift: Tensor
    scale: Tensor

    def __init__(self, network: nn.Module, names: tuple[str, ...], features: Tensor) -> None:
        super().__init__()
        self.network = network
        shift, scale = torch.zeros_like(features[0]), torch.ones_like(features[0])
        for _, irrep, place in parts(names):
            if irrep.is_trivial:
                shift[place] = features[:, place].mean()
            scale[place] = (features[:, place] - shift[place]).square().mean().sqrt().clamp(min=1e-12)
        self.register_buffer("shift", shift)
        self.register_buffer("scale", scale)

    def forward(self, positions: Tensor) -> Tensor:
        """[n, 3, 3] → [n, features]."""
        y: Tensor = self.shift + self.scale * self.network(positions)
        return y


class WaterNetwork(nn.Module):
    """Tensor products on the three atoms, each a neighbour of the others; summed over atoms.

    Irreps of the tensors that `hidden` lacks are added to it.
    """

    def __init__(self, configuration: WaterTensorsConfiguration, names: tuple[str, ...]) -> None:
        super().__init__()
        c = configuration
        out = " + ".join(str(tensor_space(name).rep) for name in names)
        known = Rep(tw.group("O(3)"), c.hidden).irreps
        missing = dict.fromkeys(irrep for _, irrep, _ in parts(names) if irrep not in known and not irrep.is_trivial)
        hidden = " + ".join([c.hidden, *(f"{c.channels}x{irrep.name}" for irrep in missing)])
        self.network = TensorProductNetwork(
            TensorProductNetworkConfig(
                rep_in="2x0e", hidden=hidden, rep_out=out, channels=c.channels, layers=c.layers,
                max_degree=c.max_degree, cutoff=c.cutoff, basis=c.basis, neighbours=ATOMS - 1,
                radial_width=c.radial_width, radial_depth=1, pooling="sum",
            ),
            dtype=torch.float64,
        )  # fmt: skip

    def forward(self, positions: Tensor) -> Tensor:
        """[n, 3, 3] → [n, features]."""
        species = positions.new_tensor([[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]]).repeat(len(positions), 1)
        y: Tensor = self.network(species, paired_complete_graph(positions))
        return y


class Perceptron(nn.Module):
    """Hidden layers with SiLU on the two vectors from the oxygen to the hydrogens, in the order of the file."""

    def __init__(self, configuration: WaterTensorsConfiguration, names: tuple[str, ...]) -> None:
        super().__init__()
        c = configuration
        out = sum(tensor_space(name).rep.dim for name in names)
        widths = [3 * (ATOMS - 1), *[c.mlp_width] * c.mlp_layers, out]
        self.layers = multilayer_perceptron(widths, dtype=torch.float64)

    def forward(self, positions: Tensor) -> Tensor:
        """[n, 3, 3] → [n, features]."""
        y: Tensor = self.layers((positions[:, 1:] - positions[:, :1]).flatten(1))
        return y


def make_network(
    configuration: WaterTensorsConfiguration, method: str, names: tuple[str, ...], features: Tensor, seed: int
) -> Scaled:
    """The network of a method, with weights of that seed, scaled to the features [n, dim] of the training set."""
    torch.manual_seed(seed)
    kind = WaterNetwork if method == "equivariant" else Perceptron
    return Scaled(kind(configuration, names), names, features)
