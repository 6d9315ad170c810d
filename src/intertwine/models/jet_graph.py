"""Jets as graphs: all pairs of different particles of a jet, momenta in the jet's rest frame."""

from __future__ import annotations

import torch

from intertwine.models.jet_network import Jets
from intertwine.models.jet_tokens import rest_frame_momenta
from intertwine.nn.graph_batch import GraphBatch


def jet_graph(jets: Jets, dtype: torch.dtype) -> GraphBatch:
    """A graph a jet: its points (those that the mask leaves, in order) with an edge for every ordered pair."""
    momenta, _ = rest_frame_momenta(jets, dtype)
    mask, device = jets.mask, jets.p.device
    itself = torch.eye(mask.shape[1], dtype=torch.bool, device=device)
    jet, receiver, sender = ((mask.unsqueeze(1) & mask.unsqueeze(2)) & ~itself).nonzero(as_tuple=True)
    number = (mask.flatten().cumsum(0) - 1).view(mask.shape)  # counting through all points that are there
    return GraphBatch(
        positions=momenta[mask],
        senders=number[jet, sender],
        receivers=number[jet, receiver],
        offsets=momenta.new_zeros(1, 4).expand(len(jet), 4),
        node_graph=mask.nonzero(as_tuple=True)[0],
        count=len(mask),
    )
