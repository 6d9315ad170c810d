"""The data: standard normal inputs, the target's values, and group elements for augmentation and for the test."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from intertwine.studies.any_group.configuration import AnyGroupConfiguration, GroupCase
from intertwine.studies.seeds import seed_of
from intertwine.studies.step import Step, StepContext, StepResult

if TYPE_CHECKING:
    import numpy as np

ROLES = ("training", "validation", "test")


def sample_step(case: GroupCase, task: str) -> str:
    """Name of the step that makes the data of one task."""
    return f"sample/{case.group}/{task}"


def sampling_steps(configuration: AnyGroupConfiguration, seed: int) -> list[Step]:
    """One for each group and task."""
    return [
        Step(sample_step(case, task), sample(configuration, case, task, seed_of(seed, case.group, task)), seconds=3)
        for case in configuration.groups
        for task in configuration.tasks
    ]


def sample(
    configuration: AnyGroupConfiguration, case: GroupCase, task: str, seed: int
) -> Callable[[StepContext], StepResult]:
    """A step whose arrays are x_ROLE and y_ROLE, and matrices of elements of the group, in_ROLE and out_ROLE.

    Each instance has training samples of its own. Targets are scaled to second moment 1 a component, invariants
    shifted to mean 0 first: both are maps that commute with the group.
    """

    def run(context: StepContext) -> StepResult:
        import numpy as np
        import torch

        from intertwine.studies.any_group.targets import make_target, representations

        rep_in, rep_out = representations(case, task)
        target = make_target(case, task, seed_of(seed, "target") % 2**62)
        rng = np.random.default_rng(seed_of(seed, "inputs"))
        c = configuration
        counts = (c.instances * max(c.sizes), c.n_validation, c.n_test)
        x = {role: rng.standard_normal((n, rep_in.dim)) for role, n in zip(ROLES, counts, strict=True)}
        y = {role: target(torch.from_numpy(one)).numpy() for role, one in x.items()}
        reference = np.random.default_rng(seed_of(seed, "scale")).standard_normal((10_000, rep_in.dim))
        values = target(torch.from_numpy(reference)).numpy()
        mean = values.mean() if rep_out.irreps == [rep_out.group.trivial] else 0.0
        scale = float(np.sqrt(((values - mean) ** 2).mean()))
        arrays: dict[str, np.ndarray[Any, Any]] = {}
        for role in ROLES:
            arrays |= {f"x_{role}": x[role], f"y_{role}": (y[role] - mean) / scale}
        for role in ("training", "test"):
            elements = [rep_in.group.sample(rng, scale=c.rapidity) for _ in range(c.elements)]
            arrays[f"in_{role}"] = np.stack([rep_in.matrix(g) for g in elements])
            arrays[f"out_{role}"] = np.stack([rep_out.matrix(g) for g in elements])
        return StepResult({"dim_in": rep_in.dim, "dim_out": rep_out.dim, "scale": scale, "mean": float(mean)}, arrays)

    return run


def instance_rows(configuration: AnyGroupConfiguration, instance: int, size: int) -> Sequence[int]:
    """The training samples of an instance: small sets are part of its large ones."""
    start = instance * max(configuration.sizes)
    return range(start, start + size)
