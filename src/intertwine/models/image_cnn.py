"""ImageCNN: the plain convolutional network that steerable ones are measured against."""

from __future__ import annotations

from jaxtyping import Float
from torch import Tensor, nn

from intertwine.models.image_head import ImageHead
from intertwine.models.image_network_config import ImageNetworkConfig
from intertwine.nn.scalar_functions import scalar_function


class _Function(nn.Module):
    def __init__(self, name: str) -> None:
        super().__init__()
        self.name, self.function = name, scalar_function(name)

    def forward(self, x: Tensor) -> Tensor:
        return self.function(x)

    def extra_repr(self) -> str:
        return self.name


class ImageCNN(nn.Module):
    """Convolution, batch norm, activation and mean pooling by stages, then the head that steerable networks have.

    [batch, in_channels, *sites] → [batch, n_classes]. `group`, `fields`, `kernels` and `max_degree` of the
    configuration do not matter here.
    """

    def __init__(self, config: ImageNetworkConfig) -> None:
        super().__init__()
        self.config = config
        three = config.dimension == 3
        convolution, norm = (nn.Conv3d, nn.BatchNorm3d) if three else (nn.Conv2d, nn.BatchNorm2d)
        pooling = nn.AvgPool3d if three else nn.AvgPool2d
        layers: list[nn.Module] = []
        channels = config.in_channels
        for stage in config.stages:
            padding = stage.kernel // 2 if stage.padding == "same" else stage.padding
            layers += [
                convolution(channels, stage.channels, stage.kernel, padding=padding, bias=False),
                norm(stage.channels),
                _Function(config.activation),
            ]
            if stage.pool:
                layers.append(pooling(2))
            channels = stage.channels
        self.body, self.head = nn.Sequential(*layers), ImageHead(channels, config)

    @property
    def n_parameters(self) -> int:
        """Number of trainable parameters."""
        return sum(parameter.numel() for parameter in self.parameters())

    def forward(self, images: Float[Tensor, "batch channels *sites"]) -> Float[Tensor, "batch classes"]:
        scores: Tensor = self.head(self.body(images))
        return scores
