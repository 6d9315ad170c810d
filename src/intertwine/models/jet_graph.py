"""Jets as graphs: all pairs of different particles of a jet, momenta in the jet's rest frame."""

from __future__ import annotations

import torch
from torch import Tensor

from intertwine.models.jet_network import Jets
from intertwine.models.jet_tokens import rest_frame_momenta
from intertwine.nn.graph_batch import GraphBatch


def jet_graph(jets: Jets, dtype: torch.dtype) -> GraphBatch:
    """A graph a jet: its points (those that the mask leaves, in order), and of each pair both directions together."""
    momenta, _ = rest_frame_momenta(jets, dtype)
    return complete_graph(momenta, jets.mask)


def complete_graph(momenta: Tensor, mask: Tensor) -> GraphBatch:
    """All pairs of different points of each set; momenta [sets, points, 4], mask [sets, points]."""
    upper = torch.ones(mask.shape[1], mask.shape[1], dtype=torch.bool, device=mask.device).triu(1)
    jet, one, two = (mask.unsqueeze(1) & mask.unsqueeze(2) & upper).nonzero(as_tuple=True)
    number = (mask.flatten().cumsum(0) - 1).view(mask.shape)  # counting through all points that are there
    first, second = number[jet, one], number[jet, two]
    return GraphBatch(
        positions=momenta[mask],
        senders=torch.stack([first, second], dim=1).flatten(),
        receivers=torch.stack([second, first], dim=1).flatten(),
        offsets=momenta.new_zeros(1, 4).expand(2 * len(jet), 4),
        node_graph=mask.nonzero(as_tuple=True)[0],
        count=len(mask),
        paired=True,
    )
