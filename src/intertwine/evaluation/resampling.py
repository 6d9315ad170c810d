"""Statistical errors of metrics by resampling the test sample (Efron 1979), also of differences between classifiers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from intertwine.errors import DataError

Metric = Callable[..., float]
"""metric(scores, signal, weights) → number."""


@dataclass(frozen=True)
class Bootstrap:
    """A number with its distribution over resampled test samples.

    Attributes
    ----------
    value:
        On the sample itself.
    error:
        Standard deviation over the resamples.
    low, high:
        Percentiles that enclose `level` of the resamples.
    level:
        As 0.95.
    """

    value: float
    error: float
    low: float
    high: float
    level: float

    @property
    def positive(self) -> bool:
        """Whether the whole interval lies above 0: for a difference, whether the first is better at this level."""
        return self.low > 0

    @classmethod
    def of(cls, value: float, resampled: NDArray[np.float64], level: float) -> Bootstrap:
        """From the metric's values on the resamples; those that are not finite are left out."""
        finite = resampled[np.isfinite(resampled)]
        if len(finite) == 0:
            return cls(value, float("nan"), float("nan"), float("nan"), level)
        low, high = np.quantile(finite, [(1 - level) / 2, (1 + level) / 2])
        return cls(value, float(finite.std(ddof=min(1, len(finite) - 1))), float(low), float(high), level)


def bootstrap(
    metric: Metric,
    scores: NDArray[np.float64],
    signal: NDArray[np.bool_],
    weights: NDArray[np.float64] | None = None,
    *,
    resamples: int = 200,
    level: float = 0.95,
    seed: int = 0,
) -> Bootstrap:
    """The error of one classifier's metric. Classes are resampled apart, so that both keep their sizes."""
    weights = np.ones(len(scores)) if weights is None else weights
    values = [metric(scores[i], signal[i], weights[i]) for i in _resamples(signal, resamples, level, seed)]
    return Bootstrap.of(metric(scores, signal, weights), np.array(values), level)


def paired_bootstrap(
    metric: Metric,
    first: NDArray[np.float64],
    second: NDArray[np.float64],
    signal: NDArray[np.bool_],
    weights: NDArray[np.float64] | None = None,
    *,
    resamples: int = 200,
    level: float = 0.95,
    seed: int = 0,
) -> Bootstrap:
    """metric(first) - metric(second) on the same jets, both with the same resamples: what they share drops out.

    first, second: scores [n], or [seeds, n] for several trained instances each, whose metrics are averaged and which
    are resampled too.
    """
    weights = np.ones(len(signal)) if weights is None else weights
    one, other = np.atleast_2d(first), np.atleast_2d(second)
    if one.shape[1] != len(signal) or other.shape[1] != len(signal):
        raise DataError(
            "paired scores of other jets", received=(one.shape, other.shape), expected=f"[…, {len(signal)}]"
        )
    rng = np.random.default_rng([seed, 1])

    def mean(scores: NDArray[np.float64], chosen: NDArray[np.int64], jets: NDArray[np.int64]) -> float:
        return float(np.mean([metric(scores[k][jets], signal[jets], weights[jets]) for k in chosen]))

    everything = np.arange(len(signal))
    value = mean(one, np.arange(len(one)), everything) - mean(other, np.arange(len(other)), everything)
    values = [
        mean(one, rng.integers(len(one), size=len(one)), jets)
        - mean(other, rng.integers(len(other), size=len(other)), jets)
        for jets in _resamples(signal, resamples, level, seed)
    ]
    return Bootstrap.of(value, np.array(values), level)


def _resamples(signal: NDArray[np.bool_], resamples: int, level: float, seed: int) -> list[NDArray[np.int64]]:
    if resamples < 1 or not 0 < level < 1 or len(signal) == 0:
        received = f"{resamples} resamples, level {level}, {len(signal)} jets"
        raise DataError("no bootstrap", received=received, expected="jets, at least one resample and 0 < level < 1")
    rng = np.random.default_rng(seed)
    classes = [np.flatnonzero(signal == value) for value in (True, False)]
    return [np.concatenate([rng.choice(c, len(c)) for c in classes if len(c)]) for _ in range(resamples)]
