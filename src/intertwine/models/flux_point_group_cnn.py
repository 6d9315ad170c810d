"""FluxPointGroupCNN: invariant observables of the flux representation, under translations and a point group."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn

from intertwine.errors import ConfigurationError
from intertwine.nn.field_activation import FieldActivation
from intertwine.nn.group_pooling import GroupPooling
from intertwine.nn.lattice_steerable_convolution import LatticeSteerableConvolution
from intertwine.nn.link_fields import LinksToSites, directions
from intertwine.physics.flux.symmetries import FluxSymmetry
from intertwine.representations import regular


class FluxPointGroupCNN(nn.Module):
    """k and l on links → what leaves the sites → convolutions of signals on the group → invariants → observables.

    [batch, 2d, *sites] (channels k_t, k_1, …, l_t, l_1, …) → [batch, out_features]. With the trivial group this is a
    plain convolutional network under translations alone.

    Parameters
    ----------
    symmetry:
        From `flux_symmetry`, or `no_reflections`.
    channels:
        Signals on the group after every convolution.
    kernel:
        Odd.
    """

    def __init__(
        self, symmetry: FluxSymmetry, channels: tuple[int, ...], *, kernel: int = 3, out_features: int = 2
    ) -> None:
        super().__init__()
        if not channels:
            raise ConfigurationError("a network without convolutions", received=channels)
        vector, G = symmetry.vector, symmetry.group
        self.dimension = vector.dim
        self.k_to_sites = LinksToSites(vector, charge=symmetry.charge)
        self.l_to_sites = LinksToSites(vector, oriented=False)
        rep = directions(vector, symmetry.charge) + directions(vector)
        layers: list[nn.Module] = []
        for width in channels:
            out = width * regular(G)
            layers.append(LatticeSteerableConvolution(rep, out, kernel, dimension=vector.dim, vector=vector))
            layers.append(FieldActivation(out, "silu"))
            rep = out
        self.body = nn.Sequential(*layers, GroupPooling(rep, "mean"))
        self.head = nn.Linear(channels[-1], out_features)

    def forward(self, links: Float[Tensor, "batch channels *sites"]) -> Float[Tensor, "batch features"]:
        k, magnitudes = links.split(self.dimension, dim=1)
        sites = torch.cat([self.k_to_sites(k), self.l_to_sites(magnitudes)], dim=1)
        found: Tensor = self.head(self.body(sites).flatten(2).mean(2))
        return found
