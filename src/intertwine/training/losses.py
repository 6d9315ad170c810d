"""What a fit minimises: mean squared error for regression, binary cross entropy for telling two classes apart."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from intertwine.errors import DataError
from intertwine.training.fit_settings import LossName


def pointwise_loss(
    name: LossName, outputs: Float[Tensor, "instances n features"], targets: Float[Tensor, "n features"]
) -> Float[Tensor, "instances n features"]:
    """Loss of every output: (output - target)², or the cross entropy -t log p - (1 - t) log(1 - p).

    There p = 1 / (1 + e^{-z}) is the probability of class 1 by the output z, and t that of the target: the class,
    0 or 1, or a number between them.
    """
    if name == "mean_squared_error":
        return (outputs - targets).square()
    return functional.binary_cross_entropy_with_logits(outputs, targets.expand_as(outputs), reduction="none")


def mean_losses(
    name: LossName, outputs: Float[Tensor, "instances n features"], targets: Float[Tensor, "n features"]
) -> Float[Tensor, " instances"]:
    """Mean over configurations and features, in float64."""
    return pointwise_loss(name, outputs.double(), targets.double()).mean(dim=(1, 2))


def check_targets(name: LossName, targets: Float[Tensor, "n features"]) -> None:
    """Raise DataError if the loss cannot be computed for these targets."""
    if name == "binary_cross_entropy" and not bool(((targets >= 0) & (targets <= 1)).all()):
        raise DataError(
            "Targets of a cross entropy are probabilities",
            received=torch.unique(targets)[[0, -1]].tolist(),
            expected="numbers from 0 to 1",
            fix="label one class 0 and the other 1, or use loss='mean_squared_error'",
        )
