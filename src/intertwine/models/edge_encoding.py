"""What a radial network sees of an edge: an encoding of its length or invariants, and invariants given beside it."""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor

from intertwine.errors import ConfigurationError
from intertwine.nn.length_encoding import LengthEncoding
from intertwine.nn.scale_encoding import ScaleEncoding
from intertwine.representations import Rep


class _Edges(Protocol):
    """What both architectures of edges' features have in common."""

    @property
    def cutoff(self) -> float | None: ...
    @property
    def basis(self) -> int: ...
    @property
    def smallest(self) -> float: ...
    @property
    def largest(self) -> float: ...


def edge_encoding(
    vector: Rep, config: _Edges, *, dtype: torch.dtype | None = None, device: torch.device | str | None = None
) -> LengthEncoding | ScaleEncoding:
    """What a radial network sees of an edge: a basis of its length below a cut-off, or its invariants at all scales."""
    if config.cutoff is None:
        return ScaleEncoding(
            vector, smallest=config.smallest, largest=config.largest, scales=config.basis, dtype=dtype, device=device
        )
    return LengthEncoding(vector, config.cutoff, config.basis, learnable=True, dtype=dtype, device=device)


def with_invariants(seen: Tensor, given: Tensor | None, expected: int) -> Tensor:
    """The encoding [edges, features] followed by the invariants given, [edges, expected] or None where 0 are expected.

    Raises ConfigurationError for another number of them.
    """
    received = 0 if given is None else given.shape[-1]
    if received != expected:
        raise ConfigurationError("invariants of the edges", received=f"{received} of them", expected=expected)
    return seen if given is None else torch.cat([seen, given], dim=-1)
