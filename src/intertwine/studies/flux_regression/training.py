"""Instances of the winners: AdamW, then the second-order finisher, each tested on the training lattice at every μ."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from intertwine.studies.flux_regression.configuration import FluxRegressionConfiguration, arm_name, arms
from intertwine.studies.flux_regression.sampling import TRAINING, TestSets, load_tests, load_training, test_step
from intertwine.studies.flux_regression.searching import load_winner, search_step
from intertwine.studies.seeds import seed_of
from intertwine.studies.step import Step, StepContext, StepResult

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np

    from intertwine.studies.store import Store
    from intertwine.training.fit_result import FitResult
    from intertwine.training.lattice_data import LatticeData

OPTIMISERS = ("adamw", "finisher")


def train_step(family: str, augmented: bool, size: int) -> str:
    """Name of the step that trains all instances of one arm on `size` configurations."""
    return f"train/{arm_name(family, augmented)}/{size}"


def training_steps(configuration: FluxRegressionConfiguration, seed: int) -> list[Step]:
    """One step for each arm and size of the training set; the instances of a step train side by side."""
    tests = test_step(configuration.lattice)
    return [
        Step(
            train_step(family, augmented, size),
            train(configuration, family, augmented, size, seed_of(seed, "train", family, augmented, size)),
            needs=(TRAINING, tests, search_step(family)),
            seconds=_seconds(configuration, family, size),
        )
        for size in sorted(configuration.sizes, reverse=True)
        for family, augmented in arms(configuration)
    ]


def train(
    configuration: FluxRegressionConfiguration, family: str, augmented: bool, size: int, seed: int
) -> Callable[[StepContext], StepResult]:
    """A step that trains, finishes and tests.

    Stored: ``adamw.pt`` and ``finisher.pt`` (FitResult), ``test_mse`` [optimiser, instance, μ, target]; as values the
    architecture, the number of parameters, validation losses and the steps they were reached at.
    """

    def run(context: StepContext) -> StepResult:
        import numpy as np

        from intertwine.training.ensemble_fit import fit_ensemble

        winner = load_winner(context.results, family)
        training, validation = load_training(context.results)
        training = training.subset(size)
        fitted = fit_ensemble(
            winner.network, configuration.instances, training, validation,
            winner.fit.model_copy(update={"steps": configuration.steps, "augment": augmented}), seed,
            checkpoint=context.folder / "adamw.checkpoint", device=context.device,
            on_progress=lambda state: context.progress(0.3 * state.step / state.steps),
        )  # fmt: skip
        fitted.save(context.folder / "adamw.pt")
        finished = finish(configuration, family, fitted, training, validation, augmented, seed, context)
        finished.save(context.folder / "finisher.pt")
        results = dict(zip(OPTIMISERS, (fitted, finished), strict=True))
        tests = load_tests(context.results, configuration.lattice)
        errors = np.stack([test_errors(result, tests) for result in results.values()])
        for path in context.folder.glob("*.checkpoint"):
            path.unlink()
        values = {
            "network": winner.network.model_dump(mode="json"), "n_parameters": fitted.n_parameters,
            "validation": {name: result.validation_loss.tolist() for name, result in results.items()},
            "best_step": {name: result.best_step for name, result in results.items()},
        }  # fmt: skip
        return StepResult(values, {"test_mse": errors})

    return run


def finish(
    configuration: FluxRegressionConfiguration, family: str, fitted: FitResult, training: LatticeData,
    validation: LatticeData, augmented: bool, seed: int, context: StepContext,
) -> FitResult:  # fmt: skip
    """Levenberg–Marquardt on at most `finisher_size` configurations, shifted copies among them where augmented."""
    from intertwine.training.levenberg_marquardt import LevenbergMarquardtSettings, finish_levenberg_marquardt

    settings = LevenbergMarquardtSettings(
        iterations=configuration.finisher_iterations[family], patience=configuration.finisher_patience,
        max_dense_bytes=1 << 28,
    )  # fmt: skip
    data = training.subset(min(len(training), configuration.finisher_size))
    if augmented:
        data = with_translations(data, configuration.finisher_size, seed)
    count = fitted.n_instances
    return finish_levenberg_marquardt(
        fitted, data, validation, settings, checkpoint=context.folder / "finisher.checkpoint",
        on_progress=lambda i, state: context.progress(0.3 + 0.7 * (i + state.step / state.steps) / count),
    )  # fmt: skip


def with_translations(data: LatticeData, total: int, seed: int) -> LatticeData:
    """`total` configurations: each of `data` in turn, moved by a random lattice vector each time."""
    import torch

    from intertwine.training.augmentation import random_translations, translate
    from intertwine.training.ensemble import generator_for
    from intertwine.training.lattice_data import LatticeData

    rows = torch.arange(max(total, len(data))) % len(data)
    shifts = random_translations(len(rows), data.sites, generator_for(seed, 3))
    return LatticeData(translate(data.features[rows], shifts), data.targets[rows])


def test_errors(result: FitResult, tests: TestSets) -> np.ndarray:
    """Mean squared error of every instance at every μ: [instance, μ, target]."""
    import numpy as np

    errors = [
        ((predict(result, features) - targets) ** 2).mean(axis=1)
        for features, targets in zip(tests.features, tests.targets, strict=True)
    ]
    return np.stack(errors, axis=1)


def predict(result: FitResult, features: np.ndarray) -> np.ndarray:
    """Predictions [instance, n, target] in float64 for stored features [n, channels, *sites]."""
    import numpy as np
    import torch

    from intertwine.training.ensemble import predict_ensemble

    predictions = predict_ensemble(result, torch.from_numpy(features.astype(np.float64)).to(result.dtype))
    return predictions.double().cpu().numpy()


def load_fit(results: Store, family: str, augmented: bool, size: int, optimiser: str) -> FitResult:
    """A trained arm. `optimiser`: "adamw" or "finisher"."""
    from intertwine.training.fit_result import FitResult

    path: Path = results.path(train_step(family, augmented, size)) / f"{optimiser}.pt"
    return FitResult.load(path)


def _seconds(configuration: FluxRegressionConfiguration, family: str, size: int) -> float:
    # Measured at 60×4 on one core. EQ works on distinct patches; the others' Jacobians grow as the square of the size.
    adamw = configuration.steps * (0.003 + 0.002 * configuration.instances)
    used = min(size, configuration.finisher_size)
    wide = min(1.0, configuration.max_parameters / 3000) ** 2
    iteration = used * (5e-4 if family == "EQ" else 2.8e-3 * wide)
    finisher = configuration.instances * configuration.finisher_iterations[family] * iteration
    return 3.0 + (adamw + finisher) * configuration.size_factor
