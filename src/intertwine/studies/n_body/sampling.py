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

PARTS = ("training", "validation", "test")
PATHS = "sample/paths"


def sample_step(part: str) -> str:
    """Name of the step that samples a part."""
    return f"sample/{part}"


def counts(configuration: NBodyConfiguration) -> dict[str, int]:
    """Trajectories in each part."""
    c = configuration
    return dict(zip(PARTS, (c.n_training, c.n_validation, c.n_test), strict=True))


def sampling_steps(configuration: NBodyConfiguration, seed: int) -> list[Step]:
    """One step a part, and one for paths."""
    c, steps = configuration, []
    for part, count in counts(c).items():
        steps.append(
            Step(sample_step(part), _sample(c, count, seed_of(seed, "sample", part)), seconds=3 + 1e-3 * count)
        )
    steps.append(Step(PATHS, _paths(c, seed_of(seed, "sample", "paths")), seconds=3 + 1e-3 * c.n_training))
    return steps


def _sample(c: NBodyConfiguration, count: int, seed: int) -> Callable[[StepContext], StepResult]:
    def run(context: StepContext) -> StepResult:
        import numpy as np

        from intertwine.physics.nbody import ChargedSystem, prediction_set

        found = prediction_set(count, seed, system=ChargedSystem(bodies=c.bodies), burn_in=c.burn_in, steps=c.horizon)
        still = float(np.mean((found.targets - found.positions) ** 2))
        # x + v t with the best t: the published paper's "linear" row
        moved = (found.velocities**2).sum()
        t = float(((found.targets - found.positions) * found.velocities).sum() / moved)
        linear = float(np.mean((found.targets - found.positions - t * found.velocities) ** 2))
        return StepResult({"still": still, "linear": linear, "linear_time": t}, dict(vars(found)))

    return run


def _paths(c: NBodyConfiguration, seed: int) -> Callable[[StepContext], StepResult]:
    """States one stride apart: three a trajectory, at random times between the start and twice the burn-in."""

    def run(context: StepContext) -> StepResult:
        import numpy as np

        from intertwine.physics.nbody import ChargedSystem, generate

        system = ChargedSystem(bodies=c.bodies)
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


def load(results: Store, step: str, device: str) -> dict[str, Tensor]:
    """The arrays of a step as float32 tensors."""
    import torch

    return {name: torch.from_numpy(x).float().to(device) for name, x in results.arrays(step).items()}
