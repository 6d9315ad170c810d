"""Batch normalisation of the entries that a mask leaves: padding has no say in means and variances."""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn


class MaskedBatchNorm(nn.Module):
    """Batch normalisation over the kept rows of [..., channels]; what is masked comes out 0.

    In training the mean and variance of the rows that are there count (all of them with weight 1), and running averages
    are kept; in evaluation the running ones. A batch in which nothing is there changes nothing.
    """

    running_mean: Tensor
    running_variance: Tensor

    def __init__(
        self,
        channels: int,
        *,
        epsilon: float = 1e-5,
        momentum: float = 0.1,
    ) -> None:
        super().__init__()
        self.epsilon, self.momentum = epsilon, momentum
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_variance", torch.ones(channels))

    def forward(
        self, x: Float[Tensor, "*batch channels"], mask: Bool[Tensor, "*batch"]
    ) -> Float[Tensor, "*batch channels"]:
        kept = mask.unsqueeze(-1)
        mean, variance = self.running_mean, self.running_variance
        if self.training:
            count = mask.sum().clamp(min=1)
            axes = tuple(range(x.ndim - 1))
            mean = x.masked_fill(~kept, 0.0).sum(axes) / count
            variance = (x - mean).masked_fill(~kept, 0.0).square().sum(axes) / count
            if bool(mask.any()):
                with torch.no_grad():
                    unbiased = variance * count / (count - 1).clamp(min=1)
                    self.running_mean.lerp_(mean.to(self.running_mean), self.momentum)
                    self.running_variance.lerp_(unbiased.to(self.running_variance), self.momentum)
        scale = self.weight * (variance + self.epsilon).rsqrt()
        return torch.addcmul(self.bias - mean * scale, x, scale).masked_fill(~kept, 0.0)
