"""SE(3)-transformer: attention between neighbours whose keys and values are tensor products, for any group."""

from __future__ import annotations

from math import sqrt

import torch
from jaxtyping import Float
from torch import Tensor, nn

import intertwine as tw
from intertwine.errors import RepresentationError
from intertwine.groups.group import Group
from intertwine.models.edge_encoding import edge_encoding, with_invariants
from intertwine.models.se3_transformer_config import SE3TransformerConfig
from intertwine.models.tensor_product_network import reaches
from intertwine.nn.channelwise_product import ChannelwiseProduct
from intertwine.nn.edge_scores import EdgeScores
from intertwine.nn.edge_softmax import edge_softmax
from intertwine.nn.edge_weights import EdgeWeights
from intertwine.nn.equivariant_module import EquivariantModule
from intertwine.nn.gate import Gate
from intertwine.nn.graph_batch import GraphBatch
from intertwine.nn.harmonics import Harmonics
from intertwine.nn.linear import Linear
from intertwine.nn.rms_norm import RMSNorm
from intertwine.representations import Rep

__all__ = ["SE3Transformer", "SE3TransformerConfig"]


class SE3Transformer(EquivariantModule):
    """x_i ← x_i + V Σ_j α_ij v_ij, α = softmax_j ⟨q_i, k_ij⟩, and k_ij, v_ij = w(r_ij) · (U x_j ⊗ Y(r_ij)); a Gate.

    Fuchs et al. 2006.10503, equations 8–11, for SE(3) and O(3); here the group is the argument, and scores are
    invariant forms: for SO(1,3) a Lorentz-equivariant graph transformer. Before the attention features pass an RMSNorm
    (the paper normalises by norms, too); after it a gated Linear with a residual takes the place of its norm
    non-linearity.

    Parameters
    ----------
    config:
        The architecture.
    group:
        Instead of the one that config names, for groups that have no name.

    Raises
    ------
    RepresentationError
        Where rep_out is out of reach, or nothing gives a score.
    """

    def __init__(
        self,
        config: SE3TransformerConfig,
        *,
        group: Group | None = None,
        dtype: torch.dtype | None = None,
        device: torch.device | str | None = None,
    ) -> None:
        G = tw.group(config.group) if group is None else group
        super().__init__(Rep(G, config.rep_in), Rep(G, config.rep_out))
        self.config, self.rep_vector = config, Rep(G, config.vector)
        hidden = Rep(G, config.hidden)
        self.harmonics = Harmonics(
            self.rep_vector, config.max_degree, unit_vectors=config.directions, dtype=dtype, device=device
        )
        self.encoding = edge_encoding(self.rep_vector, config, dtype=dtype, device=device)
        features = self.encoding.rep_out.dim + config.edge_invariants
        self.layers = nn.ModuleList()
        rep = self.rep_in
        for _ in range(config.layers):
            layer = AttentionStep(rep, hidden, self.harmonics.rep_out, features, config, dtype=dtype, device=device)
            self.layers.append(layer)
            rep = layer.rep_out
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
        seen = self.encoding(vectors)
        seen = with_invariants(seen, edge_invariants, self.config.edge_invariants)
        edge, envelope = self.harmonics(vectors), self.encoding.envelope(vectors)
        for layer in self.layers:
            x = layer(x, edge, seen, envelope, graph)
        y: Tensor = self.readout(x)
        return y if self.config.pooling == "none" else graph.pool(y, self.config.pooling)


class AttentionStep(EquivariantModule):
    """Attention between neighbours, then a gated Linear, both added to what came in where that fits."""

    def __init__(
        self,
        rep_in: Rep,
        hidden: Rep,
        rep_edge: Rep,
        features: int,
        config: SE3TransformerConfig,
        *,
        dtype: torch.dtype | None = None,
        device: torch.device | str | None = None,
    ) -> None:
        group, heads = rep_in.group, config.heads
        reached = [irrep for irrep in hidden.irreps if reaches(rep_in, rep_edge, irrep)]
        kept = [b for b in hidden.blocks if b.irrep in (*reached, *rep_in.irreps)]
        super().__init__(rep_in, Rep(group, [(b.multiplicity, b.irrep) for b in kept]))
        if not reached:
            raise RepresentationError("no message reaches a hidden irrep", received=f"{rep_in} to {hidden}")
        channels = heads * max(1, config.channels // heads)
        needed = [i for i in rep_in.irreps if any(reaches(Rep(group, i), rep_edge, r) for r in reached)]
        up = Rep(group, [(channels, irrep) for irrep in needed])
        message = Rep(group, [(channels, irrep) for irrep in reached])
        self.scores = EdgeScores(rep_in, message, heads, dtype=dtype, device=device)
        self.norm = RMSNorm(rep_in, dtype=dtype, device=device)
        self.up = Linear(rep_in, up, bias=False, dtype=dtype, device=device)
        self.products, self.weights = nn.ModuleList(), nn.ModuleList()  # keys, values
        for _ in range(2):
            product = ChannelwiseProduct(up, rep_edge, message, weights="per_sample", dtype=dtype, device=device)
            self.products.append(product)
            self.weights.append(
                EdgeWeights(features, product.weight_numel, width=config.radial_width, dtype=dtype, device=device)
            )
        self.mix = Linear(message + rep_in, self.rep_out, bias=False, dtype=dtype, device=device)
        self.gate = Gate(self.rep_out, activation=config.activation)
        self.rise = Linear(self.rep_out, self.gate.rep_in, dtype=dtype, device=device)
        self.heads, self.message = heads, message

    def forward(self, x: Tensor, edge: Tensor, seen: Tensor, envelope: Tensor, graph: GraphBatch) -> Tensor:
        own = self.norm(x)
        sent = self.up(own).index_select(0, graph.senders)
        keys, values = (f(sent, edge, w(seen)) for f, w in zip(self.products, self.weights, strict=True))
        scores = self.scores(own, keys, graph.receivers)
        # A neighbour at the cut-off has no weight, whatever its score.
        alpha = edge_softmax(scores + envelope.clamp_min(1e-30).log().unsqueeze(-1), graph.receivers, len(x))
        alpha = alpha * envelope.unsqueeze(-1)
        messages = self._weighted(values, alpha)
        summed = messages.new_zeros(len(x), messages.shape[-1]).index_add(0, graph.receivers, messages)
        y = self.mix(torch.cat([summed, own], dim=-1))
        if self.rep_out == self.rep_in:
            y = y + x
        z: Tensor = (y + self.gate(self.rise(y))) / sqrt(2)
        return z

    def _weighted(self, values: Tensor, alpha: Tensor) -> Tensor:
        parts = []
        for block, where in zip(self.message.blocks, self.message.slices, strict=True):
            by_head = values[:, where].unflatten(-1, (block.irrep.real_dim, self.heads, -1))
            parts.append((by_head * alpha[:, None, :, None]).flatten(1))
        return torch.cat(parts, dim=-1)
