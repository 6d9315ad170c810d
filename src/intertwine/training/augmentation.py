"""Translation data augmentation: every configuration shifted by its own random lattice vector."""

from __future__ import annotations

from math import prod

import torch
from jaxtyping import Float, Int
from torch import Tensor

from intertwine.errors import ConfigurationError


def random_translations(
    n: int, sites: tuple[int, ...], generator: torch.Generator, device: torch.device | str | None = None
) -> Int[Tensor, "n d"]:
    """n lattice vectors, uniform over the periodic lattice."""
    columns = [torch.randint(extent, (n,), generator=generator) for extent in sites]
    return torch.stack(columns, dim=1).to(device)


def translate(
    fields: Float[Tensor, "n channels *sites"], shifts: Int[Tensor, "n d"]
) -> Float[Tensor, "n channels *sites"]:
    """Configuration i moved by shifts[i]: out[i, c, x] = fields[i, c, x - shifts[i]], periodic (torch.roll's sign).

    Raises
    ------
    ConfigurationError
        If there is not one shift a configuration with one entry a direction.
    """
    n, channels, *sites = fields.shape
    if tuple(shifts.shape) != (n, len(sites)):
        raise ConfigurationError("Shifts do not fit the fields", received=tuple(shifts.shape), expected=(n, len(sites)))
    source = torch.zeros(n, *([1] * len(sites)), dtype=torch.int64, device=fields.device)
    for axis, extent in enumerate(sites):
        moved = (torch.arange(extent, device=fields.device)[None, :] - shifts[:, axis, None]) % extent
        source = source * extent + moved.reshape(n, *(extent if a == axis else 1 for a in range(len(sites))))
    # one copy of a whole site (all channels) per index: channels fastest
    volume = prod(sites)
    rows = fields.movedim(1, -1).reshape(n * volume, channels)
    source = source.reshape(n, volume) + volume * torch.arange(n, device=fields.device)[:, None]
    return rows.index_select(0, source.reshape(-1)).reshape(n, *sites, channels).movedim(-1, 1)
