"""Edges of equal length: the shells of neighbours in a crystal, for which a function of the length is made once."""

from __future__ import annotations

import torch
from jaxtyping import Float, Int
from torch import Tensor

from intertwine.errors import ConfigurationError


def length_shells(
    vectors: Float[Tensor, "edges dim"], tolerance: float
) -> tuple[Int[Tensor, " shells"], Int[Tensor, " edges"]]:
    """An edge of each shell, and the shell of each edge.

    Lengths in one shell differ by less than `tolerance` times the longest. Raises ConfigurationError unless
    0 < tolerance < 1.
    """
    if not 0 < tolerance < 1:
        raise ConfigurationError("not a tolerance of lengths", received=tolerance, expected="0 < tolerance < 1")
    lengths = torch.linalg.vector_norm(vectors, dim=-1)
    if not len(lengths):
        empty = torch.zeros(0, dtype=torch.int64, device=vectors.device)
        return empty, empty
    steps = (lengths / (tolerance * lengths.max().clamp(min=1e-30))).round()
    found, members = torch.unique(steps, return_inverse=True)
    edges = torch.arange(len(lengths), device=vectors.device)
    one = torch.zeros(len(found), dtype=torch.int64, device=vectors.device).index_copy(0, members, edges)
    return one, members
