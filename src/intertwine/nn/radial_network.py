"""RadialNetwork: a small network from a radial basis to the weights of one edge."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn

from intertwine.errors import ConfigurationError


class RadialNetwork(nn.Module):
    """[..., sizes[0]] → [..., sizes[-1]]: linear maps without biases, SiLU between, second moments kept near 1.

    Without biases a vanishing input gives vanishing weights: a basis times a cut-off is cut off as smoothly.
    Weights are standard normal over √fan-in; SiLU is scaled to second moment 1 for standard normal input.

    Raises
    ------
    ConfigurationError
        For fewer than two sizes, or a size below 1.
    """

    def __init__(
        self,
        sizes: Sequence[int],
        *,
        dtype: torch.dtype | None = None,
        device: torch.device | str | None = None,
    ) -> None:
        super().__init__()
        if len(sizes) < 2 or min(sizes) < 1:
            raise ConfigurationError("not a network", received=list(sizes), expected="two sizes or more, each ≥ 1")
        self.sizes = tuple(sizes)
        self.weights = nn.ParameterList(
            nn.Parameter(torch.randn(a, b, dtype=dtype, device=device))
            for a, b in zip(self.sizes[:-1], self.sizes[1:], strict=True)
        )

    # ⟨silu(z)²⟩^(-1/2) for standard normal z
    _SCALE = 1.6765324703310907

    def forward(self, x: Float[Tensor, "*edges basis"]) -> Float[Tensor, "*edges weights"]:
        """Basis functions → weights."""
        for index, weight in enumerate(self.weights):
            if index:
                x = nn.functional.silu(x) * self._SCALE
            x = x @ (weight / math.sqrt(weight.shape[0]))
        return x

    def extra_repr(self) -> str:
        """The sizes."""
        return " → ".join(map(str, self.sizes))
