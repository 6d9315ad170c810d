"""GraphBatch: graphs side by side as tensors; edge vectors, sums over each graph, padding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from intertwine.errors import ConfigurationError, DataError
from intertwine.geometry.graph import Graph
from intertwine.geometry.graph_batching import BatchedGraphs, batch_graphs
from intertwine.nn.edge_pairs import opposite_pairs
from intertwine.nn.edge_shells import length_shells


@dataclass(frozen=True)
class GraphBatch:
    """Points of several graphs and the edges between them.

    Attributes
    ----------
    positions:
        [nodes, dim].
    senders, receivers:
        int64 [edges], counting through all nodes; an edge's vector points from its receiver to its sender.
    offsets:
        [edges, dim]: what is added to the sender's position because it is a periodic image; zero in open space.
    node_graph:
        int64 [nodes], ascending: the graph of each node.
    count:
        Number of graphs; those without nodes count.
    paired:
        Whether edges 2k and 2k + 1 are the two directions of one edge (see `in_pairs`).
    shells:
        int64 [shells] and [edges, or pairs of them]: an edge of each length that occurs, and the shell of each edge
        (see `in_shells`). They belong to these positions.
    """

    positions: Tensor
    senders: Tensor
    receivers: Tensor
    offsets: Tensor
    node_graph: Tensor
    count: int
    paired: bool = False
    shells: tuple[Tensor, Tensor] | None = None

    @staticmethod
    def of(
        graphs: Sequence[Graph] | BatchedGraphs,
        *,
        dtype: torch.dtype | None = None,
        device: torch.device | str | None = None,
    ) -> GraphBatch:
        """The graphs as tensors; dtype None: torch's default. Raises DataError for graphs that do not go together."""
        whole = graphs if isinstance(graphs, BatchedGraphs) else batch_graphs(graphs)
        dtype = torch.get_default_dtype() if dtype is None else dtype
        offsets = (whole.edges.shifts[:, None, :] @ whole.cells[whole.edge_graph])[:, 0]
        return GraphBatch(
            torch.as_tensor(whole.positions, dtype=dtype, device=device),
            torch.as_tensor(whole.edges.senders, device=device),
            torch.as_tensor(whole.edges.receivers, device=device),
            torch.as_tensor(offsets, dtype=dtype, device=device),
            torch.as_tensor(whole.node_graph, device=device),
            len(whole),
        )

    def __post_init__(self) -> None:
        if not (
            self.senders.shape == self.receivers.shape == self.offsets.shape[:1]
            and self.positions.shape[:1] == self.node_graph.shape
            and self.positions.shape[1:] == self.offsets.shape[1:]
        ):
            raise DataError(
                "the parts of a graph batch do not fit",
                received=", ".join(
                    f"{one.name} {tuple(getattr(self, one.name).shape)}"
                    for one in fields(self)
                    if one.name not in ("count", "paired", "shells")
                ),
                expected="[nodes, dim], [edges], [edges], [edges, dim], [nodes]",
            )

    def to(self, device: torch.device | str | None = None, dtype: torch.dtype | None = None) -> GraphBatch:
        """On another device, or with positions and offsets in another dtype."""
        return replace(
            self,
            positions=self.positions.to(device=device, dtype=dtype),
            offsets=self.offsets.to(device=device, dtype=dtype),
            senders=self.senders.to(device=device),
            receivers=self.receivers.to(device=device),
            node_graph=self.node_graph.to(device=device),
            shells=None
            if self.shells is None
            else (self.shells[0].to(device=device), self.shells[1].to(device=device)),
        )

    def with_positions(self, positions: Float[Tensor, "nodes dim"]) -> GraphBatch:
        """The same graph of other points, those that forces are gradients of; shells are forgotten."""
        return replace(self, positions=positions, shells=None)

    def vectors(self) -> Float[Tensor, "edges dim"]:
        """positions[sender] + offset − positions[receiver]: invariant under translations, differentiable."""
        return self.positions[self.senders] + self.offsets - self.positions[self.receivers]

    def in_pairs(self) -> GraphBatch:
        """The same graph, the two directions of each edge one after the other: what is even in the vector is made once.

        Raises
        ------
        DataError
            Where an edge has no opposite.
        """
        order = opposite_pairs(self.senders, self.receivers, self.offsets)
        return replace(
            self,
            senders=self.senders[order],
            receivers=self.receivers[order],
            offsets=self.offsets[order],
            paired=True,
            shells=None,
        )

    def in_shells(self, tolerance: float = 1e-6) -> GraphBatch:
        """The same graph that knows which edges are equally long: what depends on the length is made once for them.

        For crystals, whose neighbours lie in shells. tolerance: of lengths, as a share of the longest; float32
        positions round to about 1e-6. Raises ConfigurationError unless 0 < tolerance < 1.
        """
        step = 2 if self.paired else 1
        one, members = length_shells(self.vectors()[::step], tolerance)
        return replace(self, shells=(one * step, members))

    def sizes(self) -> Int[Tensor, " graphs"]:
        """Nodes of each graph."""
        return torch.bincount(self.node_graph, minlength=self.count)

    def pool(self, x: Float[Tensor, "nodes features"], kind: str = "sum") -> Float[Tensor, "graphs features"]:
        """The "sum" or the "mean" over each graph's nodes; 0 for a graph without nodes. Raises ConfigurationError."""
        if kind not in ("sum", "mean"):
            raise ConfigurationError("unknown kind of pooling", received=repr(kind), expected='"sum" or "mean"')
        total = x.new_zeros(self.count, x.shape[1]).index_add(0, self.node_graph, x)
        return total if kind == "sum" else total / self.sizes().clamp(min=1).to(x.dtype).unsqueeze(1)

    def spread(self, x: Float[Tensor, "graphs features"]) -> Float[Tensor, "nodes features"]:
        """Each graph's features at each of its nodes."""
        return x.index_select(0, self.node_graph)

    def padded(
        self, x: Float[Tensor, "nodes features"]
    ) -> tuple[Float[Tensor, "graphs most features"], Bool[Tensor, "graphs most"]]:
        """[graphs, most nodes, features], zero where there is no node, and the mask of nodes."""
        sizes = self.sizes()
        most = int(sizes.max()) if self.count else 0
        mask = torch.arange(most, device=x.device) < sizes.unsqueeze(1)
        place = torch.arange(len(x), device=x.device) - (sizes.cumsum(0) - sizes)[self.node_graph]
        padded = x.new_zeros(self.count, most, x.shape[1]).index_put((self.node_graph, place), x)
        return padded, mask
