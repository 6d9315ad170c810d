"""Where a search lives, and how workers share its global budget of trials."""

from __future__ import annotations

import os
import socket
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from intertwine.errors import ConfigurationError

if TYPE_CHECKING:
    from optuna import Study
    from optuna.trial import FrozenTrial, Trial

SILENCE = timedelta(minutes=10)


def open_study(storage: Path | str, name: str, identity: dict[str, Any], shared: bool) -> Study:
    """Create or reopen the study `name`; `identity` must be what it was created with."""
    import optuna
    from optuna.storages import JournalStorage, RDBStorage
    from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    backend: Any
    if isinstance(storage, str) and "://" in storage:
        if shared and storage.startswith("sqlite"):
            raise ConfigurationError(
                "sqlite cannot be shared by workers", received=storage, expected="a journal file or a database server",
                fix="give a path for a journal file, or a postgresql:// or mysql:// URL",
            )  # fmt: skip
        backend = RDBStorage(storage)
    else:
        path = Path(storage)
        path.parent.mkdir(parents=True, exist_ok=True)
        backend = JournalStorage(JournalFileBackend(str(path), lock_obj=JournalFileOpenLock(str(path))))
    study = optuna.create_study(
        study_name=name, storage=backend, direction="minimize", load_if_exists=True, pruner=optuna.pruners.NopPruner()
    )
    known = study.user_attrs.get("identity")
    if known is None:
        study.set_user_attr("identity", identity)
    elif known != identity:
        raise ConfigurationError(
            f"The storage already holds a search {name!r} with other settings", received=identity, expected=known,
            fix="give another name or storage",
        )  # fmt: skip
    return study


def finished_trials(study: Study) -> list[FrozenTrial]:
    """Complete and pruned trials in order of their index; the first of an index that two workers happened to finish."""
    from optuna.trial import TrialState

    by_index: dict[int, FrozenTrial] = {}
    for trial in study.get_trials(deepcopy=False, states=(TrialState.COMPLETE, TrialState.PRUNED)):
        by_index.setdefault(trial.user_attrs["index"], trial)
    return [by_index[index] for index in sorted(by_index)]


def claim_trial(study: Study, budget: int, seed: int, startup_trials: int, shared: bool) -> tuple[Trial, int] | None:
    """The next trial and its index below `budget`, or None if all are done or in other workers' hands.

    Optuna numbers trials as they are created, killed ones included; our index counts positions in the budget, so that
    a trial done again after a kill has the seed, and thus the parameters, of its first attempt.
    """
    from optuna.samplers import TPESampler
    from optuna.trial import TrialState

    taken = {trial.user_attrs["index"] for trial in finished_trials(study)}
    for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        if not shared or _is_dead(trial):
            study.tell(trial.number, state=TrialState.FAIL, skip_if_finished=True)
        elif "index" in trial.user_attrs:
            taken.add(trial.user_attrs["index"])
    free = [index for index in range(budget) if index not in taken]
    if not free:
        return None
    index = free[0]
    # seeded by position, not by how many numbers were drawn before
    sampler_seed = int(np.random.SeedSequence([seed, 4, index]).generate_state(1, np.uint32)[0])
    study.sampler = TPESampler(n_startup_trials=startup_trials, seed=sampler_seed, constant_liar=shared)
    mine = study.ask()
    mine.set_user_attr("index", index)
    mine.set_user_attr("owner", f"{socket.gethostname()}:{os.getpid()}")
    if shared:
        rivals = [
            trial
            for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
            if trial.user_attrs.get("index") == index and trial.number < mine.number
        ]
        if rivals:  # two workers chose the same index at once: the older trial keeps it
            study.tell(mine, state=TrialState.FAIL)
            return claim_trial(study, budget, seed, startup_trials, shared)
    return mine, index


def _is_dead(trial: FrozenTrial) -> bool:
    """Whether a running trial's owner is gone (same machine) or has reported nothing for long (any machine)."""
    host, _, process = str(trial.user_attrs.get("owner", "")).rpartition(":")
    if host == socket.gethostname() and process.isdigit():
        try:
            os.kill(int(process), 0)
        except ProcessLookupError:
            return True
        except PermissionError:
            return False
        return False
    beat = trial.user_attrs.get("heartbeat")
    last = datetime.fromisoformat(beat) if beat else trial.datetime_start
    return last is not None and datetime.now() - last > SILENCE
