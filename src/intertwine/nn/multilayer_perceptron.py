"""`multilayer_perceptron`: linear layers with SiLU between them, that know no symmetry."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import nn


def multilayer_perceptron(
    widths: Sequence[int], *, dtype: torch.dtype | None = None, device: torch.device | str | None = None
) -> nn.Sequential:
    """[…, widths[0]] → […, widths[-1]]; nothing follows the last layer."""
    layers: list[nn.Module] = []
    for before, after in pairwise(widths):
        layers += [nn.Linear(before, after, dtype=dtype, device=device), nn.SiLU()]
    return nn.Sequential(*layers[:-1])
