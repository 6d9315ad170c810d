"""The configurations: a training ensemble at one chemical potential, test ensembles across the transition."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any

from intertwine.studies.flux_regression.configuration import FluxRegressionConfiguration, Lattice, lattice_name
from intertwine.studies.seeds import seed_of
from intertwine.studies.step import Step, StepContext, StepResult

if TYPE_CHECKING:
    import numpy as np

    from intertwine.physics.flux.points import FluxPoint
    from intertwine.studies.store import Store
    from intertwine.training.lattice_data import LatticeData

TRAINING = "sample/training"
FILE = "ensembles.h5"
# Seconds for a configuration of one site at 60×4, on one core.
_SECONDS_A_SITE = 4e-6


@dataclass(frozen=True)
class TestSets:
    """Test configurations of one lattice at every μ: `features` int16 [μ, n, 2d, *lattice], `targets` [μ, n, 2]."""

    __test__ = False  # not a class of tests, whatever its name

    mus: np.ndarray[Any, Any]
    features: np.ndarray[Any, Any]
    targets: np.ndarray[Any, Any]


def test_step(lattice: Lattice) -> str:
    """Name of the step that samples the test ensembles on a lattice."""
    return f"sample/test/{lattice_name(lattice)}"


def sampling_steps(configuration: FluxRegressionConfiguration, seed: int) -> list[Step]:
    """One step for training and validation, one for each test lattice."""
    counts = (max(configuration.sizes), configuration.n_validation)
    sets = [(configuration.mu, count) for count in counts]
    run = sample_sets(configuration, configuration.lattice, sets, seed_of(seed, "training"))
    steps = [Step(TRAINING, run, seconds=_seconds(configuration.lattice, sum(counts)))]
    for lattice in configuration.test_lattices:
        sets = [(mu, configuration.n_test) for mu in sorted(configuration.test_mus, reverse=True)]
        run = sample_sets(configuration, lattice, sets, seed_of(seed, "test", lattice))
        steps.append(Step(test_step(lattice), run, seconds=_seconds(lattice, len(sets) * (configuration.n_test + 20))))
    return steps


def sample_sets(
    configuration: FluxRegressionConfiguration, lattice: Lattice, sets: list[tuple[float, int]], seed: int
) -> Callable[[StepContext], StepResult]:
    """A step that samples each (μ, number of configurations) from where the one before ended, all into one file."""

    def run(context: StepContext) -> StepResult:
        from intertwine.physics import flux

        points: list[FluxPoint] = [
            flux.FluxPoint(shape=lattice, eta=configuration.eta, lam=configuration.lam, mu=mu, n_configs=count)
            for mu, count in sets
        ]
        path = flux.generate(
            context.folder / FILE, points, chains=configuration.chains, seed=seed, workers=configuration.threads
        )
        records = [
            {"mu": ensemble.mu, "configurations": len(ensemble), "acceptance": ensemble.acceptance}
            for ensemble in flux.EnsembleFile(path)
        ]
        return StepResult({"ensembles": records})

    return run


def load_set(results: Store, step: str, position: int) -> LatticeData:
    """One stored ensemble as training data."""
    from intertwine.physics import flux
    from intertwine.training.lattice_data import LatticeData

    ensemble = flux.EnsembleFile(results.path(step) / FILE)[position]
    return LatticeData.from_arrays(flux.features(ensemble), flux.targets(ensemble))


def load_training(results: Store) -> tuple[LatticeData, LatticeData]:
    """All configurations for training, and those for validation."""
    return load_set(results, TRAINING, 0), load_set(results, TRAINING, 1)


def load_tests(results: Store, lattice: Lattice) -> TestSets:
    """The test ensembles of a lattice, μ falling."""
    import numpy as np

    from intertwine.physics import flux

    ensembles = list(flux.EnsembleFile(results.path(test_step(lattice)) / FILE))
    return TestSets(
        np.array([ensemble.mu for ensemble in ensembles]),
        np.stack([flux.features(ensemble).astype(np.int16) for ensemble in ensembles]),
        np.stack([flux.targets(ensemble) for ensemble in ensembles]),
    )


def _seconds(lattice: Lattice, count: int) -> float:
    return 2.0 + _SECONDS_A_SITE * prod(lattice) * count
