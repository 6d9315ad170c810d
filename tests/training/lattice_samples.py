"""Small labelled configurations for the training tests: integer fields and a local, translation-invariant target."""

from __future__ import annotations

import torch

from intertwine.training.lattice_data import LatticeData


def samples(n: int, seed: int, sites: tuple[int, ...] = (6, 4)) -> LatticeData:
    """Two channels; targets are the mean of the first and the mean of exp(-|a| - |b shifted|)."""
    generator = torch.Generator().manual_seed(seed)
    fields = torch.randint(-1, 3, (n, 2, *sites), generator=generator).double()
    local = torch.exp(-fields[:, 0].abs() - torch.roll(fields[:, 1], 1, 1).abs())
    return LatticeData(fields, torch.stack([fields[:, 0].flatten(1).mean(1), local.flatten(1).mean(1)], 1))
