"""Trajectories: what is seen, what is to be predicted, and paths to learn propagation from."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from intertwine.studies.n_body.configuration import NBodyConfiguration
from intertwine.studies.seeds import seed_of
from intertwine.studies.step import Step, StepContext, StepResult

if TYPE_CHECKING:
    from torch import Tensor

    from intertwine.studies.store import Store

PARTS = ("training", "validation", "test", "late test")
"""The last: the test trajectories of the script's released command, which other papers took."""
PATHS = "sample/paths"


def sample_step(part: str) -> str:
    """Name of the step that samples a part."""
    return f"sample/{part.replace(' ', '-')}"


def ranges(configuration: NBodyConfiguration) -> dict[str, tuple[int, int]]:
    """Trajectories in each part, and the number of its first."""
    from intertwine.physics.nbody.published import LATE_TEST

    c = configuration
    seen = c.n_training + c.n_validation
    firsts, counts = (0, c.n_training, seen, LATE_TEST), (c.n_training, c.n_validation, c.n_test, c.n_test)
    return dict(zip(PARTS, zip(counts, firsts, strict=True), strict=True))


def sampling_steps(configuration: NBodyConfiguration, seed: int) -> list[Step]:
    """One step a part, the same for every seed, and one for paths."""
    c = configuration
    steps = [
        Step(sample_step(part), _sample(c, count, first), seconds=4 + 1e-3 * count)
        for part, (count, first) in ranges(c).items()
    ]
    steps.append(Step(PATHS, _paths(c, seed_of(seed, "sample", "paths")), seconds=3 + 1e-3 * c.n_training))
    return steps


def _sample(c: NBodyConfiguration, count: int, first: int) -> Callable[[StepContext], StepResult]:
    def run(context: StepContext) -> StepResult:
        import numpy as np

        from intertwine.physics.nbody import published_set

        found = published_set(count, first, burn_in=c.burn_in, steps=c.horizon)
        # x + v t, the published paper's "linear" row, has the error still − 2 t along + t² moved
        left = found.targets - found.positions
        values = {"still": left**2, "along": left * found.velocities, "moved": found.velocities**2}
        return StepResult({name: float(np.mean(x)) for name, x in values.items()}, dict(vars(found)))

    return run


def _paths(c: NBodyConfiguration, seed: int) -> Callable[[StepContext], StepResult]:
    """States one stride apart: three a trajectory, at random times between the start and twice the burn-in."""

    def run(context: StepContext) -> StepResult:
        import numpy as np

        from intertwine.physics.nbody import ChargedSystem, generate

        system = ChargedSystem()
        frames = max(3, 2 * c.burn_in // c.stride)
        paths = generate(system, c.n_training, frames, c.stride, seed)
        chosen = np.random.default_rng(seed).integers(frames - 1, size=(c.n_training, 3))
        row = np.arange(c.n_training)[:, None]
        arrays = {"charges": np.repeat(paths.charges, 3, axis=0)}
        for name, of in (("positions", paths.positions), ("velocities", paths.velocities)):
            arrays[name] = of[row, chosen].reshape(-1, *of.shape[2:])
            arrays[f"next_{name}"] = of[row, chosen + 1].reshape(-1, *of.shape[2:])
        return StepResult({}, arrays)

    return run


def uniform_motion(results: Store, part: str) -> tuple[float, float]:
    """The time t that fits the training trajectories best by x + v t, and the mean squared error of a part."""
    training, values = results.values(sample_step("training")), results.values(sample_step(part))
    t = training["along"] / training["moved"]
    return t, values["still"] - 2 * t * values["along"] + t**2 * values["moved"]


def load(results: Store, step: str, device: str) -> dict[str, Tensor]:
    """The arrays of a step as float32 tensors."""
    import torch

    return {name: torch.from_numpy(x).float().to(device) for name, x in results.arrays(step).items()}
