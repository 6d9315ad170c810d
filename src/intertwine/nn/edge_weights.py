"""EdgeWeights: the weights of messages as a network of the invariants of an edge and of its ends."""

from __future__ import annotations

from collections.abc import Iterable
from math import sqrt
from typing import cast

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from intertwine.nn.linear import Linear
from intertwine.nn.scalar_functions import ScalarFunction, Scaled
from intertwine.representations import Rep


class EdgeWeights(nn.Module):
    """w_e = W σ(… σ(A e + B s_sender + C s_receiver)): a radial network that may see the invariants of both ends.

    Without `rep_node` it is the radial network of tensor field networks, a function of the edge's own invariants. The
    first layer's parts for the ends are made once a node and gathered. Features of second moment 1 give weights of
    second moment 1.

    Parameters
    ----------
    features:
        Number of invariants of an edge.
    weights:
        Number of weights of an edge.
    width, depth:
        Of the hidden layers.
    rep_node:
        Of the nodes' features, if their invariants count.
    """

    def __init__(
        self,
        features: int,
        weights: int,
        *,
        width: int = 64,
        depth: int = 2,
        rep_node: Rep | None = None,
        activation: str | ScalarFunction = "silu",
        dtype: torch.dtype | None = None,
        device: torch.device | str | None = None,
    ) -> None:
        super().__init__()
        self.edge = nn.Linear(features, width, dtype=dtype, device=device)
        self.sender: Linear | None = None
        self.receiver: Linear | None = None
        if rep_node is not None:
            trivial = Rep(rep_node.group, [(width, rep_node.group.trivial)])
            self.sender = Linear(rep_node, trivial, bias=False, dtype=dtype, device=device)
            self.receiver = Linear(rep_node, trivial, bias=False, dtype=dtype, device=device)
        self.activation = Scaled(activation)
        self.hidden = nn.ModuleList(nn.Linear(width, width, dtype=dtype, device=device) for _ in range(depth - 1))
        self.out = nn.Linear(width, weights, bias=False, dtype=dtype, device=device)
        self.reset_parameters()

    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        """Draw weights of variance 1/(inputs); biases start at 0."""
        ends = [end for end in (self.sender, self.receiver) if end is not None]
        shares = 1 + len(ends)
        with torch.no_grad():
            for layer in (self.edge, *self.hidden, self.out):
                scale = sqrt(layer.in_features * (shares if layer is self.edge else 1))
                layer.weight.normal_(0.0, 1 / scale, generator=generator)
                if layer.bias is not None:
                    layer.bias.zero_()
            for end in ends:
                end.reset_parameters(generator)
                end.weight.mul_(1 / sqrt(shares))

    def forward(
        self,
        edge: Float[Tensor, "edges features"],
        x: Float[Tensor, "nodes channels"] | None = None,
        sender: Int[Tensor, " ends"] | None = None,
        receiver: Int[Tensor, " ends"] | None = None,
    ) -> Float[Tensor, "edges weights"]:
        """[edges, features], and if the ends count, nodes [nodes, rep_node.dim] and indices → [edges, weights]."""
        h = self.edge(edge)
        for end, index in ((self.sender, sender), (self.receiver, receiver)):
            if end is not None and index is not None:
                h = h + end(x).index_select(0, index)
        # The activation's factor multiplies the weights, which are fewer numbers than edges have.
        function, factor = self.activation.function, self.activation.factor
        h = function(h)
        for layer in cast(Iterable[nn.Linear], self.hidden):
            h = function(nn.functional.linear(h, factor * layer.weight, layer.bias))
        return nn.functional.linear(h, factor * self.out.weight)
