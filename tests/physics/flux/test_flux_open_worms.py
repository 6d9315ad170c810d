"""Open worms against the exact distribution of violation patterns and means, on 2×2, 3×2 and a ring."""

from collections import Counter

import numpy as np
import pytest
from flux_oracle import Oracle
from flux_statistics import deviations, p_value, with_mistake

from intertwine.errors import ConfigurationError, DataError
from intertwine.physics import flux

SMALL = ((2, 2), 4.5, 1.0, 0.8, 1e-4)
LARGE = ((3, 2), 6.0, 1.0, 0.8, 1e-3)
RING = ((4,), 2.5, 1.0, 0.5, 1e-6)
N_CONFIGS = 8_000


def patterns(ensemble):
    rows = ensemble.violations.reshape(len(ensemble), -1).astype(int)
    return Counter(tuple(row) for row in rows[::2].tolist())


def check(case, m, seed=(2, 7)):
    """The ensemble, and the p-value of its violation patterns."""
    exact = Oracle(*case[:4], tolerance=case[4])
    ensemble = flux.sample(*case[:4], N_CONFIGS, open_worms=m, chains=1, seed=seed)
    probabilities = exact.pattern_probabilities(m)
    counts = patterns(ensemble)
    assert set(counts) <= set(probabilities)
    return exact, ensemble, p_value(counts, probabilities, sum(counts.values()))


@pytest.mark.parametrize(
    ("case", "m"), [(SMALL, 1), (SMALL, 2), (RING, 1), (RING, 2), (LARGE, 1), (LARGE, 2), (LARGE, 3)]
)
def test_patterns_and_means_are_exact(case, m):
    exact, ensemble, p = check(case, m)
    assert p > 1e-3
    # The 3×2 oracle's means take a while for many patterns.
    if case is not LARGE or m == 3:
        assert max(abs(z) for z in deviations(ensemble, exact.open_means(m))) < 4


@pytest.mark.parametrize(
    ("old", "new"),
    [
        # annihilation without the ratio of proposal probabilities
        ("factor = 1.0 / create[pairs - 1]", "factor = 0.2"),
        # l left out of the link factor 1/(|k|+l)!
        ("np.uint64(abs(flux) + np.int64(l[link]))", "np.uint64(abs(flux))"),
        # e^{μ} on the wrong side of time
        ("np.uint64(step > 0)", "np.uint64(step < 0)"),
    ],
)  # fmt: skip
def test_a_mistake_is_caught(monkeypatch, old, new):
    with_mistake(monkeypatch, "open_worm_kernels", old, new)
    exact, ensemble, p = check(SMALL, 1)
    assert p < 1e-8 or max(abs(z) for z in deviations(ensemble, exact.open_means(1))) > 6


@pytest.mark.parametrize("m", [1, 5, 10])
def test_violations_are_the_divergence(m):
    ensemble = flux.sample((8, 8), 4.25, 1.0, 1.0, 40, open_worms=m, seed=3)
    assert ensemble.open_worms == m
    for sign in (-1, 1):
        assert ((ensemble.violations == sign).sum(axis=(1, 2)) == m).all()
    assert ((ensemble.violations != 0).sum(axis=(1, 2)) == 2 * m).all()
    divergence = sum(ensemble.k[:, axis].astype(int) - np.roll(ensemble.k[:, axis], 1, axis + 1) for axis in (0, 1))
    np.testing.assert_array_equal(divergence, ensemble.violations)
    with pytest.raises(DataError, match="winding"):
        _ = ensemble.winding


def test_open_worms_are_reproducible_on_any_number_of_threads():
    arguments = {"open_worms": 3, "chains": 3, "seed": 5}
    one, two = (flux.sample((6, 6), 4.25, 1.0, 1.0, 30, workers=workers, **arguments) for workers in (1, 3))
    np.testing.assert_array_equal(one.k, two.k)
    np.testing.assert_array_equal(one.l, two.l)
    assert one.schedule == two.schedule


def test_too_many_worms_are_refused():
    with pytest.raises(ConfigurationError, match="no room"):
        flux.sample((2, 2), 4.5, 1.0, 0.8, 10, open_worms=3)
    closed = flux.sample((3, 3), 4.5, 1.0, 0.8, 10, seed=1)
    opened = flux.sample((3, 3), 4.5, 1.0, 0.8, 10, open_worms=2, start=closed)
    with pytest.raises(ConfigurationError, match="cannot start"):
        flux.sample((3, 3), 4.5, 1.0, 0.8, 10, start=opened)
