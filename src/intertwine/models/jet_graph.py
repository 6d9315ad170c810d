"""Jets as graphs: all pairs of different particles of a jet, momenta in the jet's rest frame."""

from __future__ import annotations

import torch

from intertwine.models.jet_network import Jets
from intertwine.models.jet_tokens import rest_frame_momenta
from intertwine.nn.complete_graphs import paired_complete_graph
from intertwine.nn.graph_batch import GraphBatch


def jet_graph(jets: Jets, dtype: torch.dtype) -> GraphBatch:
    """A graph a jet: its points (those that the mask leaves, in order), and of each pair both directions together."""
    momenta, _ = rest_frame_momenta(jets, dtype)
    return paired_complete_graph(momenta, jets.mask)
