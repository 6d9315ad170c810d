"""The closed-worm sampler against exact results: means and the whole distribution of winding, d = 1, 2, 3."""

from collections import Counter

import numpy as np
import pytest
from flux_oracle import Oracle
from flux_statistics import deviations, p_value, with_mistake

from intertwine.errors import AccuracyError
from intertwine.physics import flux
from intertwine.physics.flux import model as model_module
from intertwine.physics.flux import tables

# shape, η, λ, μ, tolerance of the oracle's factorisation (its error stays far below the statistical one)
CASES = [
    ((1,), 2.5, 1.0, 0.5, 1e-8),
    ((2,), 2.5, 0.5, 0.7, 1e-8),
    ((3,), 2.2, 1.0, -0.4, 1e-8),
    ((4,), 2.5, 2.0, 1.0, 1e-8),
    ((2, 2), 4.5, 1.0, 0.8, 1e-4),
    ((1, 3), 4.5, 1.0, 0.4, 1e-4),
    ((2, 1), 3.0, 1.5, 0.6, 1e-5),
    ((3, 2), 5.5, 1.0, 1.05, 1e-3),
    ((2, 3), 5.5, 0.5, 0.9, 1e-3),
    ((2, 1, 2), 6.5, 1.0, 0.8, 1e-4),
    ((1, 2, 3), 8.5, 1.0, 0.2, 1e-3),
]
N_CONFIGS = 20_000
ORACLES = {}


def oracle(shape, eta, lam, mu, tolerance):
    key = (shape, eta, lam, mu)
    if key not in ORACLES:
        one = Oracle(shape, eta, lam, mu, tolerance=tolerance)
        ORACLES[key] = one, one.means()
    return ORACLES[key]


def check(case, seed):
    """Largest deviation of a mean in standard errors, and the smallest p-value of a winding's distribution."""
    exact, means = oracle(*case)
    ensemble = flux.sample(*case[:4], N_CONFIGS, chains=1, seed=seed)
    assert not ensemble.violations.any()
    # Configurations 2 τ_int apart still are a little correlated, which a χ² test with many of them notices.
    windings = ensemble.winding[::4]
    p_values = [
        p_value(Counter(windings[:, axis].tolist()), exact.winding(axis), len(windings)) for axis in range(len(case[0]))
    ]
    return max(abs(z) for z in deviations(ensemble, means)), min(p_values)


@pytest.mark.parametrize("case", CASES, ids=lambda case: "x".join(map(str, case[0])))
def test_means_and_winding_are_exact(case):
    deviation, p = check(case, seed=(11, 3))
    assert deviation < 4
    assert p > 1e-4


@pytest.mark.parametrize(
    ("module", "old", "new", "case"),
    [
        # f of a site that is its own neighbour changes twice
        ("worm_kernels", "(change if target == head else 0)", "0", CASES[6]),
        # l left out of the link factor 1/(|k|+l)!
        ("worm_kernels", "np.uint64(abs(flux) + np.int64(l[link]))", "np.uint64(abs(flux))", CASES[4]),
        # worms that do not start must count
        ("worm_kernels", "done += 1", "done += accept", CASES[4]),
        # one of the two sites' weights
        ("worm_kernels", "* (site_step[row + np.uint64(f_head)] * site_step[row + np.uint64(f_target)])",
         "* site_step[row + np.uint64(f_head)] ** 2", CASES[4]),
    ],
)  # fmt: skip
def test_a_mistake_in_the_worm_is_caught(monkeypatch, module, old, new, case):
    with_mistake(monkeypatch, module, old, new)
    deviation, p = check(case, seed=(11, 3))
    assert deviation > 6 or p < 1e-8


def test_a_mistake_in_the_tables_is_caught(monkeypatch):
    build = tables.RatioTables.build

    def without_inverse(weights, size=tables.FIRST_SIZE):
        table = build(weights, size)
        return tables.RatioTables(
            table.size, table.hop, np.ones_like(table.inverse), table.site_step, table.site_double, table.moments
        )

    monkeypatch.setattr(tables.RatioTables, "build", without_inverse)
    deviation, _ = check(CASES[3], seed=(11, 3))
    assert deviation > 8


def test_a_wrong_neighbour_on_extent_two_is_caught(monkeypatch):
    original = tables.neighbour_table

    def wrong(shape):
        table = original(shape).reshape(2 * len(shape), -1).copy()
        table[0] = np.arange(table.shape[1])  # x − t̂ taken for x itself
        return table.ravel()

    monkeypatch.setattr(model_module.tables, "neighbour_table", wrong)
    # Depending on the couplings f drifts without bound, which is an error of its own.
    try:
        deviation, p = check(CASES[4], seed=(11, 3))
    except (AssertionError, AccuracyError):
        return
    assert deviation > 6 or p < 1e-8


def test_susceptibilities_are_derivatives():
    """χ_n = ∂n/∂μ and χ_|φ|² = −∂|φ|²/∂η, by differences of the oracle."""
    case = CASES[4]
    ensemble = flux.sample(*case[:4], 40_000, chains=2, seed=5)
    shape, eta, lam, mu, tolerance = case
    step = 0.01
    n = [Oracle(shape, eta, lam, mu + sign * step, tolerance=tolerance).means()[0] for sign in (-1, 1)]
    phi2 = [Oracle(shape, eta + sign * step, lam, mu, tolerance=tolerance).means()[1] for sign in (-1, 1)]
    chi_n, chi_phi2 = ensemble.estimates["chi_n"], ensemble.estimates["chi_phi2"]
    assert abs(chi_n.value - (n[1] - n[0]) / (2 * step)) < 4 * chi_n.error
    assert abs(chi_phi2.value + (phi2[1] - phi2[0]) / (2 * step)) < 4 * chi_phi2.error
