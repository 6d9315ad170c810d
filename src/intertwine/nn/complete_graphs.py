"""Small sets of points as a GraphBatch in which every point neighbours every other, padded or all of one size."""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from intertwine.errors import DataError
from intertwine.nn.graph_batch import GraphBatch


def complete_graph(
    positions: Float[Tensor, "batch points dim"], mask: Bool[Tensor, "batch points"] | None = None
) -> GraphBatch:
    """[batch, points, dim] → a graph a set, with an edge from each point to each other one, receivers ascending.

    Points whose mask is False are left out: the nodes are those of positions[mask], in that order.

    Raises
    ------
    DataError
        For a mask that does not fit.
    """
    batch, points = positions.shape[:2]
    if mask is not None and mask.shape != positions.shape[:2]:
        raise DataError("the mask does not fit", received=tuple(mask.shape), expected=tuple(positions.shape[:2]))
    device = positions.device
    if mask is None:
        mask = torch.ones(batch, points, dtype=torch.bool, device=device)
    apart = ~torch.eye(points, dtype=torch.bool, device=device)
    graph, receiver, sender = (mask.unsqueeze(2) & mask.unsqueeze(1) & apart).nonzero().unbind(1)
    node = mask.flatten().cumsum(0) - 1  # place among the points that are there
    kept = positions[mask]
    return GraphBatch(
        positions=kept,
        senders=node[graph * points + sender],
        receivers=node[graph * points + receiver],
        offsets=kept.new_zeros(len(graph), positions.shape[2]),
        node_graph=mask.nonzero()[:, 0],
        count=batch,
    )


def paired_complete_graph(
    positions: Float[Tensor, "batch points dim"], mask: Bool[Tensor, "batch points"] | None = None
) -> GraphBatch:
    """`complete_graph` with the two directions of each edge one after the other.

    Without a mask no shape depends on the data, so that `torch.func` transforms go through it.
    """
    if mask is not None:
        return _paired_points_that_are_there(positions, mask)
    batch, points, dim = positions.shape
    device = positions.device
    one, other = torch.triu_indices(points, points, offset=1, device=device)
    first = points * torch.arange(batch, device=device).unsqueeze(1)
    senders = (first + torch.stack([one, other], dim=1).flatten()).flatten()
    receivers = (first + torch.stack([other, one], dim=1).flatten()).flatten()
    return GraphBatch(
        positions=positions.reshape(-1, dim),
        senders=senders,
        receivers=receivers,
        offsets=positions.new_zeros(len(senders), dim),
        node_graph=torch.arange(batch, device=device).repeat_interleave(points),
        count=batch,
        paired=True,
    )


def _paired_points_that_are_there(positions: Tensor, mask: Tensor) -> GraphBatch:
    upper = torch.ones(mask.shape[1], mask.shape[1], dtype=torch.bool, device=mask.device).triu(1)
    graph, one, other = (mask.unsqueeze(1) & mask.unsqueeze(2) & upper).nonzero(as_tuple=True)
    node = (mask.flatten().cumsum(0) - 1).view(mask.shape)  # place among the points that are there
    first, second = node[graph, one], node[graph, other]
    return GraphBatch(
        positions=positions[mask],
        senders=torch.stack([first, second], dim=1).flatten(),
        receivers=torch.stack([second, first], dim=1).flatten(),
        offsets=positions.new_zeros(1, positions.shape[2]).expand(2 * len(graph), positions.shape[2]),
        node_graph=mask.nonzero(as_tuple=True)[0],
        count=len(mask),
        paired=True,
    )
