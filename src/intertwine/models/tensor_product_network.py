"""Message passing by tensor products, the group an argument: TFN and NequIP for O(3), a Lorentz group network, …"""

from __future__ import annotations

from math import sqrt

import torch
from jaxtyping import Float
from torch import Tensor, nn

import intertwine as tw
from intertwine.errors import RepresentationError
from intertwine.groups.group import Group
from intertwine.models.edge_encoding import edge_encoding, with_invariants
from intertwine.models.tensor_product_network_config import TensorProductNetworkConfig
from intertwine.nn.edge_weights import EdgeWeights
from intertwine.nn.equivariant_module import EquivariantModule
from intertwine.nn.gate import Gate
from intertwine.nn.graph_batch import GraphBatch
from intertwine.nn.harmonics import Harmonics
from intertwine.nn.invariants import Invariants
from intertwine.nn.linear import Linear
from intertwine.nn.message_passing import MessagePassing
from intertwine.nn.rms_norm import RMSNorm
from intertwine.representations import Irrep, Rep, product_maps

__all__ = ["TensorProductNetwork", "TensorProductNetworkConfig"]


class TensorProductNetwork(EquivariantModule):
    """x_i ← Gate(W x_i + V Σ_j w(invariants of ij) · (U x_j ⊗ Y(r_ij))), layer by layer, for any group.

    For O(3) a tensor field network (Thomas et al. 1802.08219) with NequIP's gates and radial network (Batzner et al.
    2101.03164); for SO(1,3) a Lorentz group network (Bogatskiy et al. 2006.04780); for the trivial group, whose
    harmonics are constant and whose invariants are the coordinates, a graph network with continuous filters. Nothing
    in it knows which group it got. Irreps of `hidden` that nothing reaches yet are left out layer by layer; the last
    layer makes what the output needs.

    Parameters
    ----------
    config:
        The architecture.
    group:
        Instead of the one that config names, for groups that have no name.

    Raises
    ------
    RepresentationError
        Where rep_out is out of reach, or directions are asked for without a definite form.
    """

    def __init__(
        self,
        config: TensorProductNetworkConfig,
        *,
        group: Group | None = None,
        dtype: torch.dtype | None = None,
        device: torch.device | str | None = None,
    ) -> None:
        G = tw.group(config.group) if group is None else group
        super().__init__(Rep(G, config.rep_in), Rep(G, config.rep_out))
        self.config = config
        vector, hidden = Rep(G, config.vector), Rep(G, config.hidden)
        self.rep_vector = vector
        self.harmonics = Harmonics(
            vector, config.max_degree, unit_vectors=config.directions, dtype=dtype, device=device
        )
        self.encoding = edge_encoding(vector, config, dtype=dtype, device=device)
        features = self.encoding.rep_out.dim + config.edge_invariants
        self.layers = nn.ModuleList()
        rep = self.rep_in
        for step in range(config.layers):
            wanted = hidden if step < config.layers - 1 else _restricted(hidden, self.rep_out)
            layer = Interaction(rep, wanted, self.harmonics.rep_out, features, config, dtype=dtype, device=device)
            self.layers.append(layer)
            rep = layer.rep_out
        missing = [irrep.name for irrep in self.rep_out.irreps if irrep not in rep.irreps and not irrep.is_trivial]
        if missing:
            raise RepresentationError(
                f"rep_out is out of reach: nothing leads to {', '.join(missing)} in {config.layers} layers",
                received=f"{config.rep_in} with hidden {config.hidden} and harmonics to degree {config.max_degree}",
                fix="more layers, a higher degree, or irreps in hidden that lead there",
            )
        self.readout = Linear(rep, self.rep_out, dtype=dtype, device=device)

    def forward(
        self,
        x: Float[Tensor, "nodes features"],
        graph: GraphBatch,
        *,
        edge_invariants: Float[Tensor, "edges more"] | None = None,
    ) -> Float[Tensor, "rows out"]:
        """Nodes' features [nodes, rep_in.dim] → [nodes, rep_out.dim], or pooled [graphs, rep_out.dim].

        Raises ConfigurationError unless edge_invariants are [edges, config.edge_invariants].
        """
        vectors = graph.vectors()
        # Both directions of an edge, or all edges of a length, have the same weights, where these depend on nothing
        # that tells them apart.
        alone = edge_invariants is None and not self.config.node_dependent
        shells = graph.shells if alone and self.encoding.is_radial else None
        if shells is not None:
            seen = self.encoding(vectors[shells[0]])
        else:
            seen = self.encoding(vectors[::2] if alone and graph.paired and self.encoding.is_even else vectors)
        seen = with_invariants(seen, edge_invariants, self.config.edge_invariants)
        edge = self.harmonics(vectors) * (self.encoding.envelope(vectors) / sqrt(self.config.neighbours)).unsqueeze(-1)
        for layer in self.layers:
            x = layer(x, edge, seen, graph.senders, graph.receivers, None if shells is None else shells[1])
        y: Tensor = self.readout(x)
        return y if self.config.pooling == "none" else graph.pool(y, self.config.pooling)


class Interaction(EquivariantModule):
    """One step: messages by a tensor product, a Linear of them and of the node itself, a Gate."""

    def __init__(
        self,
        rep_in: Rep,
        hidden: Rep,
        rep_edge: Rep,
        features: int,
        config: TensorProductNetworkConfig,
        *,
        dtype: torch.dtype | None = None,
        device: torch.device | str | None = None,
    ) -> None:
        group, trivial = rep_in.group, rep_in.group.trivial
        reached = [irrep for irrep in {*hidden.irreps, trivial} if reaches(rep_in, rep_edge, irrep)]
        kept = [b for b in hidden.blocks if b.irrep in (*reached, *rep_in.irreps) or b.irrep.is_trivial]
        super().__init__(rep_in, Rep(group, [(b.multiplicity, b.irrep) for b in kept]))
        needed = [irrep for irrep in rep_in.irreps if any(reaches(Rep(group, irrep), rep_edge, r) for r in reached)]
        up = Rep(group, [(config.channels, irrep) for irrep in needed])
        sums = Rep(group, [(config.channels, irrep) for irrep in sorted(reached, key=str)])
        self.invariants = (
            Invariants(rep_in, pairs="same", dtype=dtype, device=device) if config.node_dependent else None
        )
        seen = Rep(group, []) if self.invariants is None else self.invariants.rep_out
        self.residual = config.residual and self.rep_out == rep_in
        self.norm = RMSNorm(rep_in, dtype=dtype, device=device) if config.normalise else nn.Identity()
        self.gate = Gate(self.rep_out, activation=config.activation)
        self.up = Linear(rep_in, up, bias=False, dtype=dtype, device=device)
        self.messages = MessagePassing(up, rep_edge, sums, dtype=dtype, device=device)
        self.weights = EdgeWeights(
            features, self.messages.weight_numel, width=config.radial_width, depth=config.radial_depth,
            rep_node=seen if config.node_dependent else None, activation=config.activation, dtype=dtype, device=device,
        )  # fmt: skip
        self.mix = Linear(sums + rep_in + seen, self.gate.rep_in, dtype=dtype, device=device)

    def forward(
        self, x: Tensor, edge: Tensor, seen: Tensor, sender: Tensor, receiver: Tensor, shell: Tensor | None = None
    ) -> Tensor:
        own = self.norm(x)
        # Bounded by a logarithm: else weights times features would grow with a power that doubles in each layer.
        invariants = own[..., :0] if self.invariants is None else torch.asinh(self.invariants(own))
        w = self.weights(seen, invariants, sender, receiver)
        if shell is not None:
            w = w.index_select(0, shell)
        summed = self.messages(self.up(own), edge, sender, receiver, w)
        y: Tensor = self.gate(self.mix(torch.cat([summed, own, invariants], dim=-1)))
        return x + y if self.residual else y


def reaches(rep: Rep, rep_edge: Rep, irrep: Irrep) -> bool:
    """Whether a product of rep and rep_edge holds the irrep."""
    return any(len(product_maps(one, two, irrep)) for one in rep.irreps for two in rep_edge.irreps)


def _restricted(rep: Rep, to: Rep) -> Rep:
    return Rep(rep.group, [(b.multiplicity, b.irrep) for b in rep.blocks if b.irrep in to.irreps])
