"""Loss and accuracy of every instance at every (η, μ), number of worms and lattice."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from intertwine.studies.step import Step, StepContext, StepResult
from intertwine.studies.worms.configuration import FAMILIES, TRANSFERABLE, WormsConfiguration
from intertwine.studies.worms.matching import match_step
from intertwine.studies.worms.sampling import load_features, sample_step
from intertwine.studies.worms.training import OPTIMISERS, load_fit, train_step

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]


def apply_step(family: str, extent: int) -> str:
    """Name of the step that applies a family's instances to a lattice."""
    return f"test/{family}/{extent}"


def families_on(configuration: WormsConfiguration, extent: int) -> tuple[str, ...]:
    """The families that can be applied to a lattice: FL only where it was trained."""
    return FAMILIES if extent == configuration.extents[0] else TRANSFERABLE


def testing_steps(configuration: WormsConfiguration) -> list[Step]:
    """One step for each family and lattice."""
    steps = []
    for extent in configuration.extents:
        data = [sample_step("test", extent, number) for number in configuration.numbers]
        if configuration.task == "detection":
            data.append(match_step("test", extent))
        count = len(configuration.points) * len(configuration.numbers) * configuration.n_test * configuration.instances
        steps += [
            Step(
                apply_step(family, extent), apply(configuration, family, extent),
                needs=(train_step(family), *data), seconds=1 + 1e-6 * count * extent**2,
            )
            for family in families_on(configuration, extent)
        ]  # fmt: skip
    return steps


def apply(configuration: WormsConfiguration, family: str, extent: int) -> Callable[[StepContext], StepResult]:
    """A step that stores ``loss`` and ``accuracy`` [optimiser, instance, point, number], means over configurations."""

    def run(context: StepContext) -> StepResult:
        import numpy as np
        import torch

        from intertwine.training.ensemble import predict_ensemble

        fits = [load_fit(context.results, family, optimiser) for optimiser in OPTIMISERS]
        shape = (len(fits), fits[0].n_instances, len(configuration.points), len(configuration.numbers))
        loss, accuracy = np.zeros(shape), np.zeros(shape)
        batch = max(1, 100 * configuration.sites[0] ** 2 // extent**2)
        for column, number in enumerate(configuration.numbers):
            features = load_features(context.results, "test", extent, number)
            for row, rows in enumerate(features):
                field = torch.from_numpy(rows.astype(np.float64))
                for index, fit in enumerate(fits):
                    outputs = predict_ensemble(fit, field.to(fit.dtype), batch_size=batch)[..., 0].double().numpy()
                    scores = judge(configuration.task, outputs, number)
                    loss[index, :, row, column], accuracy[index, :, row, column] = scores
            context.progress((column + 1) / len(configuration.numbers))
        return StepResult({}, {"loss": loss, "accuracy": accuracy})

    return run


def judge(task: str, outputs: Array, number: int) -> tuple[Array, Array]:
    """Mean loss and accuracy of outputs [instance, n] for configurations with `number` open worms.

    Detection: outputs are logits of "open"; cross entropy with the true class. Counting: squared error, and whether the
    nearest integer is the number.
    """
    import numpy as np

    if task == "counting":
        return ((outputs - number) ** 2).mean(axis=1), (np.rint(outputs) == number).mean(axis=1)
    signed = outputs if number else -outputs
    return np.logaddexp(0, -signed).mean(axis=1), (signed > 0).mean(axis=1)
