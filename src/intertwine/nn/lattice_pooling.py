"""Spatial pooling on periodic lattices: average or maximum over a window, every stride-th site."""

from __future__ import annotations

from math import prod
from typing import Literal

from jaxtyping import Float
from torch import Tensor, nn

from intertwine.errors import ConfigurationError
from intertwine.nn.lattice_gather import gather_windows
from intertwine.nn.lattice_sites import output_sites, per_direction


class LatticePooling(nn.Module):
    """Average or maximum over a periodic window.

    Output site y pools the sites s y … s y + k - 1 (mod N) in each direction. At stride 1 the layer commutes with
    every translation, at stride s with the multiples of s if s divides N.

    Parameters
    ----------
    window, stride:
        One positive integer, or one a direction; `stride` defaults to `window`.
    kind:
        ``"average"`` or ``"max"``.
    """

    def __init__(
        self,
        window: int | tuple[int, ...],
        *,
        dimension: int = 2,
        stride: int | tuple[int, ...] | None = None,
        kind: Literal["average", "max"] = "average",
    ) -> None:
        super().__init__()
        if kind not in ("average", "max"):
            raise ConfigurationError("Unknown kind of pooling", received=repr(kind), expected="'average' or 'max'")
        self.dimension, self.kind = dimension, kind
        self.window = per_direction(window, dimension, "window")
        self.stride = self.window if stride is None else per_direction(stride, dimension, "stride")

    def forward(self, field: Float[Tensor, "batch channels *sites"]) -> Float[Tensor, "batch channels *out_sites"]:
        if field.ndim != self.dimension + 2:
            raise ConfigurationError(
                "The field does not fit this pooling",
                received=f"shape {tuple(field.shape)}",
                expected=f"[batch, channels, {self.dimension} lattice extents]",
            )
        sites = tuple(field.shape[2:])
        rows = field.movedim(1, -1).reshape(field.shape[0], prod(sites), field.shape[1])
        windows = gather_windows(rows, sites, self.window, self.stride, (1,) * self.dimension, centred=False)
        pooled = windows.mean(2) if self.kind == "average" else windows.amax(2)
        return pooled.reshape(field.shape[0], *output_sites(sites, self.stride), field.shape[1]).movedim(-1, 1)

    def extra_repr(self) -> str:
        return f"window={self.window}, stride={self.stride}, kind={self.kind!r}"
