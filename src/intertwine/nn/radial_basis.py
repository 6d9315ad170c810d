"""BesselBasis and GaussianBasis: what a network sees of a distance."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor, nn

from intertwine.errors import ConfigurationError
from intertwine.nn.radial_cutoff import check_length


def _check_size(size: int) -> None:
    if size < 1:
        raise ConfigurationError("a basis without functions", received=f"size = {size}", expected="size ≥ 1")


class BesselBasis(nn.Module):
    """√(2/c) sin(ω_n r)/r with ω_n = nπ/c at first, n = 1 … size: waves in a ball of radius c, finite at r = 0.

    learnable: the frequencies are parameters (NequIP, arXiv:2101.03164, equation 8). Not cut off by itself.
    Source: DimeNet, arXiv:2003.03123, equation 7. Raises ConfigurationError.
    """

    def __init__(
        self,
        size: int,
        cutoff: float,
        *,
        learnable: bool = False,
        dtype: torch.dtype | None = None,
        device: torch.device | str | None = None,
    ) -> None:
        super().__init__()
        _check_size(size)
        check_length(cutoff)
        self.size, self.cutoff = size, float(cutoff)
        # ω c/π, so that the start is 1, 2, 3, … whatever the unit of length
        waves = torch.arange(1, size + 1, dtype=dtype or torch.get_default_dtype(), device=device)
        self.waves = nn.Parameter(waves, requires_grad=learnable)

    def forward(self, r: Float[Tensor, "*edges"]) -> Float[Tensor, "*edges basis"]:
        """Distances → [..., size]."""
        waves = self.waves.to(r.dtype)
        frequencies = waves * (math.pi / self.cutoff)
        return math.sqrt(2 / self.cutoff) * frequencies * _sine_over(r.unsqueeze(-1) * frequencies)

    def extra_repr(self) -> str:
        """Size, cut-off, and whether the frequencies are learnt."""
        return f"{self.size}, {self.cutoff:g}, learnable={self.waves.requires_grad}"


class GaussianBasis(nn.Module):
    """exp(−(x − μ_n)²/2σ_n²), with centres evenly spaced from `lower` to `upper` and σ their spacing at first.

    lower may be negative: the basis of an invariant with a sign, such as a Minkowski interval. learnable: centres
    and widths are parameters. Source: SchNet, arXiv:1706.08566, section 4.

    Raises
    ------
    ConfigurationError
        For an empty range or fewer than two functions.
    """

    def __init__(
        self,
        size: int,
        upper: float,
        lower: float = 0.0,
        *,
        learnable: bool = False,
        dtype: torch.dtype | None = None,
        device: torch.device | str | None = None,
    ) -> None:
        super().__init__()
        if size < 2 or not -math.inf < lower < upper < math.inf:
            raise ConfigurationError(
                "not a range of Gaussians", received=f"{size} on [{lower}, {upper}]", expected="≥ 2 on lower < upper"
            )
        self.size = size
        dtype = dtype or torch.get_default_dtype()
        self.centres = nn.Parameter(
            torch.linspace(lower, upper, size, dtype=dtype, device=device), requires_grad=learnable
        )
        spacing = torch.full((size,), (upper - lower) / (size - 1), dtype=dtype, device=device)
        self.log_widths = nn.Parameter(spacing.log(), requires_grad=learnable)

    def forward(self, x: Float[Tensor, "*edges"]) -> Float[Tensor, "*edges basis"]:
        """Distances (or other invariants) → [..., size]."""
        apart = (x.unsqueeze(-1) - self.centres.to(x.dtype)) * torch.exp(-self.log_widths.to(x.dtype))
        return torch.exp(-apart.square() / 2)

    def extra_repr(self) -> str:
        """Size, range, and whether it is learnt."""
        low, high = self.centres[0].item(), self.centres[-1].item()
        return f"{self.size}, {low:g} to {high:g}, learnable={self.centres.requires_grad}"


# sin(z)/z = Σ (−z²)^n/(2n+1)!, which six terms give to 1e-16 for |z| < 0.3
_SERIES = [(-1) ** n / math.factorial(2 * n + 1) for n in range(6)]


def _sine_over(z: Tensor) -> Tensor:
    """sin(z)/z with every derivative at and near z = 0 (torch.sinc's second derivative at 0 is NaN)."""
    small = z.abs() < 0.3
    near = torch.where(small, z, 0.0).square()
    series = torch.zeros_like(near)
    for coefficient in reversed(_SERIES):
        series = series * near + coefficient
    far = torch.where(small, 1.0, z)
    return torch.where(small, series, torch.sin(far) / far)
