"""The configurations: a training ensemble at one chemical potential, test ensembles across the transition."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from intertwine.studies.flux_regression.configuration import (
    FluxRegressionConfiguration,
    Lattice,
    lattice_name,
    seed_of,
)
from intertwine.studies.step import Step, StepContext, StepResult

if TYPE_CHECKING:
    from intertwine.studies.store import Store
    from intertwine.training.lattice_data import LatticeData

TRAINING = "sample/training"
# Seconds for a configuration of one site, measured at 60×4, on one core.
_SECONDS_A_SITE = 4e-6


def test_step(lattice: Lattice) -> str:
    """Name of the step that samples the test ensembles on a lattice."""
    return f"sample/test/{lattice_name(lattice)}"


def sampling_steps(configuration: FluxRegressionConfiguration, seed: int) -> list[Step]:
    """One step for training and validation, one for each test lattice."""
    count = max(configuration.sizes) + configuration.n_validation
    sets = {"training": max(configuration.sizes), "validation": configuration.n_validation}
    run = sample_sets(configuration, configuration.lattice, (configuration.mu,), sets, seed_of(seed, "training"))
    steps = [Step(TRAINING, run, seconds=_seconds(configuration.lattice, count))]
    for lattice in configuration.test_lattices:
        mus = tuple(sorted(configuration.test_mus, reverse=True))
        run = sample_sets(configuration, lattice, mus, {"test": configuration.n_test}, seed_of(seed, "test", lattice))
        steps.append(Step(test_step(lattice), run, seconds=_seconds(lattice, len(mus) * (configuration.n_test + 20))))
    return steps


def sample_sets(
    configuration: FluxRegressionConfiguration,
    lattice: Lattice,
    mus: tuple[float, ...],
    sets: dict[str, int],
    seed: int,
) -> Callable[[StepContext], StepResult]:
    """A step that samples each set at each μ, the chains of one μ started where those of the one before ended.

    Stored: ``NAME_features`` int16 [n_mu, n, 2d, *lattice], ``NAME_targets`` float64 [n_mu, n, 2] (n, |φ|²) and
    ``mus``; as values the integrated autocorrelation times and acceptances.
    """

    def run(context: StepContext) -> StepResult:
        import numpy as np

        from intertwine.physics import flux

        arrays: dict[str, list[Any]] = {f"{name}_{kind}": [] for name in sets for kind in ("features", "targets")}
        records: list[dict[str, Any]] = []
        for index, (name, count) in enumerate(sets.items()):
            ensemble = None
            for position, mu in enumerate(mus):
                ensemble = flux.sample(
                    lattice, configuration.eta, configuration.lam, mu, count, seed=(seed, index, position),
                    chains=min(configuration.chains, max(1, count // 5)), start=ensemble, workers=configuration.threads,
                )  # fmt: skip
                arrays[f"{name}_features"].append(flux.features(ensemble).astype(np.int16))
                arrays[f"{name}_targets"].append(flux.targets(ensemble))
                records.append({"set": name, "mu": mu, "tau_int": ensemble.tau_int["n"], **ensemble.acceptance})
                context.progress((index + (position + 1) / len(mus)) / len(sets))
        stored = {key: np.stack(values) for key, values in arrays.items()}
        return StepResult({"ensembles": records}, stored | {"mus": np.array(mus)})

    return run


def load_set(results: Store, step: str, name: str, position: int = 0) -> LatticeData:
    """One stored set at one μ as training data."""
    from intertwine.training.lattice_data import LatticeData

    arrays = results.arrays(step)
    return LatticeData.from_arrays(arrays[f"{name}_features"][position], arrays[f"{name}_targets"][position])


def _seconds(lattice: Lattice, count: int) -> float:
    sites = 1
    for extent in lattice:
        sites *= extent
    return 2.0 + _SECONDS_A_SITE * sites * count
