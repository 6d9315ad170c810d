"""Every choice of a first-order fit, in steps and never in seconds."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt

LossName = Literal["mean_squared_error", "binary_cross_entropy"]


class FitSettings(BaseModel):
    """AdamW with warm-up and cosine decay.

    Attributes
    ----------
    steps:
        Optimiser steps; the budget.
    batch_size:
        Configurations a step; capped by the training set's size. All instances see the same batches.
    learning_rate, final_learning_rate:
        Peak, and what the cosine decays to, as a fraction of the peak.
    warmup:
        Steps of linear warm-up.
    weight_decay, betas, gradient_clip:
        AdamW's; the gradient is clipped instance by instance to this norm (None: not).
    evaluate_every:
        Steps between evaluations on the validation set.
    patience:
        Stop once no instance has improved for so many steps (None: never).
    loss:
        "mean_squared_error", or "binary_cross_entropy" for two classes: targets are then probabilities of
        class 1, outputs its logits, neither shifted nor scaled.
    target_weighting:
        Of squared errors. "standardised": each target's error in units of its standard deviation over the training
        set; "raw": as it is.
    augment:
        Shift every configuration of every batch by a random translation.
    dtype:
        Of data and parameters.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    steps: PositiveInt = 2000
    batch_size: PositiveInt = 50
    learning_rate: PositiveFloat = 5e-3
    final_learning_rate: NonNegativeFloat = 1e-2
    warmup: NonNegativeInt = 50
    weight_decay: NonNegativeFloat = 0.0
    betas: tuple[float, float] = (0.9, 0.99)
    gradient_clip: PositiveFloat | None = None
    evaluate_every: PositiveInt = 100
    patience: PositiveInt | None = None
    loss: LossName = "mean_squared_error"
    target_weighting: Literal["standardised", "raw"] = "standardised"
    augment: bool = False
    dtype: Literal["float32", "float64"] = "float32"
