"""How well a regression network predicts."""

from __future__ import annotations

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from intertwine.errors import DataError


@dataclass(frozen=True)
class RegressionMetrics:
    """Errors of predictions, one number a target; all in float64.

    Attributes
    ----------
    mean_squared_error, mean_absolute_error, bias:
        In the targets' units (squared, plain, mean of prediction - target).
    determination:
        R² = 1 - MSE / variance of the target; nan where the target never varies.
    """

    mean_squared_error: list[float]
    mean_absolute_error: list[float]
    bias: list[float]
    determination: list[float]

    @property
    def mean(self) -> float:
        """Mean squared error over all targets, the loss of Bulusu et al. (2103.14686)."""
        return sum(self.mean_squared_error) / len(self.mean_squared_error)


def regression_metrics(
    predictions: Float[Tensor, "n features"], targets: Float[Tensor, "n features"]
) -> RegressionMetrics:
    """Metrics over n configurations; raises DataError if there are none."""
    if len(targets) == 0:
        raise DataError("No predictions to judge", received=0, expected="at least one configuration")
    difference = predictions.double() - targets.double()
    squared = difference.square().mean(0)
    variance = targets.double().var(0, correction=0)
    return RegressionMetrics(
        squared.tolist(),
        difference.abs().mean(0).tolist(),
        difference.mean(0).tolist(),
        (1 - squared / variance.where(variance > 0, variance.new_tensor(float("nan")))).tolist(),
    )
