"""The search: reproducible, resumable, its budget shared."""

from __future__ import annotations

import pytest

from intertwine.errors import ConfigurationError
from intertwine.models.lattice_cnn import LatticeCNNConfig
from intertwine.training import FitSettings, SearchSettings, search
from intertwine.training.search_pruning import MedianRule
from intertwine.training.search_storage import claim_trial, open_study
from training.lattice_samples import samples

TRAIN, VALIDATION = samples(40, 0), samples(20, 1)
SETTINGS = SearchSettings(trials=7, repeats=2, startup_trials=3)


def space(trial):
    layer = {"channels": trial.suggest_int("channels", 2, 12, log=True), "kernel": trial.suggest_int("kernel", 1, 3)}
    config = LatticeCNNConfig(family="EQ", sites=(6, 4), in_channels=2, layers=[layer])
    rate = trial.suggest_float("learning_rate", 1e-4, 3e-2, log=True)
    return config, FitSettings(steps=30, evaluate_every=10, batch_size=20, learning_rate=rate)


def outcome(result):
    return [(t.index, t.state, t.loss, t.losses, t.params) for t in result.trials], result.config, result.settings


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return search(space, TRAIN, VALIDATION, SETTINGS, 7, tmp_path_factory.mktemp("search") / "journal.log")


def test_best_is_the_smallest_mean_and_seeds_matter(whole, tmp_path):
    complete = [t for t in whole.trials if t.state == "complete"]
    assert len(whole.trials) == 7
    assert whole.best.loss == min(t.loss for t in complete)
    assert whole.best.loss == pytest.approx(sum(whole.best.losses) / 2)
    assert len({t.params["learning_rate"] for t in whole.trials}) == 7
    other = search(space, TRAIN, VALIDATION, SETTINGS.model_copy(update={"trials": 2}), 8, tmp_path / "journal.log")
    assert other.trials[0].params != whole.trials[0].params


@pytest.mark.parametrize("checkpoints", [False, True])
def test_killed_anywhere_it_gives_the_same_and_redoes_nothing(whole, tmp_path, checkpoints):
    calls, finished = [], []

    def die(index, progress):
        calls.append(index)
        if len(calls) in (2, 7, 8, 13):
            raise KeyboardInterrupt

    result = None
    while result is None:
        try:
            result = search(
                space, TRAIN, VALIDATION, SETTINGS, 7, tmp_path / "journal.log", on_progress=die,
                on_trial=lambda record: finished.append(record.index),
                checkpoint_folder=tmp_path if checkpoints else None,
            )  # fmt: skip
        except KeyboardInterrupt:
            continue
    assert outcome(result) == outcome(whole)
    assert finished == list(range(7))
    again = search(space, TRAIN, VALIDATION, SETTINGS, 7, tmp_path / "journal.log", on_progress=die)
    assert outcome(again) == outcome(whole)
    assert not list(tmp_path.glob("*.pt"))


def test_the_budget_is_global(tmp_path):
    study = open_study(tmp_path / "journal.log", "search", {}, True)
    claims = [claim_trial(study, 3, 0, 5, True) for _ in range(4)]
    assert [claim[1] for claim in claims[:3]] == [0, 1, 2]
    assert claims[3] is None
    # a worker that is gone frees its trial, a living one keeps it
    host = study.get_trials()[1].user_attrs["owner"].rpartition(":")[0]
    claims[1][0].set_user_attr("owner", f"{host}:{2**22 + 1}")
    again = claim_trial(study, 3, 0, 5, True)
    assert again is not None
    assert again[1] == 1


def test_storage_errors(tmp_path):
    with pytest.raises(ConfigurationError, match="sqlite cannot be shared"):
        open_study(f"sqlite:///{tmp_path}/x.db", "search", {}, True)
    open_study(tmp_path / "journal.log", "search", {"seed": 1}, False)
    with pytest.raises(ConfigurationError, match="other settings"):
        open_study(tmp_path / "journal.log", "search", {"seed": 2}, False)


def test_median_rule():
    class Curve:
        def __init__(self, *values):
            self.intermediate_values = {round(1e6 * (i + 1) / 4): v for i, v in enumerate(values)}

    rule = MedianRule([Curve(4, 3, 2, 1), Curve(8, 6, 4, 2), Curve(9, 9)], 0.3, 2)
    assert not rule.says_stop(0.25, 100.0)  # too early
    assert rule.says_stop(0.5, 6.5)
    assert not rule.says_stop(0.5, 5.9)
    assert rule.says_stop(0.75, 3.1)  # the third curve never came so far
    assert rule.says_stop(0.75, float("nan"))
    assert not rule.says_stop(1.0, 100.0)  # it is finished anyway
