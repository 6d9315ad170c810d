"""Networks trained on one lattice at one chemical potential, applied to the other lattices across the transition."""

from __future__ import annotations

from collections.abc import Callable

from intertwine.studies.flux_regression.configuration import FluxRegressionConfiguration, Lattice, lattice_name
from intertwine.studies.flux_regression.sampling import load_tests, test_step
from intertwine.studies.flux_regression.training import OPTIMISERS, load_fit, predict, train_step
from intertwine.studies.step import Step, StepContext, StepResult

TRANSFERABLE = ("EQ", "ST")
"""Families that exist on every lattice; a flattening network is tied to one."""


def transfer_step(family: str, lattice: Lattice) -> str:
    """Name of the step that applies a family to a lattice."""
    return f"transfer/{family}/{lattice_name(lattice)}"


def transfer_families(configuration: FluxRegressionConfiguration, lattice: Lattice) -> tuple[str, ...]:
    """The families that can be applied to a lattice: FL only where it was trained."""
    return (*TRANSFERABLE, "FL") if lattice == configuration.lattice else TRANSFERABLE


def transfer_steps(configuration: FluxRegressionConfiguration) -> list[Step]:
    """One step for each family and lattice, with the networks of the largest training set, without augmentation."""
    size = max(configuration.sizes)
    steps = []
    for lattice in configuration.test_lattices:
        sites = 1
        for extent in lattice:
            sites *= extent
        count = sites * len(configuration.test_mus) * configuration.n_test * configuration.instances
        steps += [
            Step(
                transfer_step(family, lattice),
                transfer(configuration, family, lattice),
                needs=(train_step(family, False, size), test_step(lattice)),
                seconds=1.0 + 2e-6 * count,
            )
            for family in transfer_families(configuration, lattice)
        ]
    return steps


def transfer(
    configuration: FluxRegressionConfiguration, family: str, lattice: Lattice
) -> Callable[[StepContext], StepResult]:
    """A step that stores ``mse`` [optimiser, instance, μ, target] and, for the instance that is best on validation
    with the finisher, ``predictions`` [μ, n, target] beside ``truth`` and ``mus``.
    """

    def run(context: StepContext) -> StepResult:
        import numpy as np

        tests = load_tests(context.results, lattice)
        errors = []
        for position, optimiser in enumerate(OPTIMISERS):
            fit = load_fit(context.results, family, False, max(configuration.sizes), optimiser)
            predictions = np.stack([predict(fit, batch) for batch in tests.features], axis=1)
            errors.append(((predictions - tests.targets) ** 2).mean(axis=2))
            context.progress((position + 1) / len(OPTIMISERS))
        best = int(fit.validation_loss.argmin())
        arrays = {
            "mse": np.stack(errors), "predictions": predictions[best], "truth": tests.targets, "mus": tests.mus,
        }  # fmt: skip
        return StepResult({"instance": best, "n_parameters": fit.n_parameters}, arrays)

    return run
