"""The configurations: closed ones and ones with open worms, at every (η, μ) and on every lattice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from intertwine.studies.seeds import seed_of
from intertwine.studies.step import Step, StepContext, StepResult
from intertwine.studies.worms.configuration import Point, WormsConfiguration

if TYPE_CHECKING:
    import numpy as np

    from intertwine.studies.store import Store
    from intertwine.training.lattice_data import LatticeData

    Array = np.ndarray[Any, Any]

ROLES = ("training", "validation")


def sample_step(role: str, extent: int, number: int) -> str:
    """Name of the step that samples configurations with `number` open worms. role: training, validation or test."""
    return f"sample/{role}/{extent}/{number}"


def sampling_steps(configuration: WormsConfiguration, seed: int) -> list[Step]:
    """One step for each role, lattice and number of worms."""
    c = configuration
    surplus = c.surplus if c.task == "detection" else 1
    first = c.extents[0]
    jobs = [("training", first, m, c.training_points, c.n_training) for m in c.training_numbers]
    jobs += [("validation", first, m, c.training_points, c.n_validation) for m in c.training_numbers]
    jobs += [("test", extent, m, tuple(c.points), c.n_test) for extent in c.extents for m in c.numbers]
    return [
        Step(
            sample_step(role, extent, number),
            sample(c, points, extent, number, surplus * count, seed_of(seed, "sample", role, extent, number)),
            seconds=1 + len(points) * (extent / 64) ** 2 * (6 + 0.04 * surplus * count),
        )
        for role, extent, number, points, count in jobs
    ]


def sample(
    configuration: WormsConfiguration, points: Sequence[Point], extent: int, number: int, count: int, seed: int
) -> Callable[[StepContext], StepResult]:
    """A step that stores ``features`` int16 [point, n, 4, extent, extent].

    The closed ones and the open ones at a point have the same couplings and the same rule for the interval between
    configurations; every point is an independent chain.
    """

    def run(context: StepContext) -> StepResult:
        import numpy as np

        from intertwine.physics import flux

        features, schedules = [], []
        for index, (eta, mu) in enumerate(points):
            ensemble = flux.sample(
                (extent, extent), eta, configuration.lam, mu, count, chains=1, seed=(seed, index), open_worms=number,
                workers=configuration.threads,
            )  # fmt: skip
            features.append(flux.features(ensemble).astype(np.int16))
            schedules.append({"eta": eta, "mu": mu, "interval": ensemble.schedule.interval})
            context.progress((index + 1) / len(points))
        return StepResult({"points": schedules, "configurations": count}, {"features": np.stack(features)})

    return run


def load_features(results: Store, role: str, extent: int, number: int) -> Array:
    """[point, n, 4, extent, extent], as sampled or, where they were matched, as matched."""
    from intertwine.studies.worms.matching import match_step

    features = results.arrays(sample_step(role, extent, number))["features"]
    if not results.done(match_step(role, extent)):
        return features
    import numpy as np

    chosen = results.arrays(match_step(role, extent))["chosen"][:, min(number, 1)]
    return np.stack([rows[index] for rows, index in zip(features, chosen, strict=True)])


def load_labelled(configuration: WormsConfiguration, results: Store, role: str, seed: int) -> LatticeData:
    """Training or validation data in random order; targets: the number of worms, or soft classes if detecting."""
    import numpy as np

    from intertwine.training.lattice_data import LatticeData

    parts = []
    for number in configuration.training_numbers:
        features = load_features(results, role, configuration.extents[0], number)
        parts.append(features.reshape(-1, *features.shape[2:]))
    targets = np.repeat(np.array(configuration.training_numbers, dtype=float), [len(part) for part in parts])
    if configuration.task == "detection":
        soft = configuration.softness
        targets = soft + (1 - 2 * soft) * (targets > 0)
    order = np.random.default_rng([seed, ROLES.index(role)]).permutation(len(targets))
    return LatticeData.from_arrays(np.concatenate(parts)[order], targets[order, None])
