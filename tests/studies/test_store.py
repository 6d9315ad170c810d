"""Results of steps appear whole or not at all."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from intertwine.errors import ConfigurationError, DataError
from intertwine.studies.step import StepResult
from intertwine.studies.store import Store, read_json, write_json


def test_round_trip_is_exact(tmp_path: Path) -> None:
    store = Store(tmp_path)
    array = np.random.default_rng(0).random((3, 4))
    store.finish(
        "a/b", StepResult({"x": 0.1 + 0.2, "y": [1, None]}, {"array": array, "whole": np.arange(3)}), seconds=1.5
    )
    assert store.done("a/b")
    assert store.values("a/b") == {"x": 0.1 + 0.2, "y": [1, None]}
    assert np.array_equal(store.arrays("a/b")["array"], array)
    assert store.arrays("a/b")["whole"].dtype == np.arange(3).dtype
    assert store.about("a/b") == {"seconds": 1.5}


def test_a_step_is_not_done_before_it_is_finished_and_its_folder_survives(tmp_path: Path) -> None:
    store = Store(tmp_path)
    (store.begin("a") / "checkpoint").write_text("half")
    assert not store.done("a")
    with pytest.raises(ConfigurationError, match="has no result"):
        store.values("a")
    assert (store.begin("a") / "checkpoint").read_text() == "half"
    store.finish("a", StepResult())
    assert (store.path("a") / "checkpoint").read_text() == "half"
    assert not (tmp_path / "steps" / "a.partial").exists()


def test_a_folder_without_a_result_gives_way(tmp_path: Path) -> None:
    store = Store(tmp_path)
    (tmp_path / "steps" / "a").mkdir(parents=True)
    (tmp_path / "steps" / "a" / "left-over").touch()
    store.finish("a", StepResult({"x": 1}))
    assert store.values("a") == {"x": 1}
    assert not (store.path("a") / "left-over").exists()


@pytest.mark.parametrize("content", ["", "{", "[1]", "nonsense"])
def test_a_damaged_file_is_named(tmp_path: Path, content: str) -> None:
    store = Store(tmp_path)
    store.finish("a", StepResult({"x": 1}))
    (store.path("a") / "result.json").write_text(content)
    with pytest.raises(DataError, match=r"result\.json cannot be read.*delete the folder"):
        store.values("a")


def test_damaged_arrays_are_named(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.finish("a", StepResult({}, {"x": np.arange(1000)}))
    path = store.path("a") / "arrays.npz"
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(DataError, match=r"arrays\.npz cannot be read"):
        store.arrays("a")


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    write_json(path, {"old": 1})
    with pytest.raises(TypeError):
        write_json(path, {"new": object()})
    assert read_json(path) == {"old": 1}
