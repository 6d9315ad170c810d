"""AntialiasedPooling: a field at every second point, after a blur that keeps what the coarser grid can carry."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from intertwine.errors import ConfigurationError
from intertwine.nn.constant import Constant
from intertwine.nn.field_module import FieldModule
from intertwine.nn.native_pooling import BlurredAxis, native_runs, pooled
from intertwine.representations import Rep


class AntialiasedPooling(FieldModule):
    """Gaussian blur of standard deviation σ (in points), then every `factor`-th point: [..., N] → [..., ⌈N / factor⌉].

    Along axes of odd extent the points that stay are 0, 2, 4, …, of even extent the midpoints 0.5, 2.5, …: both sets
    are symmetric about the centre, so that rotations and reflections of the grid commute exactly. Outside of the grid
    fields are 0. σ = 0.66 for a factor of 2 as in Weiler and Cesa (1911.08251).

    Raises ConfigurationError where an extent does not allow a symmetric choice: N − 1 (N odd) or N (N even) must be a
    multiple of the factor, which is even or N odd.
    """

    def __init__(
        self,
        rep: Rep,
        factor: int = 2,
        *,
        sigma: float | None = None,
        dtype: torch.dtype | None = None,
        device: torch.device | str | None = None,
    ) -> None:
        super().__init__(rep, rep)
        if factor < 2:
            raise ConfigurationError("pooling makes a grid coarser", received=factor, expected="2, 3, …")
        self.factor, self.sigma = factor, 0.33 * factor if sigma is None else sigma
        reach = max(1, round(3 * self.sigma))
        odd, even = np.arange(-reach, reach + 1.0), np.arange(-reach, reach) + 0.5
        weights = [_normal(points / self.sigma) for points in (even, odd)]
        self.weights = nn.ModuleList([Constant(one, dtype=dtype, device=device) for one in weights])
        self._exact = [one.astype(np.float32) for one in weights]

    def forward(self, field: Float[Tensor, "batch channels *sites"]) -> Float[Tensor, "batch channels *coarse"]:
        self.check_field(field)
        if native_runs(field):
            return pooled(field, *self.axes(field.shape[2:]))
        # a matrix product along each axis: [coarse, N] matrices are small, and products are what processors do best
        for axis in range(2, field.ndim):
            matrix = self._matrix(field.shape[axis]).to(field.dtype)
            if axis == field.ndim - 1:
                field = field @ matrix.T
            else:
                field = (matrix @ field.flatten(axis + 1)).unflatten(-1, field.shape[axis + 1 :])
        return field

    def axes(self, sites: Sequence[int]) -> tuple[int, BlurredAxis, BlurredAxis]:
        """The factor, and what happens along the rows and columns of an image, as the kernels want them."""
        rows, columns = (self._axis(n) for n in sites)
        return self.factor, rows, columns

    def _axis(self, n: int) -> BlurredAxis:
        f, odd = self.factor, n % 2
        if (n - 1) % f if odd else (n % f or f % 2):
            raise ConfigurationError(
                "this extent has no coarser grid about the same centre",
                received=f"{n} points and factor {f}",
                expected="a multiple of the factor plus 1 (odd) or a multiple of it (even)",
            )
        weights = self._exact[odd]
        first = 0 if odd else f // 2 - 1  # the point kept, or the one before the midpoint kept
        return BlurredAxis(n, (n - 1) // f + 1 if odd else n // f, first - len(weights) // 2 + 1 - odd, weights)

    def _matrix(self, n: int) -> Tensor:
        """[coarse, n]: what each point that stays is a mean of."""
        axis = self._axis(n)
        weight: Tensor = self.weights[n % 2]()
        at = torch.arange(n, device=weight.device)
        at = at - self.factor * torch.arange(axis.coarse, device=weight.device)[:, None] - axis.offset
        return torch.where((at >= 0) & (at < len(weight)), weight[at.clamp(0, len(weight) - 1)], 0.0)

    def extra_repr(self) -> str:
        """The representation, factor and σ."""
        return f"{super().extra_repr()}, factor={self.factor}, sigma={self.sigma:g}"


def _normal(x: np.ndarray) -> np.ndarray:
    weight = np.exp(-0.5 * x**2)
    return np.asarray(weight / weight.sum())
