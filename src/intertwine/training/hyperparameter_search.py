"""Hyper-parameter search with Optuna: reproducible trial by trial, resumable, shared by any number of workers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from math import isfinite
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, NonNegativeInt, PositiveInt

from intertwine.errors import DataError
from intertwine.models.lattice_cnn import LatticeCNNConfig
from intertwine.training.ensemble import generator_for
from intertwine.training.ensemble_fit import Progress, fit_ensemble
from intertwine.training.fit_result import FitResult
from intertwine.training.fit_settings import FitSettings
from intertwine.training.lattice_data import LatticeData
from intertwine.training.search_pruning import MedianRule
from intertwine.training.search_result import SearchResult, TrialRecord
from intertwine.training.search_storage import claim_trial, finished_trials, open_study

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial, Trial

Space = Callable[["Trial"], tuple[LatticeCNNConfig, FitSettings]]


class SearchSettings(BaseModel):
    """Budget of a search.

    Attributes
    ----------
    trials:
        Settings tried, over all workers and interruptions.
    repeats:
        Fits of every setting, trained as one ensemble; the smallest mean validation loss wins.
    startup_trials:
        Drawn at random before the tree-structured Parzen estimator takes over.
    prune:
        Stop a trial whose mean validation loss exceeds the median of earlier trials' best at that fraction of steps.
    prune_after:
        Fraction of a trial's steps before which it is never pruned.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    trials: PositiveInt = 12
    repeats: PositiveInt = 2
    startup_trials: NonNegativeInt = 5
    prune: bool = True
    prune_after: float = 0.3


def search(
    space: Space,
    train: LatticeData,
    validation: LatticeData,
    settings: SearchSettings,
    seed: int,
    storage: Path | str,
    *,
    name: str = "search",
    shared: bool = False,
    on_trial: Callable[[TrialRecord], None] | None = None,
    on_progress: Callable[[int, Progress], None] | None = None,
    checkpoint_folder: Path | None = None,
    finish: Callable[[FitResult], FitResult] | None = None,
) -> SearchResult:
    """Search until the budget is spent, then return the setting with the smallest mean validation loss.

    With one worker the result depends on the arguments only, interrupted or not: trial i draws its parameters from a
    sampler seeded by (seed, i), given the trials before it, and its fits are seeded by (seed, i) as well. A trial that
    was under way when a search was killed is done again under its own index; finished ones are never redone.

    Parameters
    ----------
    space:
        Draws an architecture and its fit settings from an Optuna trial (``trial.suggest_…``).
    storage:
        Path of a journal file, or a database URL ("postgresql://…", "mysql://…"; sqlite only if not `shared`).
    name:
        Several searches may live in one storage under their own names.
    shared:
        Whether other workers, here or on other machines, work on the same search now. If not, unfinished trials in the
        storage are taken for dead at once, else when their owner's process is gone, or silent for ten minutes if it
        runs elsewhere.
    on_trial, on_progress:
        Called after every trial, and with (index, progress) at every evaluation.
    checkpoint_folder:
        Where the trial under way keeps its checkpoint, so that even a killed trial goes on where it stopped.
    finish:
        Applied to the fit of every trial that is not pruned, before its validation losses count: a second optimiser.

    Raises
    ------
    ConfigurationError
        On a storage that cannot be used (shared sqlite), or one that holds the same name with other settings.
    DataError
        If every trial failed.
    """
    import optuna

    identity = {
        "seed": seed,
        "repeats": settings.repeats,
        "startup_trials": settings.startup_trials,
        "prune": settings.prune,
    }
    study = open_study(storage, name, identity, shared)
    while (claimed := claim_trial(study, settings.trials, seed, settings.startup_trials, shared)) is not None:
        trial, index = claimed
        started = perf_counter()
        pruner = (
            MedianRule(finished_trials(study), settings.prune_after, settings.startup_trials)
            if settings.prune
            else None
        )
        fit_seed = int(generator_for(seed, 3, index).initial_seed())
        checkpoint = None if checkpoint_folder is None else checkpoint_folder / f"{name}-{index}.pt"

        def watch(progress: Progress, trial: Any = trial, index: int = index, pruner: Any = pruner) -> None:
            mean = sum(progress.validation_loss) / len(progress.validation_loss)
            fraction = round(progress.step / progress.steps, 6)
            trial.report(mean if isfinite(mean) else float("inf"), round(1e6 * fraction))
            trial.set_user_attr("losses", progress.validation_loss)
            if shared:
                trial.set_user_attr("heartbeat", datetime.now().isoformat())
            if on_progress is not None:
                on_progress(index, progress)
            if pruner is not None and pruner.says_stop(fraction, mean):
                raise optuna.TrialPruned

        try:
            config, fit_settings = space(trial)
            trial.set_user_attr("config", config.model_dump_json())
            trial.set_user_attr("settings", fit_settings.model_dump_json())
            trial.set_user_attr("n_parameters", _count_parameters(config))
            result = fit_ensemble(
                config,
                settings.repeats,
                train,
                validation,
                fit_settings,
                fit_seed,
                on_progress=watch,
                checkpoint=checkpoint,
            )
            if finish is not None:
                result = finish(result)
        except optuna.TrialPruned:
            trial.set_user_attr("seconds", perf_counter() - started)
            study.tell(trial, state=optuna.trial.TrialState.PRUNED)
        except DataError:
            # diverged: the worst possible loss, and the sampler learns from it
            trial.set_user_attr("losses", [float("inf")] * settings.repeats)
            trial.set_user_attr("seconds", perf_counter() - started)
            study.tell(trial, float("inf"))
        else:
            losses = result.validation_loss.tolist()
            trial.set_user_attr("losses", losses)
            trial.set_user_attr("seconds", perf_counter() - started)
            mean = sum(losses) / len(losses)
            study.tell(trial, mean if isfinite(mean) else float("inf"))
        if checkpoint is not None:
            checkpoint.unlink(missing_ok=True)
        if on_trial is not None:
            on_trial(_record(next(t for t in study.get_trials(deepcopy=False) if t.number == trial.number)))
    return _result(finished_trials(study))


def _count_parameters(config: LatticeCNNConfig) -> int:
    from intertwine.models.lattice_cnn import LatticeCNN

    return LatticeCNN(config, device="meta").n_parameters


def _record(trial: FrozenTrial) -> TrialRecord:
    attributes = trial.user_attrs
    value = trial.value if trial.value is not None else float("inf")
    return TrialRecord(
        attributes["index"], trial.state.name.lower(), value, list(attributes.get("losses", [])), dict(trial.params),
        attributes.get("n_parameters", 0), attributes.get("seconds", 0.0),
    )  # fmt: skip


def _result(trials: list[FrozenTrial]) -> SearchResult:
    records = [_record(trial) for trial in trials]
    complete = [
        (record.loss, record.index, trial)
        for record, trial in zip(records, trials, strict=True)
        if record.state == "complete" and isfinite(record.loss)
    ]
    if not complete:
        raise DataError(
            "No trial of the search succeeded", received=f"{len(records)} trials",
            expected="at least one with a finite loss",
            fix="lower the learning rates of the search space",
        )  # fmt: skip
    _, _, best = min(complete, key=lambda item: item[:2])
    return SearchResult(
        LatticeCNNConfig.model_validate_json(best.user_attrs["config"]),
        FitSettings.model_validate_json(best.user_attrs["settings"]),
        _record(best),
        records,
    )
