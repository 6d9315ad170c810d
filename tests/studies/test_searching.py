"""The searches of the study: alone, resumed, and shared through one storage."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from intertwine.studies.flux_regression.configuration import TINY
from intertwine.studies.flux_regression.sampling import TRAINING, load_tests, load_training, sampling_steps
from intertwine.studies.flux_regression.searching import load_winner, search_family, search_name, search_step
from intertwine.studies.step import Step, StepContext
from intertwine.studies.store import Store

CONFIGURATION = TINY.model_copy(update={"test_lattices": ((6, 2),), "search_steps": 5, "trials": 3})


def do(store: Store, step: Step, storage: str | None = None) -> None:
    context = StepContext(store.begin(step.name), store, "cpu", storage, lambda fraction: None)
    store.finish(step.name, step.run(context))


def search(seed: int = 7) -> Step:
    return Step(search_step("EQ"), search_family(CONFIGURATION, "EQ", seed))


@pytest.fixture(scope="module")
def sampled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("sampled")
    for step in sampling_steps(CONFIGURATION, 0):
        do(Store(out), step)
    return out


@pytest.fixture
def out(sampled: Path, tmp_path: Path) -> Path:
    return shutil.copytree(sampled, tmp_path / "out")


def test_samples_are_what_the_configuration_says(sampled: Path) -> None:
    training, validation = load_training(Store(sampled))
    assert (len(training), len(validation)) == (max(CONFIGURATION.sizes), CONFIGURATION.n_validation)
    assert training.sites == CONFIGURATION.lattice
    tests = load_tests(Store(sampled), (6, 2))
    assert tests.mus.tolist() == [1.05, 1.0]
    assert tests.features.shape == (2, CONFIGURATION.n_test, 4, 6, 2)
    assert tests.targets.shape == (2, CONFIGURATION.n_test, 2)
    assert {entry["mu"] for entry in Store(sampled).values(TRAINING)["ensembles"]} == {CONFIGURATION.mu}
    # The training set is not the validation set over again.
    assert (training.features[: len(validation)] != validation.features).any()


def test_the_smallest_loss_wins_and_every_trial_is_recorded(out: Path) -> None:
    store = Store(out)
    do(store, search())
    values = store.values(search_step("EQ"))
    assert [trial["index"] for trial in values["trials"]] == [0, 1, 2]
    complete = [trial for trial in values["trials"] if trial["state"] == "complete"]
    assert values["losses"] == min(complete, key=lambda trial: trial["loss"])["losses"]
    winner = load_winner(store, "EQ")
    assert winner.network.family == "EQ"
    assert winner.fit.steps == CONFIGURATION.search_steps


def test_machines_with_one_storage_share_the_budget(out: Path, tmp_path: Path) -> None:
    other = Path(shutil.copytree(out, tmp_path / "other"))
    storage = str(tmp_path / "shared.journal")
    for folder in (out, other):
        do(Store(folder), search(), storage)
    first, second = (Store(folder).values(search_step("EQ")) for folder in (out, other))
    assert first == second
    created = (tmp_path / "shared.journal").read_text().count('"op_code":4,')  # Optuna's code for a new trial
    assert created == CONFIGURATION.trials


def test_names_in_a_shared_storage_tell_searches_apart() -> None:
    names = {
        search_name(CONFIGURATION, "EQ", 0), search_name(CONFIGURATION, "ST", 0), search_name(CONFIGURATION, "EQ", 1),
        search_name(TINY, "EQ", 0),
    }  # fmt: skip
    assert len(names) == 4
