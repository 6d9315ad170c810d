"""From invariant fields to class scores: global pooling and a small network on its result."""

from __future__ import annotations

from jaxtyping import Float
from torch import Tensor, nn

from intertwine.models.image_network_config import ImageNetworkConfig


class ImageHead(nn.Module):
    """The maximum over all points, then linear layers: [batch, channels, *sites] → [batch, classes]."""

    def __init__(self, channels: int, config: ImageNetworkConfig) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for width in config.head:
            layers += [nn.Linear(channels, width, bias=False), nn.BatchNorm1d(width), nn.ELU()]
            channels = width
        if config.dropout:
            layers.append(nn.Dropout(config.dropout))
        self.layers = nn.Sequential(*layers, nn.Linear(channels, config.n_classes))

    def forward(self, field: Float[Tensor, "batch channels *sites"]) -> Float[Tensor, "batch classes"]:
        scores: Tensor = self.layers(field.flatten(2).amax(2))
        return scores
