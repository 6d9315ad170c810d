"""Every network as a function (positions, velocities, charges) → positions, or positions and velocities, later."""

from __future__ import annotations

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

import intertwine as tw
from intertwine.models.egnn import EGNN, EGNNConfig
from intertwine.models.point_perceptron import PointPerceptron
from intertwine.models.tensor_product_network import TensorProductNetwork, TensorProductNetworkConfig
from intertwine.nn.complete_graphs import complete_graph
from intertwine.nn.graph_batch import GraphBatch


class Predictor(nn.Module):
    """x + v t + s · net for vectors of each body, s the typical size of what uniform motion leaves over.

    Parameters
    ----------
    outputs:
        1: positions; 2: positions and velocities.
    time, scale:
        Of the horizon, and s [outputs].
    """

    def __init__(self, bodies: int, outputs: int, time: float, scale: tuple[float, ...]) -> None:
        super().__init__()
        self.bodies, self.outputs, self.time = bodies, outputs, time
        self.register_buffer("scale", torch.tensor(scale).reshape(outputs, 1))
        self._graphs: dict[int, GraphBatch] = {}

    def forward(
        self, x: Float[Tensor, "batch bodies 3"], v: Float[Tensor, "batch bodies 3"], q: Float[Tensor, "batch bodies"]
    ) -> Float[Tensor, "batch bodies outputs 3"]:
        """[batch, bodies, 3] twice and [batch, bodies] → [batch, bodies, outputs, 3]."""
        batch, graph = len(x), self.graph(x)
        flat_v, flat_q = v.reshape(-1, 3), q.reshape(-1, 1)
        change = self.change(graph, flat_v, flat_q)
        change = change.reshape(batch, -1, *change.shape[1:])
        start = torch.stack([x + self.time * v, v], dim=2)[:, :, : self.outputs]
        y: Tensor = start + self.get_buffer("scale") * change
        return y

    def graph(self, x: Float[Tensor, "batch bodies 3"]) -> GraphBatch:
        """Every body a neighbour of every other."""
        batch = len(x)
        if batch not in self._graphs:
            self._graphs[batch] = complete_graph(torch.zeros_like(x))
        return self._graphs[batch].with_positions(x.reshape(-1, 3))

    def change(self, graph: GraphBatch, v: Tensor, q: Tensor) -> Tensor:
        """[batch · bodies, outputs, 3] in units of the scale."""
        raise NotImplementedError


def pair_invariants(graph: GraphBatch, v: Tensor, q: Tensor) -> Tensor:
    """q_i q_j and the products of both velocities with the separation and each other, [edges, 4].

    Under asinh: speeds after close encounters are a hundred times the usual ones.
    """
    sender, receiver, apart = graph.senders, graph.receivers, graph.vectors()
    one, two = v.index_select(0, sender), v.index_select(0, receiver)
    products = torch.stack([(one * apart).sum(-1), (two * apart).sum(-1), (one * two).sum(-1)], dim=-1)
    return torch.cat([q.index_select(0, sender) * q.index_select(0, receiver), torch.asinh(products)], dim=-1)


class PublishedEGNN(Predictor):
    """The EGNN of the n-body experiment: node input |v|, edges q_i q_j and the squared distance, velocities."""

    def __init__(self, *shape: Any, **options: Any) -> None:
        super().__init__(*shape)
        self.net = EGNN(EGNNConfig(scalars=1, edge_invariants=2, velocity=True, **options))

    def change(self, graph: GraphBatch, v: Tensor, q: Tensor) -> Tensor:
        square = graph.vectors().square().sum(-1, keepdim=True)
        edges = torch.cat([q[graph.senders] * q[graph.receivers], square], dim=-1)
        x = self.net(v.norm(dim=-1, keepdim=True), graph, edge_invariants=edges, velocity=v)[1]
        # The network gives positions itself: undo what the predictor adds.
        y: Tensor = (x - graph.positions - self.time * v) / self.get_buffer("scale")[0]
        return y.unsqueeze(1)


class TensorPredictor(Predictor):
    """A tensor-product network of any group on charges, speeds and velocities."""

    def __init__(self, *shape: Any, **options: Any) -> None:
        super().__init__(*shape)
        one, vector = tw.group(options.get("group", "O(3)")).trivial.name, options.get("vector", "1o")
        self.net = TensorProductNetwork(
            TensorProductNetworkConfig(
                **{
                    "rep_in": f"2x{one} + {vector}", "rep_out": " + ".join([vector] * self.outputs),
                    "edge_invariants": 4, "node_dependent": True, "residual": True,
                    "neighbours": self.bodies - 1, **options,
                }
            )
        )  # fmt: skip

        nn.init.zeros_(self.net.readout.weight)  # it starts as uniform motion

    def change(self, graph: GraphBatch, v: Tensor, q: Tensor) -> Tensor:
        edges = pair_invariants(graph, v, q)
        x = torch.cat([q, torch.asinh(v.square().sum(-1, keepdim=True)), v], dim=-1)
        y: Tensor = self.net(x, graph, edge_invariants=edges)
        return _split(y, self.outputs)


class FreePredictor(Predictor):
    """A perceptron of all coordinates, velocities and charges."""

    def __init__(self, *shape: Any, **options: Any) -> None:
        super().__init__(*shape)
        self.net = PointPerceptron(self.bodies, 4, 3, 3 * self.outputs, **options)

    def change(self, graph: GraphBatch, v: Tensor, q: Tensor) -> Tensor:
        y: Tensor = self.net(torch.cat([q, v], dim=-1), graph)
        return _split(y, self.outputs)


def _split(y: Tensor, outputs: int) -> Tensor:
    return y.reshape(*y.shape[:-1], outputs, 3)
