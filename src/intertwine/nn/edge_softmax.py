"""edge_softmax: a softmax over the edges that end at each node."""

from __future__ import annotations

import torch
from jaxtyping import Float, Int
from torch import Tensor


def edge_softmax(
    scores: Float[Tensor, "edges heads"], receivers: Int[Tensor, " edges"], nodes: int
) -> Float[Tensor, "edges heads"]:
    """exp(s_e) / Σ_{e' with the same receiver} exp(s_e'), for each head; safe for scores of any size.

    Differentiable to any order; the subtracted maximum is a constant.
    """
    index = receivers.unsqueeze(1).expand_as(scores)
    with torch.no_grad():
        largest = scores.new_full((nodes, scores.shape[1]), -torch.inf)
        largest = largest.scatter_reduce(0, index, scores, "amax")
    grown = torch.exp(scores - largest.index_select(0, receivers))
    total = scores.new_zeros(nodes, scores.shape[1]).index_add(0, receivers, grown)
    return grown / total.index_select(0, receivers)
