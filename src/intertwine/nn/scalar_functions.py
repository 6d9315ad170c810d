"""Scalar non-linearities by name, scaled so that a standard normal number keeps its second moment."""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt

import numpy as np
import torch
from torch import Tensor, nn

from intertwine.errors import ConfigurationError
from intertwine.suggestions import choose

ScalarFunction = Callable[[Tensor], Tensor]
_FUNCTIONS: dict[str, ScalarFunction] = {
    "silu": torch.nn.functional.silu,
    "gelu": torch.nn.functional.gelu,
    "relu": torch.relu,
    "elu": torch.nn.functional.elu,
    "softplus": torch.nn.functional.softplus,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "abs": torch.abs,
}


def scalar_function(function: str | ScalarFunction) -> ScalarFunction:
    """The function of a name; callables pass. Raises ConfigurationError with the nearest names."""
    if callable(function):
        return function
    return _FUNCTIONS[choose("activation", function, _FUNCTIONS)]


def second_moment(function: ScalarFunction) -> float:
    """E f(z)² for a standard normal z, by Gauss–Hermite quadrature."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(160)
    with torch.no_grad():
        values = function(torch.from_numpy(nodes)).double().numpy()
    return float((weights * values**2).sum() / weights.sum())


class Scaled(nn.Module):
    """c f(x) with c = 1/√E f(z)²: second moment 1 goes to second moment 1.

    Raises ConfigurationError for a function that is 0 almost everywhere or not finite.
    """

    def __init__(self, function: str | ScalarFunction) -> None:
        super().__init__()
        self.function = scalar_function(function)
        self.name = function if isinstance(function, str) else getattr(function, "__name__", repr(function))
        moment = second_moment(self.function)
        if not (np.isfinite(moment) and moment > 1e-12):
            raise ConfigurationError("an activation without a second moment", received=f"{self.name}: {moment}")
        self.factor = 1 / sqrt(moment)

    def forward(self, x: Tensor) -> Tensor:
        return self.factor * self.function(x)

    def extra_repr(self) -> str:
        """The function and its factor."""
        return f"{self.factor:.4g} × {self.name}"
