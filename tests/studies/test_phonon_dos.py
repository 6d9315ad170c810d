"""The study of phonon densities of states: its data, folds, networks, a whole tiny run with its report."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import torch

from intertwine.errors import ConfigurationError, DataError
from intertwine.physics.structure import checked_structure
from intertwine.report.build import build_report
from intertwine.studies.phonon_dos.configuration import NETWORKS, STANDARD, TINY
from intertwine.studies.phonon_dos.crystals import CRYSTALS, crystal_file, crystal_step, stored
from intertwine.studies.phonon_dos.data import CrystalGraphs
from intertwine.studies.phonon_dos.figures import quartile_crystals
from intertwine.studies.phonon_dos.networks import make_network
from intertwine.studies.phonon_dos.results import MEAN, Predictions, Results, paired
from intertwine.studies.phonon_dos.thermodynamics import relative_errors
from intertwine.studies.phonon_dos.training import split
from intertwine.studies.random_rotations import random_rotations
from intertwine.studies.runner import Run
from intertwine.studies.step import Step, StepContext
from intertwine.studies.store import Store

PAIRS = ((11, 17), (11, 9), (19, 17), (12, 8), (12, 8))
GRID = np.linspace(0, 1000, 51)


class Watcher:
    """Looks on."""

    def started(self, step: Step) -> None: ...

    def progress(self, step: Step, fraction: float) -> None: ...

    def finished(self, step: Step, seconds: float) -> None: ...


def entry(number: int) -> dict[str, object]:
    a = 2.4 + 0.1 * number
    return {
        "structure": {
            "numbers": list(PAIRS[number]), "positions": [[0, 0, 0], [a, 0.3, 0.7]],
            "cell": [[0.2, a, a], [a, 0, 1.3 * a], [a, 0.8 * a, 0]], "pbc": [True] * 3,
        },
        "phfreq": GRID.tolist(), "phdos": np.exp(-(((GRID - 200 - 80 * number) / 60) ** 2)).tolist(),
    }  # fmt: skip


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with crystals in the published layout, one row of which is broken."""
    root = tmp_path_factory.mktemp("data")
    (root / "phonon").mkdir()
    rows = [entry(number) for number in range(len(PAIRS))]
    rows[2] = {**rows[2], "phdos": [0.0, 1.0]}
    with (root / "phonon" / "data.csv").open("w", newline="") as handle:
        table = csv.DictWriter(handle, ["structure", "phfreq", "phdos"])
        table.writeheader()
        table.writerows({key: repr(value) for key, value in row.items()} for row in rows)
    return root


@pytest.fixture(scope="module")
def finished(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    out = tmp_path_factory.mktemp("run")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("INTERTWINE_DATA", str(samples))
        Run("phonon-dos", "tiny", out=out, workers=1).execute(Watcher())
        return Run("phonon-dos", "tiny", out=out, workers=1)


def test_a_whole_study_and_its_report(finished: Run) -> None:
    assert len(finished.done) == len(finished.steps)
    assert len(finished.study.summary(finished.configuration, finished.store)) == len(TINY.networks) + 1
    text = build_report(finished.out).read_text()
    assert "<svg" in text
    assert "1 entries could not be read" in text
    results = Results(TINY, finished.store)
    tested = results.tested("equivariant")
    assert tested.crystals.tolist() == [0, 1, 2, 3]
    np.testing.assert_array_equal(tested.true, results.dos)
    # The test sets are turned; only the equivariant network does not mind.
    for name, same in (("equivariant", True), ("free", False)):
        apart = np.abs(results.tested(name, "turned").found - results.tested(name).found).max()
        assert (apart < 1e-5) == same, name
    assert [results.formula(k) for k in range(4)] == ["NaCl", "NaF", "MgO", "MgO"]
    fold_of_mgo = [finished.store.arrays(f"train/free/1/{fold}")["test"].tolist() for fold in (0, 1)]
    apart = not any({2, 3} <= set(fold) for fold in fold_of_mgo)
    assert results.twins(tested).tolist() == [False, False, apart, apart]
    assert relative_errors(results, Predictions(tested.crystals, tested.true, tested.true)) == pytest.approx(0)
    assert results.tested(MEAN).found.max() == 1


def test_crystals_come_back_as_they_were_read(finished: Run) -> None:
    found = stored(finished.store)
    assert [one.symbols for one in found] == [("Na", "Cl"), ("Na", "F"), ("Mg", "O"), ("Mg", "O")]
    np.testing.assert_allclose(found[1].cell, entry(1)["structure"]["cell"])
    assert finished.store.values(CRYSTALS)["source"] == "data.csv"
    assert len(finished.store.values(CRYSTALS)["skipped"]) == 1


def test_generated_crystals_where_none_are_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("phonopy")
    from intertwine.physics import crystals

    monkeypatch.delenv("INTERTWINE_DATA", raising=False)

    def few(path: Path, n: int, **options: object) -> Path:
        entries = [entry(k) for k in range(n)]
        shape = {"cell": entries[0]["structure"]["cell"], "frac": [[0, 0, 0], [0.5] * 3]}
        made = [{"symbols": ["Cu", "Au"], **shape, "phfreq": one["phfreq"], "phdos": one["phdos"]} for one in entries]
        path.write_text(json.dumps({"crystals": made, "rejected": {"imaginary modes": 7}}))
        return path

    monkeypatch.setattr(crystals, "generate", few)
    step = crystal_step(TINY, 0)
    context = StepContext(tmp_path, Store(tmp_path / "store"), "cpu", None, lambda fraction: None)
    found = step.run(context)
    assert found.values["source"] == "generated"
    assert found.values["rejected"] == {"imaginary modes": 7}
    assert found.arrays["dos"].shape == (4, 51)
    with pytest.raises(DataError, match="too few crystals"):
        crystal_step(TINY.model_copy(update={"generated": 3}), 0).run(context)


def test_where_crystals_are_looked_for(samples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTERTWINE_DATA", str(samples))
    assert crystal_file("auto") == samples / "phonon" / "data.csv"
    assert crystal_file("generated") is None
    monkeypatch.setenv("INTERTWINE_DATA", str(tmp_path))
    assert crystal_file("auto") is None
    with pytest.raises(ConfigurationError, match="no such file of crystals"):
        crystal_file(str(tmp_path / "nothing.csv"))


def test_folds_cover_all_crystals_once() -> None:
    parts = [split(103, 10, fold, 1.0, 3) for fold in range(10)]
    assert sorted(np.concatenate([test for _, test in parts]).tolist()) == list(range(103))
    for fold, (training, test) in enumerate(parts):
        assert not set(training.tolist()) & set(test.tolist())
        assert len(training) + len(test) == 103
        half, same_test = split(103, 10, fold, 0.5, 3)
        assert set(half.tolist()) < set(training.tolist())
        assert same_test.tolist() == test.tolist()
    assert split(103, 10, 0, 1.0, 4)[1].tolist() != parts[0][1].tolist()


@pytest.mark.parametrize("name", list(NETWORKS))
def test_networks_and_turned_crystals(name: str) -> None:
    crystals = [
        checked_structure(e["structure"]["positions"], e["structure"]["numbers"], e["structure"]["cell"], {})
        for e in (entry(k) for k in range(3))
    ]
    data = CrystalGraphs.of(crystals, STANDARD.cutoff)
    net = make_network(STANDARD.model_copy(update={"radial_width": 8}), NETWORKS[name], 51, 20.0, 0)
    with torch.no_grad():
        found = net(*data.batch([2, 0, 1]))
        one_by_one = torch.cat([net(*data.batch([k])) for k in (2, 0, 1)])
        turned = net(*data.batch([2, 0, 1], torch.from_numpy(random_rotations(3, 0)).float()))
    torch.testing.assert_close(found, one_by_one, rtol=1e-4, atol=1e-5)
    assert bool((turned - found).abs().max() < 1e-4) == (not NETWORKS[name].coordinates)


def test_quartiles_and_paired_differences() -> None:
    errors = np.arange(40.0)[::-1]
    parts = quartile_crystals(errors)
    assert [len(part) for part in parts] == [5, 5, 5, 5]
    assert [float(errors[part].max()) for part in parts] == [9, 19, 29, 39]
    assert [len(part) for part in quartile_crystals(np.arange(3.0))] == [1, 1, 1, 0]
    mean, error = paired(np.array([1.0, 2.0, 3.0]), np.array([0.0, 2.0, 1.0]))
    assert mean == pytest.approx(1)
    assert error == pytest.approx(1 / np.sqrt(3))
