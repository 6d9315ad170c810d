"""HNet: Harmonic Networks on images (Worrall, Garbin, Turmukhambetov and Brostow, CVPR 2017, 1612.04642)."""

from __future__ import annotations

import torch
from jaxtyping import Float
from pydantic import BaseModel, ConfigDict, PositiveInt
from torch import Tensor, nn

from intertwine.nn.circular_harmonics import CircularHarmonicConvolution
from intertwine.nn.full_precision import widened


class HNetConfig(BaseModel):
    """Widths of the three blocks of two layers each, and the rotation orders 0 … orders − 1 of every layer.

    The defaults are the network of the paper's rotated MNIST: 8, 16 and 35 channels, orders 0 and 1, 5 × 5 kernels.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    channels: tuple[PositiveInt, PositiveInt, PositiveInt] = (8, 16, 35)
    orders: PositiveInt = 2
    kernel: PositiveInt = 5
    in_channels: PositiveInt = 1
    n_classes: PositiveInt = 10


class MagnitudeNorm(nn.Module):
    """z ↦ relu(batch norm(|z|)) z / |z| for complex channels [batch, orders · 2 · channels, *sites]."""

    def __init__(self, channels: int, orders: int) -> None:
        super().__init__()
        self.orders = orders
        self.norm = nn.BatchNorm1d(channels * orders)

    def forward(self, field: Float[Tensor, "batch channels *sites"]) -> Float[Tensor, "batch channels *sites"]:
        z = widened(field).unflatten(1, (self.orders, 2, -1))
        size = (z.square().sum(2) + 1e-12).sqrt()  # [batch, orders, channels, *sites]
        flat = size.flatten(1, 2).flatten(2)
        factor = torch.relu(self.norm(flat)).view(size.shape) / size
        scaled: Tensor = z * factor.unsqueeze(2)
        return scaled.flatten(1, 3)


class HNet(nn.Module):
    """[batch, in_channels, rows, columns] → [batch, n_classes], invariant under rotations.

    Six convolutions with circular harmonics, mean pooling after the second and the fourth, one more to the classes, and
    the mean over all points of the magnitudes there.
    """

    def __init__(self, config: HNetConfig) -> None:
        super().__init__()
        self.config = config
        layers: list[nn.Module] = []
        channels, lifting = config.in_channels, True
        for block, width in enumerate(config.channels):
            for _ in range(2):
                layers.append(
                    CircularHarmonicConvolution(
                        channels, width, config.kernel, orders_in=config.orders, orders=config.orders, lifting=lifting
                    )
                )
                layers.append(MagnitudeNorm(width, config.orders))
                channels, lifting = width, False
            if block < 2:
                layers.append(nn.AvgPool2d(2, ceil_mode=True, count_include_pad=False))
        layers.append(
            CircularHarmonicConvolution(
                channels, config.n_classes, config.kernel, orders_in=config.orders, orders=config.orders
            )
        )
        self.body = nn.Sequential(*layers)
        self.bias = nn.Parameter(torch.zeros(config.n_classes))

    @property
    def n_parameters(self) -> int:
        """Number of trainable parameters."""
        return sum(parameter.numel() for parameter in self.parameters())

    def forward(self, images: Float[Tensor, "batch channels rows columns"]) -> Float[Tensor, "batch classes"]:
        z = widened(self.body(images)).unflatten(1, (self.config.orders, 2, -1))
        sizes = (z.square().sum(2) + 1e-12).sqrt().sum(1)
        scores: Tensor = sizes.flatten(2).mean(2) + self.bias
        return scores
