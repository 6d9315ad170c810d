"""Architectures of the image and volume networks as plain, serialisable data."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, PositiveInt

from intertwine.errors import ConfigurationError


class Stage(BaseModel):
    """One convolution with batch norm and non-linearity, before a blur and every second point where `pool`.

    `restrict` names the subgroup whose fields this stage and the later ones hold ("restriction with depth").
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    channels: PositiveInt
    kernel: PositiveInt = 5
    pool: bool = False
    padding: Literal["same"] | int = "same"
    restrict: str | None = None


class ImageNetworkConfig(BaseModel):
    """Parameters of `SteerableCNN` and `ImageCNN`.

    Attributes
    ----------
    group:
        The name of a group of rotations and reflections; "C1" (or an ImageCNN) for none.
    fields:
        "regular" (signals on a finite group), or the irreps of one channel ("0 + 1 + 2").
    kernels:
        "steerable" (band-limited harmonics) or "stencil" (every point free; groups that keep the grid only).
    max_degree:
        Lowers the highest harmonic of the kernels.
    stages:
        The convolutions, in order.
    head:
        Widths of the hidden layers behind the pooling over the group and all points.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    group: str
    fields: str = "regular"
    kernels: Literal["steerable", "stencil"] = "steerable"
    max_degree: int | None = None
    dimension: Literal[2, 3] = 2
    in_channels: PositiveInt = 1
    n_classes: PositiveInt = 10
    stages: tuple[Stage, ...]
    head: tuple[PositiveInt, ...] = (64,)
    dropout: float = 0.0
    activation: str = "elu"

    def model_post_init(self, context: object) -> None:
        """Raises ConfigurationError for a network without stages, or a dropout outside [0, 1)."""
        if not self.stages or not 0 <= self.dropout < 1:
            raise ConfigurationError(
                "not a network", received=f"{len(self.stages)} stages, dropout {self.dropout}", expected="≥ 1, [0, 1)"
            )
