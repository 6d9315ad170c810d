"""PolynomialCutoff and CosineCutoff: factors that fall smoothly from 1 to 0 at the cut-off."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor, nn

from intertwine.errors import ConfigurationError


def check_length(cutoff: float) -> None:
    """Raise ConfigurationError unless the cut-off is a finite positive number."""
    if not 0 < cutoff < math.inf:
        raise ConfigurationError("not a cut-off", received=repr(cutoff), expected="a finite length > 0")


class PolynomialCutoff(nn.Module):
    """1 − (p+1)(p+2)/2 x^p + p(p+2) x^(p+1) − p(p+1)/2 x^(p+2) for x = r/cutoff < 1, then 0.

    Value, slope and curvature vanish at the cut-off, so that forces are continuous and have a continuous derivative.
    Source: DimeNet, arXiv:2003.03123, equation 8.

    Raises
    ------
    ConfigurationError
        For a cut-off that is not positive, or p < 2.
    """

    def __init__(self, cutoff: float, p: int = 6) -> None:
        super().__init__()
        check_length(cutoff)
        if p < 2:
            raise ConfigurationError("the polynomial cut-off is too steep at 0", received=f"p = {p}", expected="p ≥ 2")
        self.cutoff, self.p = float(cutoff), int(p)

    def forward(self, r: Float[Tensor, "*edges"]) -> Float[Tensor, "*edges"]:
        """Distances, in the unit of the cut-off → factors."""
        x, p = r / self.cutoff, self.p
        value = 1 - x**p * ((p + 1) * (p + 2) / 2 - x * (p * (p + 2) - x * (p * (p + 1) / 2)))
        return torch.where(x < 1, value, torch.zeros_like(value))

    def extra_repr(self) -> str:
        """The cut-off and the power."""
        return f"{self.cutoff:g}, p={self.p}"


class CosineCutoff(nn.Module):
    """(1 + cos(π r/cutoff))/2 for r < cutoff, then 0: value and slope vanish at the cut-off.

    Source: Behler and Parrinello, Phys. Rev. Lett. 98, 146401, equation 3. Raises ConfigurationError.
    """

    def __init__(self, cutoff: float) -> None:
        super().__init__()
        check_length(cutoff)
        self.cutoff = float(cutoff)

    def forward(self, r: Float[Tensor, "*edges"]) -> Float[Tensor, "*edges"]:
        """Distances, in the unit of the cut-off → factors."""
        x = r / self.cutoff
        value = (1 + torch.cos(math.pi * x)) / 2
        return torch.where(x < 1, value, torch.zeros_like(value))

    def extra_repr(self) -> str:
        """The cut-off."""
        return f"{self.cutoff:g}"
