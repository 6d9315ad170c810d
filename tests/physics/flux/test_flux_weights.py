"""W(f) against arbitrary-precision quadrature, and the tables made of it."""

import mpmath
import numpy as np
import pytest

from intertwine.errors import AccuracyError, ConfigurationError
from intertwine.physics.flux import log_weight
from intertwine.physics.flux.tables import RatioTables
from intertwine.physics.flux.weights import SiteWeights


def reference(f, eta, lam):
    """log W(f) to 25 digits: W = ½ ∫ s^{f/2} e^{−ηs−λs²} ds, split at its maximum."""
    with mpmath.workdps(25):
        eta, lam, half = mpmath.mpf(eta), mpmath.mpf(lam), mpmath.mpf(f) / 2
        if lam == 0:
            return float(mpmath.log(mpmath.gamma(half + 1) / (2 * eta ** (half + 1))))
        s = (mpmath.sqrt(eta**2 + 8 * lam * (half + 1)) - eta) / (4 * lam)
        width = 1 / mpmath.sqrt((half + 1) / s**2 + 2 * lam)
        points = [0, *(s + i * width for i in (-8, -3, 0, 3, 8, 16, 40) if s + i * width > 0), mpmath.inf]

        def integrand(x):
            return (
                mpmath.exp(half * mpmath.log(x / s) - eta * (x - s) - lam * (x**2 - s**2))
                if x
                else mpmath.mpf(half == 0)
            )

        value = mpmath.quad(integrand, points)
        if half == 0:
            value = mpmath.quad(lambda x: mpmath.exp(-eta * (x - s) - lam * (x**2 - s**2)), points)
        return float(mpmath.log(value / 2) + half * mpmath.log(s) - eta * s - lam * s**2)


@pytest.mark.parametrize(
    "couplings", [(4.01, 1.0), (4.25, 1.0), (9.0, 1.5), (0.0, 0.3), (-6.0, 0.5), (5.0, 0.0), (4.0, 1e-6)]
)
@pytest.mark.parametrize("f", [0, 1, 2, 7, 40, 301])
def test_weight_agrees_with_arbitrary_precision(f, couplings):
    expected = reference(f, *couplings)
    assert log_weight(f, *couplings) == pytest.approx(expected, abs=2e-14 * max(1, abs(expected)) + 2e-14)


def test_recurrence_holds_where_quadrature_would_not_reach():
    """Integration by parts: (f+2) W(f) = 2η W(f+2) + 4λ W(f+4); far beyond the range of float64 for W itself."""
    for f in (0, 3, 100, 1001, 12_000):
        base = log_weight(f, 4.01, 1.0)
        right = 2 * 4.01 * np.exp(log_weight(f + 2, 4.01, 1.0) - base) + 4 * np.exp(log_weight(f + 4, 4.01, 1.0) - base)
        assert right == pytest.approx(f + 2, rel=1e-10)


def test_tables_do_not_depend_on_their_size():
    small, large = (RatioTables.build(SiteWeights(4.01, 1.0), size) for size in (64, 256))
    for name in ("hop", "inverse", "site_step", "site_double"):
        rows = [getattr(table, name).reshape(2, -1)[:, :64] for table in (small, large)]
        np.testing.assert_array_equal(*rows)
    np.testing.assert_array_equal(small.moments, large.moments[:, :64])


def test_ratios_of_opposite_steps_multiply_to_one():
    table = RatioTables.build(SiteWeights(4.01, 1.0), 128)
    for step, rows in ((1, table.site_step.reshape(2, -1)), (2, table.site_double.reshape(2, -1))):
        np.testing.assert_allclose(rows[1, :-step] * rows[0, step:], 1.0, rtol=1e-13)


@pytest.mark.parametrize("couplings", [(4.0, -1.0), (-1.0, 0.0), (0.0, 0.0), (np.nan, 1.0), (1.0, np.inf)])
def test_unbounded_potentials_are_refused(couplings):
    with pytest.raises(ConfigurationError, match="received η="):
        log_weight(0, *couplings)


def test_too_large_tables_are_refused():
    with pytest.raises(AccuracyError, match="16-bit"):
        RatioTables.build(SiteWeights(4.0, 1.0), 1 << 15)
