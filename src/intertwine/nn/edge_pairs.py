"""The two directions of each edge of a graph."""

from __future__ import annotations

import torch
from jaxtyping import Float, Int
from torch import Tensor

from intertwine.errors import DataError


def opposite_pairs(
    senders: Int[Tensor, " edges"], receivers: Int[Tensor, " edges"], offsets: Float[Tensor, "edges dim"]
) -> Int[Tensor, " edges"]:
    """An order of the edges in which numbers 2k and 2k + 1 are opposite: ends exchanged, offset negated.

    Raises
    ------
    DataError
        Where an edge has no opposite, or comes more than once.
    """
    if not len(senders):
        return senders
    low, high = torch.minimum(senders, receivers), torch.maximum(senders, receivers)
    # Turned so that opposite edges have equal keys: by their ends or, for a point and its own image, by the offset.
    loop = (senders == receivers).unsqueeze(1)
    first = offsets.gather(1, (offsets != 0).to(torch.int8).argmax(1, keepdim=True))
    turned = torch.where(loop, first < 0, (senders > receivers).unsqueeze(1))
    scale = offsets.abs().max().clamp(min=1e-30)
    steps = ((offsets / scale) * 1e5).round().to(torch.int64)
    key = torch.cat([low.unsqueeze(1), high.unsqueeze(1), torch.where(turned, -steps, steps)], dim=1)
    _, place, counts = torch.unique(key, dim=0, return_inverse=True, return_counts=True)
    order = torch.argsort(2 * place + turned.squeeze(1).to(torch.int64), stable=True)
    one, two = order[::2], order[1::2]
    fits = bool((counts == 2).all()) and bool((turned[one] != turned[two]).all())
    if not fits:
        raise DataError(
            "edges without an opposite",
            received=f"{int((counts != 2).sum())} of {len(counts)} pairs of ends have another number than two",
            expected="both directions of every edge, each once",
            fix="a radius graph has both; nearest neighbours do not",
        )
    return order
