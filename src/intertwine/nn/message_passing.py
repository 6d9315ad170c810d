"""MessagePassing: gather by sender, tensor product with the edge, sum by receiver, in one pass."""

from __future__ import annotations

from functools import partial
from typing import Literal

import torch
from jaxtyping import Float, Int
from torch import Tensor

from intertwine.errors import ConfigurationError, RepresentationError
from intertwine.nn.channelwise_product import ChannelwiseProduct
from intertwine.nn.equivariant_module import EquivariantModule
from intertwine.nn.full_precision import in_full_precision
from intertwine.nn.product_backend import ChannelwiseBackend
from intertwine.nn.product_reference import reference_product
from intertwine.representations import Rep


class MessagePassing(EquivariantModule):
    """out[r] = Σ_{edges e to r} ChannelwiseProduct(x[sender e], edge e, weights e): the convolution of a graph network.

    The fused backend makes each message where it is summed: nothing of size [edges × rep_1.dim] or
    [edges × rep_out.dim] is kept, forward or backward, and sums have a fixed order. The second derivative needs no
    more than that. The output is a sum; divide by the mean number of neighbours to keep its second moment.

    Parameters
    ----------
    rep_1, rep_2, rep_out:
        Of the nodes' features, of the edges' (harmonics of their directions, say), and of the result.
    weights, backend:
        As in `ChannelwiseProduct`: "per_sample" weights are [edges, weight_numel], or [edges/k, weight_numel] where k
        consecutive edges share a row, as the two directions of an edge share a length.
        "so2" keeps messages of all edges.

    Raises
    ------
    RepresentationError
        Where representations do not match, or features do not fit.
    """

    def __init__(
        self,
        rep_1: Rep,
        rep_2: Rep,
        rep_out: Rep,
        *,
        weights: Literal["shared", "per_sample"] = "per_sample",
        backend: ChannelwiseBackend | None = None,
        dtype: torch.dtype | None = None,
        device: torch.device | str | None = None,
    ) -> None:
        super().__init__(rep_1, rep_out)
        self.rep_1, self.rep_2 = rep_1, rep_2
        self.product = ChannelwiseProduct(
            rep_1, rep_2, rep_out, weights=weights, backend=backend, dtype=dtype, device=device
        )

    @property
    def weight_numel(self) -> int:
        """Number of weights of one edge."""
        return self.product.weight_numel

    @property
    def backend(self) -> ChannelwiseBackend:
        """The backend of the product."""
        return self.product.backend

    def forward(
        self,
        x: Float[Tensor, "nodes left"],
        edge: Float[Tensor, "edges right"],
        sender: Int[Tensor, " senders"],
        receiver: Int[Tensor, " ends"],
        weight: Float[Tensor, "samples weights"] | None = None,
        *,
        receivers: int | None = None,
    ) -> Float[Tensor, "rows out"]:
        """[nodes, rep_1.dim], [edges, rep_2.dim], indices int64 → [receivers, rep_out.dim]; receivers=None: as nodes.

        Raises
        ------
        RepresentationError
            For features that do not fit.
        ConfigurationError
            For an edge that leads out of the graph, on the fused backend; the reference raises torch's own error.
        """
        if x.shape[-1] != self.rep_1.dim or edge.shape[-1] != self.rep_2.dim:
            raise RepresentationError(
                "the features do not fit the messages",
                received=f"nodes {tuple(x.shape)}, edges {tuple(edge.shape)}",
                expected=f"[nodes, {self.rep_1.dim}] and [edges, {self.rep_2.dim}]",
            )
        if not edge.shape[0] == sender.shape[0] == receiver.shape[0]:
            raise ConfigurationError(
                "an edge is a feature, a sender and a receiver",
                received=f"{edge.shape[0]} features, {sender.shape[0]} senders, {receiver.shape[0]} receivers",
                expected="as many of each",
            )
        rows = x.shape[0] if receivers is None else receivers
        if weight is not None and weight.ndim == 2 and 0 < len(weight) < len(edge) and len(edge) % len(weight) == 0:
            own = self.product.weights_for(edge[: len(weight)], weight)
        else:
            own = self.product.weights_for(edge, weight)
        return in_full_precision(partial(self._summed, rows), x, edge, own, sender, receiver)

    def _summed(self, rows: int, x: Tensor, edge: Tensor, own: Tensor, sender: Tensor, receiver: Tensor) -> Tensor:
        if self.backend == "reference":
            if own.ndim == 2 and len(own) < len(edge):
                own = own.repeat_interleave(len(edge) // len(own), dim=0)
            found = reference_product(self.product.plan, x.index_select(0, sender), edge, own)
            return found.new_zeros(rows, found.shape[-1]).index_add(0, receiver, found)
        return self.product.on_rows(x, edge, own, sender, receiver, rows)

    def extra_repr(self) -> str:
        """The representations."""
        return f"{self.rep_out.group.name}: Σ {self.rep_1} ⊗ {self.rep_2} → {self.rep_out}"
