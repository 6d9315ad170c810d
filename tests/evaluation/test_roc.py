"""ROC, rejection, accuracy and their errors against scikit-learn and by hand: ties, weights, empty classes."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score, roc_curve

from intertwine.errors import DataError
from intertwine.evaluation import accuracy, bootstrap, paired_bootstrap, roc

SAMPLES = st.lists(st.tuples(st.integers(-4, 4), st.booleans(), st.integers(0, 5)), min_size=1, max_size=60)


@given(SAMPLES)
@settings(max_examples=100, deadline=None)
def test_agrees_with_scikit_learn(sample: list[tuple[int, bool, int]]) -> None:
    scores = np.array([one[0] for one in sample], dtype=float)  # many ties
    signal = np.array([one[1] for one in sample])
    weights = np.array([one[2] for one in sample], dtype=float)
    curve = roc(scores, signal, weights)
    if not weights[signal].sum() or not weights[~signal].sum():
        assert math.isnan(curve.auc)
        assert math.isnan(curve.rejection(0.5))
        return
    background, efficiency, thresholds = roc_curve(signal, scores, sample_weight=weights, drop_intermediate=False)
    where = np.isin(curve.thresholds, thresholds)  # scikit-learn leaves out scores of weight 0
    np.testing.assert_allclose(curve.background_efficiency[where], background, atol=1e-12)
    np.testing.assert_allclose(curve.signal_efficiency[where], efficiency, atol=1e-12)
    assert curve.auc == pytest.approx(roc_auc_score(signal, scores, sample_weight=weights), abs=1e-12)


def test_rejection_by_hand() -> None:
    signal = np.array([True] * 4 + [False] * 4)
    scores = np.array([9.0, 8, 7, 6, 8.5, 5, 4, 3])
    curve = roc(scores, signal)
    assert curve.rejection(0.25) == math.inf
    assert curve.rejection(0.5) == pytest.approx(4)
    assert curve.rejection(1.0) == pytest.approx(4)
    assert curve.background_events.tolist() == [0, 0, 1, 1, 1, 1, 2, 3, 4]
    everything_equal = roc(np.zeros(8), signal)  # one tie: a straight line
    assert everything_equal.auc == pytest.approx(0.5)
    assert everything_equal.rejection(0.3) == pytest.approx(1 / 0.3)


def test_naive_curve_would_fail_on_ties() -> None:
    """Without joining equal scores the order of the input would decide."""
    scores, signal = np.zeros(100), np.arange(100) < 50
    assert roc(scores, signal).auc == pytest.approx(0.5)
    order = np.argsort(-scores, kind="stable")
    naive = np.trapezoid(np.cumsum(signal[order]) / 50, np.cumsum(~signal[order]) / 50)
    assert naive > 0.9


def test_accuracy() -> None:
    scores, signal = np.array([1.0, -1, 0.5, -2]), np.array([True, True, False, False])
    assert accuracy(scores, signal) == 0.5
    assert accuracy(scores, signal, np.array([3.0, 1, 1, 3])) == 0.75
    assert accuracy(np.array([0.0]), np.array([True])) == 1
    assert math.isnan(accuracy(scores, signal, np.zeros(4)))


def test_errors_of_input() -> None:
    good = np.array([True, False])
    with pytest.raises(DataError, match="finite"):
        roc(np.array([np.nan, 0.0]), good)
    with pytest.raises(DataError, match="weights"):
        roc(np.zeros(2), good, np.array([1.0, -1.0]))
    with pytest.raises(DataError, match="one label"):
        roc(np.zeros(3), good)
    with pytest.raises(DataError, match="one label"):
        roc(np.zeros(0), np.zeros(0, dtype=bool))
    with pytest.raises(DataError, match="signal efficiency"):
        roc(np.zeros(2), good).rejection(0.0)


def auc(scores: np.ndarray, signal: np.ndarray, weights: np.ndarray) -> float:
    return roc(scores, signal, weights).auc


def test_bootstrap_error_is_that_of_new_samples() -> None:
    rng = np.random.default_rng(0)
    signal = np.arange(400) < 200
    values = [auc(rng.normal(size=400) + signal, signal, np.ones(400)) for _ in range(100)]
    found = bootstrap(auc, rng.normal(size=400) + signal, signal, resamples=100, seed=1)
    assert found.error == pytest.approx(np.std(values), rel=0.3)
    assert found.low < found.value < found.high


def test_pairing_removes_what_is_shared() -> None:
    rng = np.random.default_rng(1)
    signal = np.arange(600) < 300
    shared = rng.normal(size=600) + signal
    better, worse = shared + 0.2 * signal, shared
    paired = paired_bootstrap(auc, better, worse, signal, resamples=40)
    assert paired.positive
    assert paired.error < 0.5 * bootstrap(auc, better, signal, resamples=40).error
    assert not paired_bootstrap(auc, worse, better, signal, resamples=40).positive
    noise = np.stack([shared + rng.normal(size=600) for _ in range(3)])
    several = paired_bootstrap(auc, np.tile(better, (3, 1)), noise, signal, resamples=40)
    assert several.positive
    with pytest.raises(DataError, match="other jets"):
        paired_bootstrap(auc, better[:5], worse, signal)
    with pytest.raises(DataError, match="resample"):
        bootstrap(auc, better, signal, resamples=0)
