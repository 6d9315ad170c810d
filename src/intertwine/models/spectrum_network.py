"""SpectrumNetwork: a crystal's atoms to a non-negative spectrum with maximum 1, a sum of what its atoms give."""

from __future__ import annotations

import torch
from jaxtyping import Float
from pydantic import BaseModel, ConfigDict, PositiveFloat, PositiveInt
from torch import Tensor, nn

from intertwine.errors import ConfigurationError
from intertwine.models.tensor_product_network import TensorProductNetwork, TensorProductNetworkConfig
from intertwine.nn.activation import Activation
from intertwine.nn.graph_batch import GraphBatch
from intertwine.nn.linear import Linear
from intertwine.representations import Rep


class SpectrumNetworkConfig(BaseModel):
    """Architecture of a :class:`SpectrumNetwork`.

    Attributes
    ----------
    species:
        Length of the one-hot code of an atom: the largest atomic number.
    unit:
        Of the masses, in u. Published: 1.
    network:
        What follows the embedding; its rep_in and rep_out are invariants, it pools nothing.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    species: PositiveInt = 118
    unit: PositiveFloat = 50.0
    network: TensorProductNetworkConfig


class SpectrumNetwork(nn.Module):
    """Mass-weighted one-hot species → Linear, ReLU → message passing → Σ over atoms → ReLU → divided by the maximum.

    The network of phonon densities of states of Chen et al., Adv. Sci. 8, 2004214 (2021), arXiv:2009.05163 (figure 4
    of the review's section on E(3)), around a `TensorProductNetwork`, so that the group is an argument. A cell and its
    supercells have the same atoms as many times, hence the same spectrum.

    Raises
    ------
    ConfigurationError
        Where the inner network's input or output is not invariant, or it pools by itself.
    """

    def __init__(
        self,
        config: SpectrumNetworkConfig,
        *,
        dtype: torch.dtype | None = None,
        device: torch.device | str | None = None,
    ) -> None:
        super().__init__()
        self.config = config
        self.network = TensorProductNetwork(config.network, dtype=dtype, device=device)
        rep = self.network.rep_in
        if not all(irrep.is_trivial for irrep in (*rep.irreps, *self.network.rep_out.irreps)):
            raise ConfigurationError(
                "a spectrum is made of invariants from invariants",
                received=f"{config.network.rep_in} → {config.network.rep_out}", expected="trivial irreps",
            )  # fmt: skip
        if config.network.pooling != "none":
            raise ConfigurationError("the spectrum sums atoms itself", received=f"pooling={config.network.pooling!r}")
        species = Rep(rep.group, [(config.species, rep.group.trivial)])
        self.embedding = Linear(species, rep, dtype=dtype, device=device)
        self.activation = Activation(rep, "relu")

    def atomic(
        self,
        x: Float[Tensor, "nodes species"],
        graph: GraphBatch,
        *,
        edge_invariants: Float[Tensor, "edges more"] | None = None,
    ) -> Float[Tensor, "nodes bins"]:
        """What each atom adds, of either sign, before the sum: [nodes, species] → [nodes, bins]."""
        y: Tensor = self.network(
            self.activation(self.embedding(x / self.config.unit)), graph, edge_invariants=edge_invariants
        )
        return y

    def forward(
        self,
        x: Float[Tensor, "nodes species"],
        graph: GraphBatch,
        *,
        edge_invariants: Float[Tensor, "edges more"] | None = None,
    ) -> Float[Tensor, "graphs bins"]:
        """[nodes, species] → [graphs, bins] in [0, 1]; zero everywhere for a graph whose sums are nowhere positive."""
        total = torch.relu(graph.pool(self.atomic(x, graph, edge_invariants=edge_invariants), "sum"))
        return normalised(total)


def normalised(spectra: Float[Tensor, "graphs bins"]) -> Float[Tensor, "graphs bins"]:
    """Each row divided by its maximum; a row of zeros stays one."""
    largest = spectra.max(dim=1, keepdim=True).values
    return spectra / torch.where(largest > 0, largest, torch.ones_like(largest))
