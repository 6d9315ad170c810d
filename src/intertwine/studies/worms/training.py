"""The search for each family's architecture, and the instances of the winner: AdamW, then Levenberg–Marquardt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING

from intertwine.studies.seeds import seed_of
from intertwine.studies.step import Step, StepContext, StepResult
from intertwine.studies.worms.configuration import FAMILIES, WormsConfiguration
from intertwine.studies.worms.matching import match_step
from intertwine.studies.worms.sampling import ROLES, load_labelled, sample_step

if TYPE_CHECKING:
    from intertwine.studies.store import Store
    from intertwine.training.fit_result import FitResult
    from intertwine.training.levenberg_marquardt import LevenbergMarquardtSettings

OPTIMISERS = ("adamw", "finisher")


def search_step(family: str) -> str:
    """Name of the step that searches a family's architecture."""
    return f"search/{family}"


def train_step(family: str) -> str:
    """Name of the step that trains the instances of a family's winner."""
    return f"train/{family}"


def training_steps(configuration: WormsConfiguration, seed: int) -> list[Step]:
    """Search and training of each family, with the same budget."""
    first = configuration.extents[0]
    data = [sample_step(role, first, number) for role in ROLES for number in configuration.training_numbers]
    if configuration.task == "detection":
        data += [match_step(role, first) for role in ROLES]
    c, iteration = configuration, 2e-4 * min(configuration.finisher_size, 4 * configuration.n_training)
    searching = c.trials * c.repeats * (0.005 * c.search_steps + iteration * c.search_finisher)
    training = c.instances * (0.005 * c.steps + iteration * c.finisher_iterations)
    return [
        step
        for family in FAMILIES
        for step in (
            Step(
                search_step(family), search_family(c, family, seed_of(seed, "search", family)),
                needs=tuple(data), seconds=3 + searching,
            ),
            Step(
                train_step(family), train(c, family, seed_of(seed, "train", family)),
                needs=(search_step(family), *data), seconds=3 + training,
            ),
        )
    ]  # fmt: skip


def search_family(configuration: WormsConfiguration, family: str, seed: int) -> Callable[[StepContext], StepResult]:
    """A step whose values are the winner (``network``, ``fit``), its validation losses, and every trial.

    Every trial is finished by Levenberg–Marquardt before it is judged: first-order steps alone hardly see a
    violation among fluctuations of the flux that are many times larger.
    """

    def run(context: StepContext) -> StepResult:
        from intertwine.studies.worms.spaces import space
        from intertwine.training.hyperparameter_search import SearchSettings, search
        from intertwine.training.levenberg_marquardt import finish_levenberg_marquardt

        training, validation = (load_labelled(configuration, context.results, role, seed) for role in ROLES)
        training = training.subset(min(len(training), configuration.finisher_size))
        settings = finisher_settings(configuration, configuration.search_finisher)
        trials = configuration.trials
        result = search(
            space(configuration, family), training, validation,
            SearchSettings(
                trials=trials, repeats=configuration.repeats, startup_trials=max(2, trials // 4), prune=False
            ),
            seed, context.folder / "trials.journal", name=family, checkpoint_folder=context.folder,
            finish=lambda fitted: finish_levenberg_marquardt(fitted, training, validation, settings),
            on_trial=lambda trial: context.progress((trial.index + 1) / trials),
        )  # fmt: skip
        return StepResult({
            "network": result.config.model_dump(mode="json"), "fit": result.settings.model_dump(mode="json"),
            "losses": result.best.losses, "trials": [asdict(trial) | {"seconds": 0.0} for trial in result.trials],
        })  # fmt: skip

    return run


def train(configuration: WormsConfiguration, family: str, seed: int) -> Callable[[StepContext], StepResult]:
    """A step that stores ``adamw.pt`` and ``finisher.pt`` (FitResult), their validation losses and the architecture."""

    def run(context: StepContext) -> StepResult:
        from intertwine.models.lattice_cnn_config import LatticeCNNConfig
        from intertwine.training.ensemble_fit import fit_ensemble
        from intertwine.training.fit_settings import FitSettings
        from intertwine.training.levenberg_marquardt import finish_levenberg_marquardt

        winner = context.results.values(search_step(family))
        network = LatticeCNNConfig.model_validate(winner["network"])
        fit = FitSettings.model_validate(winner["fit"]).model_copy(update={"steps": configuration.steps})
        training, validation = (load_labelled(configuration, context.results, role, seed) for role in ROLES)
        count = configuration.instances
        fitted = fit_ensemble(
            network, count, training, validation, fit, seed, checkpoint=context.folder / "adamw.checkpoint",
            device=context.device, on_progress=lambda state: context.progress(0.3 * state.step / state.steps),
        )  # fmt: skip
        fitted.save(context.folder / "adamw.pt")
        finished = finish_levenberg_marquardt(
            fitted, training.subset(min(len(training), configuration.finisher_size)), validation,
            finisher_settings(configuration, configuration.finisher_iterations),
            checkpoint=context.folder / "finisher.checkpoint",
            on_progress=lambda i, state: context.progress(0.3 + 0.7 * (i + state.step / state.steps) / count),
        )  # fmt: skip
        finished.save(context.folder / "finisher.pt")
        for path in context.folder.glob("*.checkpoint"):
            path.unlink()
        values = {
            "network": winner["network"], "n_parameters": fitted.n_parameters,
            "validation": {"adamw": fitted.validation_loss.tolist(), "finisher": finished.validation_loss.tolist()},
        }  # fmt: skip
        return StepResult(values)

    return run


def finisher_settings(configuration: WormsConfiguration, iterations: int) -> LevenbergMarquardtSettings:
    """Levenberg–Marquardt on the loss of the task."""
    from intertwine.studies.worms.spaces import loss_name
    from intertwine.training.levenberg_marquardt import LevenbergMarquardtSettings

    return LevenbergMarquardtSettings(
        iterations=iterations, patience=configuration.finisher_patience, loss=loss_name(configuration),
        max_dense_bytes=1 << 28,
    )  # fmt: skip


def load_fit(results: Store, family: str, optimiser: str) -> FitResult:
    """Trained instances. optimiser: "adamw" or "finisher"."""
    from intertwine.training.fit_result import FitResult

    return FitResult.load(results.path(train_step(family)) / f"{optimiser}.pt")
