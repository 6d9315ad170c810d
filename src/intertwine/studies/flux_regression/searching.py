"""The search for each family's architecture: every setting is trained several times, the smallest mean loss wins."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from intertwine.studies.flux_regression.configuration import FAMILIES, FluxRegressionConfiguration
from intertwine.studies.flux_regression.sampling import TRAINING, load_training
from intertwine.studies.seeds import seed_of
from intertwine.studies.step import Step, StepContext, StepResult

if TYPE_CHECKING:
    from intertwine.models.lattice_cnn_config import LatticeCNNConfig
    from intertwine.studies.store import Store
    from intertwine.training.fit_settings import FitSettings

_POLL_SECONDS = 5.0


@dataclass(frozen=True)
class Winner:
    """The setting that a search chose."""

    network: LatticeCNNConfig
    fit: FitSettings


def search_step(family: str) -> str:
    """Name of the step that searches a family's architecture."""
    return f"search/{family}"


def search_steps(configuration: FluxRegressionConfiguration, seed: int) -> list[Step]:
    """One search for each family, all with the same budget."""
    step = (0.002 + 0.004 * configuration.repeats) * configuration.size_factor
    seconds = configuration.trials * configuration.search_steps * step
    return [
        Step(
            search_step(family),
            search_family(configuration, family, seed_of(seed, "search", family)),
            needs=(TRAINING,),
            seconds=3.0 + seconds,
        )
        for family in FAMILIES
    ]


def search_family(
    configuration: FluxRegressionConfiguration, family: str, seed: int
) -> Callable[[StepContext], StepResult]:
    """A step whose values are the winner (``network``, ``fit``), its validation losses, and every trial."""

    def run(context: StepContext) -> StepResult:
        from intertwine.studies.flux_regression.spaces import space
        from intertwine.training.hyperparameter_search import SearchSettings, search

        training, validation = load_training(context.results)
        training = training.subset(min(len(training), configuration.search_size))
        shared = context.storage is not None
        trials = configuration.trials

        def look() -> Any:
            return search(
                space(configuration, family), training, validation,
                SearchSettings(trials=trials, repeats=configuration.repeats, startup_trials=max(2, trials // 4)), seed,
                context.storage or context.folder / "trials.journal", name=search_name(configuration, family, seed),
                shared=shared, checkpoint_folder=context.folder,
                on_progress=lambda index, state: context.progress((index + state.step / state.steps) / trials),
            )  # fmt: skip

        result = look()
        while len(result.trials) < trials:  # other machines still work on the last trials of the budget
            time.sleep(_POLL_SECONDS)
            result = look()
        tried = [
            {
                "index": trial.index, "state": trial.state, "loss": trial.loss, "losses": trial.losses,
                "params": trial.params, "n_parameters": trial.n_parameters,
            }
            for trial in result.trials
        ]  # fmt: skip
        return StepResult({
            "network": result.config.model_dump(mode="json"), "fit": result.settings.model_dump(mode="json"),
            "losses": result.best.losses, "n_parameters": result.best.n_parameters, "trials": tried,
        })  # fmt: skip

    return run


def search_name(configuration: FluxRegressionConfiguration, family: str, seed: int) -> str:
    """The name under which machines that share a storage find the same search; it depends on all that matters."""
    from hashlib import sha256

    digest = sha256(f"{configuration.model_dump_json()}{seed}".encode()).hexdigest()[:12]
    return f"flux-regression-{family}-{digest}"


def load_winner(results: Store, family: str) -> Winner:
    """What a finished search chose."""
    from intertwine.models.lattice_cnn_config import LatticeCNNConfig
    from intertwine.training.fit_settings import FitSettings

    values = results.values(search_step(family))
    return Winner(LatticeCNNConfig.model_validate(values["network"]), FitSettings.model_validate(values["fit"]))
