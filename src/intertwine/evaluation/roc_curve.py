"""Receiver operating characteristics of classifiers: weights, ties and empty classes included."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int
from numpy.typing import NDArray

from intertwine.errors import DataError


@dataclass(frozen=True)
class ROC:
    """The curve of (ε_B, ε_S) as the threshold falls: "score ≥ threshold" means signal.

    Attributes
    ----------
    background_efficiency, signal_efficiency:
        ε_B and ε_S [points], from (0, 0) to (1, 1); nan for a class without weight.
    thresholds:
        [points]; the first is inf. Equal scores are one point, so that a tie is a straight piece of the curve.
    background_events:
        Number of background jets at or above each threshold; what the statistical error of ε_B rests on.
    """

    background_efficiency: Float[np.ndarray, " points"]
    signal_efficiency: Float[np.ndarray, " points"]
    thresholds: Float[np.ndarray, " points"]
    background_events: Int[np.ndarray, " points"]

    @property
    def auc(self) -> float:
        """Area under ε_S(ε_B): the probability that signal scores above background, ties counting half.

        nan if a class is empty.
        """
        return float(np.trapezoid(self.signal_efficiency, self.background_efficiency))

    def background_at(self, signal_efficiency: float) -> float:
        """ε_B at this ε_S, linear between the points; nan if a class is empty."""
        if not 0 < signal_efficiency <= 1:
            raise DataError("no signal efficiency", received=signal_efficiency, expected="a number in (0, 1]")
        if np.isnan(self.signal_efficiency[-1]) or np.isnan(self.background_efficiency[-1]):
            return float("nan")
        # the leftmost point that reaches ε_S; steps of ε_S at ε_B = const do no harm
        last = int(np.searchsorted(self.signal_efficiency, signal_efficiency, side="left"))
        low, high = self.signal_efficiency[last - 1], self.signal_efficiency[last]
        fraction = (signal_efficiency - low) / (high - low)
        before, after = self.background_efficiency[last - 1], self.background_efficiency[last]
        return float(before + fraction * (after - before))

    def rejection(self, signal_efficiency: float) -> float:
        """1/ε_B at this ε_S: inf where no background passes, nan if a class is empty."""
        background = self.background_at(signal_efficiency)
        return float("inf") if background == 0 else 1 / background


def roc(
    scores: Float[np.ndarray, " n"],
    signal: Bool[np.ndarray, " labels"],
    weights: Float[np.ndarray, " weights"] | None = None,
) -> ROC:
    """The curve of scores, larger for signal. Agrees with scikit-learn's roc_curve(drop_intermediate=False).

    Raises DataError for scores that are not finite, weights that are negative or not finite, or nothing at all.
    """
    weights = np.ones(len(scores)) if weights is None else weights
    if len(scores) == 0 or len(scores) != len(signal) or len(scores) != len(weights):
        lengths = f"{len(scores)} scores, {len(signal)} labels, {len(weights)} weights"
        raise DataError("a curve needs one label and weight a score", received=lengths, expected="equal and at least 1")
    if not np.isfinite(scores).all() or not np.isfinite(weights).all() or (weights < 0).any():
        received = f"{int((~np.isfinite(scores)).sum())} scores not finite, smallest weight {weights.min()}"
        raise DataError("scores must be finite and weights at least 0", received=received)
    order = np.argsort(-scores, kind="stable")
    scores, signal, weights = scores[order].astype(np.float64), signal[order], weights[order].astype(np.float64)
    last_of_tie = np.append(np.flatnonzero(np.diff(scores)), len(scores) - 1)

    def efficiency(chosen: NDArray[np.bool_]) -> NDArray[np.float64]:
        passed = np.concatenate([[0.0], np.cumsum(np.where(chosen, weights, 0.0))[last_of_tie]])
        return passed / passed[-1] if passed[-1] > 0 else np.full(len(passed), np.nan)

    events = np.concatenate([[0], np.cumsum(~signal)[last_of_tie]]).astype(np.int64)
    return ROC(efficiency(~signal), efficiency(signal), np.append(np.inf, scores[last_of_tie]), events)


def accuracy(
    scores: Float[np.ndarray, " n"],
    signal: Bool[np.ndarray, " n"],
    weights: Float[np.ndarray, " n"] | None = None,
    threshold: float = 0.0,
) -> float:
    """Weighted fraction on the right side; "score ≥ threshold" means signal, so 0 for logits, 1/2 for probabilities.

    nan without any weight.
    """
    weights = np.ones(len(scores)) if weights is None else weights
    total = weights.sum()
    return float(weights[(scores >= threshold) == signal].sum() / total) if total > 0 else float("nan")
