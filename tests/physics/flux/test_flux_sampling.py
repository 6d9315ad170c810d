"""What `sample` promises beyond exact averages: conservation, reproducibility, schedules, errors."""

import numpy as np
import pytest
from flux_statistics import with_mistake

from intertwine.errors import ConfigurationError, DataError
from intertwine.physics import flux
from intertwine.physics.flux import tables
from intertwine.physics.flux.chain import Chain
from intertwine.physics.flux.model import Model
from intertwine.physics.flux.updates import ClosedUpdate

ARGUMENTS = {"shape": (12, 4), "eta": 4.01, "lam": 1.0, "mu": 1.05, "n_configs": 61, "chains": 3, "seed": (4, 2)}


@pytest.fixture(scope="module")
def ensemble():
    return flux.sample(**ARGUMENTS)


def conserved(k):
    d = k.shape[1]
    total = sum(k[:, axis].astype(int) - np.roll(k[:, axis], 1, axis + 1) for axis in range(d))
    return not np.any(total)


@pytest.mark.parametrize("shape", [(5,), (1,), (2, 2), (4, 3), (1, 4), (3, 1), (3, 2, 2), (2, 1, 3), (3, 2, 2, 2)])
def test_flux_is_conserved_everywhere(shape):
    ensemble = flux.sample(shape, 2 * len(shape) + 0.5, 1.0, 0.9, 50, seed=8)
    assert ensemble.k.shape == ensemble.l.shape == (50, len(shape), *shape)
    assert conserved(ensemble.k)
    assert not ensemble.violations.any()
    assert (ensemble.l >= 0).all()
    assert np.any(ensemble.k)
    assert np.any(ensemble.l)


def test_a_worm_that_forgets_its_direction_is_caught(monkeypatch):
    with_mistake(monkeypatch, "worm_kernels", "step = np.int64(forward) * 2 - 1", "step = np.int64(1)")
    broken = flux.sample((4, 4), 4.5, 1.0, 0.8, 10, chains=1, seed=8, thermalisation=5, interval=1)
    assert not conserved(broken.k)
    assert broken.violations.any()


def test_observables_are_those_of_the_fields(ensemble):
    f = tables.local_f  # the definition, spelled out once more below
    for index in (0, 17, 60):
        k, dimers = np.abs(ensemble.k[index].astype(int)), ensemble.l[index].astype(int)
        total = sum(a + np.roll(a, 1, axis) for axis in range(2) for a in (k[axis] + 2 * dimers[axis],))
        np.testing.assert_array_equal(f(ensemble.k[index].ravel(), ensemble.l[index].ravel(), (12, 4)), total.ravel())
        log = np.array([flux.log_weight(value, 4.01, 1.0) for value in range(int(total.max()) + 5)])
        assert ensemble.n[index] == pytest.approx(ensemble.k[index, 0].sum() / 48, abs=1e-14)
        assert ensemble.phi2[index] == pytest.approx(np.exp(log[total + 2] - log[total]).mean(), rel=1e-12)
        assert ensemble.phi4[index] == pytest.approx(np.exp(log[total + 4] - log[total]).mean(), rel=1e-12)
    np.testing.assert_array_equal(ensemble.winding[:, 0] * 12, ensemble.n * 48)


def test_features_and_targets(ensemble):
    features, targets = flux.features(ensemble), flux.targets(ensemble)
    assert features.shape == (61, 4, 12, 4)
    assert features.dtype == np.float64
    np.testing.assert_array_equal(features[:, 1], ensemble.k[:, 1])
    np.testing.assert_array_equal(features[:, 2], ensemble.l[:, 0])
    np.testing.assert_array_equal(targets, np.stack([ensemble.n, ensemble.phi2], axis=1))
    assert flux.features(ensemble, np.float32).dtype == np.float32


@pytest.mark.parametrize("workers", [1, 2, 3, 8])
def test_same_bits_on_any_number_of_threads(ensemble, workers):
    again = flux.sample(**ARGUMENTS, workers=workers)
    for name in ("k", "l", "n", "phi2", "phi4", "contact"):
        np.testing.assert_array_equal(getattr(again, name), getattr(ensemble, name))
    assert again.schedule == ensemble.schedule
    assert again.chain_lengths == ensemble.chain_lengths == (21, 20, 20)


def test_seeds_differ(ensemble):
    other = flux.sample(**{**ARGUMENTS, "seed": (4, 3)})
    assert not np.array_equal(other.k, ensemble.k)
    assert not np.array_equal(ensemble.k[:20], ensemble.k[21:41])


def test_extending_the_tables_changes_nothing(monkeypatch):
    """Tables of 32 entries at first, extended many times in mid-worm and mid-sweep, against tables of 1024."""
    runs = []
    for first in (32, 1024):
        monkeypatch.setattr(tables, "FIRST_SIZE", first)
        model = Model((4, 3), -4.0, 0.3, 0.5)
        chain = Chain.cold(model, np.random.SeedSequence(3))
        runs.append((ClosedUpdate(5).run(chain, model, 200, 2, keep_fields=True), model.tables(1).size))
    (small, size), (large, _) = runs
    assert size > 64
    np.testing.assert_array_equal(small.k, large.k)
    np.testing.assert_array_equal(small.l, large.l)
    np.testing.assert_array_equal(small.observables, large.observables)


def test_interval_follows_from_the_autocorrelation_time():
    ensemble = flux.sample((20, 4), 4.01, 1.0, 1.05, 2000, seed=1)
    schedule = ensemble.schedule
    assert schedule.interval == int(np.ceil(2 * schedule.tau_int))
    assert schedule.thermalisation > 20 * schedule.tau_int
    assert max(ensemble.tau_int.values()) < 0.75
    assert all(
        0 < error < 0.1 * max(0.1, abs(ensemble.estimates[name].value)) for name, error in ensemble.errors.items()
    )
    assert all(0 < value < 1 for value in ensemble.acceptance.values())


def test_silver_blaze_point_without_particles_has_no_error_of_n():
    """Far below the transition n = 0 in every configuration: nothing fluctuates, and that is no failure."""
    ensemble = flux.sample((40, 3), 6.0, 1.0, 0.1, 40, seed=1)
    assert not ensemble.n.any()
    assert ensemble.estimates["n"].error == 0
    assert ensemble.estimates["phi2"].error > 0


def test_starting_from_a_neighbour(ensemble):
    follow = flux.sample((12, 4), 4.01, 1.0, 1.0, 20, seed=9, start=ensemble)
    assert conserved(follow.k)
    with pytest.raises(ConfigurationError, match="cannot start"):
        flux.sample((12, 5), 4.01, 1.0, 1.0, 20, start=ensemble)


@pytest.mark.parametrize(
    "change",
    [
        {"n_configs": 0}, {"chains": 0}, {"chains": 62}, {"seed": -1}, {"seed": ()}, {"shape": ()}, {"shape": (4, 0)},
        {"shape": (4, 2.5)}, {"lam": -1.0}, {"mu": float("nan")}, {"workers": 0}, {"open_worms": -1}, {"interval": 0},
        {"thermalisation": -1}, {"lam": 0.0, "eta": 4.5},
    ],
)  # fmt: skip
def test_parameters_out_of_range_are_refused(change):
    with pytest.raises(ConfigurationError, match="received"):
        flux.sample(**{**ARGUMENTS, **change})


def test_too_few_configurations_for_an_error():
    with pytest.raises(DataError, match="at least 5 a chain"):
        _ = flux.sample(**{**ARGUMENTS, "n_configs": 9}).errors


def test_free_field_has_the_exact_modulus():
    """λ = 0: |φ|² = ∫ 1/(η − 2Σ cos p) over the momenta, with cosh μ for the time component's hopping at p = 0."""
    shape, eta, mu = (4, 3), 5.5, 0.3
    p = np.stack(np.meshgrid(*(2 * np.pi * np.arange(n) / n for n in shape), indexing="ij"))
    exact = np.mean(1 / (eta - 2 * np.cos(p[0] - 1j * mu) - 2 * np.cos(p[1]))).real
    estimate = flux.sample(shape, eta, 0.0, mu, 20_000, seed=2).estimates["phi2"]
    assert abs(estimate.value - exact) < 4 * estimate.error
