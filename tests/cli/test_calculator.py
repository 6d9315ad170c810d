"""The calculator: tables, JSON, files, errors that name the nearest irrep, exit codes, and no torch."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import intertwine as tw
from intertwine.cli import main
from intertwine.cli.app import EXIT_ERROR
from intertwine.cli.labels import label_text, root_text


def run(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(list(words)) == 0
    return capsys.readouterr().out


def run_json(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    return json.loads(run(capsys, *words, "--json"))


def test_irreps(capsys: pytest.CaptureFixture[str]) -> None:
    shown = run(capsys, "irreps", "SU(3)", "--up-to", "15")
    for word in ("10bar", "(1,1)", "complex"):
        assert word in shown
    found = run_json(capsys, "irreps", "SU(3)", "--up-to", "10")
    assert [row["irrep"] for row in found["irreps"]] == ["1", "3", "3bar", "6", "6bar", "8", "10", "10bar"]
    assert found["irreps"][5] == {"irrep": "8", "dimension": 8, "label": [1, 1], "conjugate": "8", "type": "real"}
    real = run_json(capsys, "irreps", "SU(3)", "--up-to", "10", "--basis", "real")
    assert [(row["irrep"], row["real dimension"]) for row in real["irreps"]] == [
        ("1", 1), ("3", 6), ("6", 12), ("8", 8), ("10", 20),
    ]  # fmt: skip


def test_decompose(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "decompose", "SU(3)", "8 x 8").splitlines()[0] == "1 + 2x8 + 10 + 10bar + 27"
    assert run(capsys, "decompose", "E8", "248 x 248").splitlines()[0] == "1 + 248 + 3875 + 27000 + 30380"
    found = run_json(capsys, "decompose", "SU(3)", "3 x 3bar")
    assert found["sum"] == "1 + 8"
    assert found["dimension"] == 9
    real = run_json(capsys, "decompose", "SU(3)", "3 x 3", "--basis", "real")
    assert real["dimension"] == 36 == sum(row["multiplicity"] * row["dimension"] for row in real["irreps"])


def test_e8_147250_by_248_in_seconds(capsys: pytest.CaptureFixture[str]) -> None:
    start = time.process_time()
    found = run_json(capsys, "decompose", "E8", "147250 x 248")
    assert time.process_time() - start < 5.0
    assert found["sum"] == "3875 + 30380 + 147250 + 779247 + 2450240 + 6696000 + 26411008"  # Slansky 1981, table 53
    assert found["dimension"] == 147250 * 248


def test_branch(capsys: pytest.CaptureFixture[str]) -> None:
    found = run_json(capsys, "branch", "SU(5)", "SU(3)xSU(2)xU(1)", "5bar + 10")
    assert set(found["sum"].split(" + ")) == {"(1,1,1)", "(1,2,-1/2)", "(3bar,1,1/3)", "(3bar,1,-2/3)", "(3,2,1/6)"}
    assert found["dimension"] == 15
    real = run_json(capsys, "branch", "SU(5)", "SU(3)xSU(2)xU(1)", "5bar + 10", "--basis", "real")
    assert real["dimension"] == 30
    assert run(capsys, "branch", "SU(3)", "SU(2)xU(1)", "8").startswith("(")


def test_cg_prints_roots_and_writes_a_file(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "table"
    shown = run(capsys, "cg", "SU(2)", "1", "1/2", "3/2", "--out", str(path))
    assert "√(2/3)" in shown
    with np.load(tmp_path / "table.npz") as data:
        assert data["coefficients"].shape == (1, 3, 2, 4)
        assert (str(data["group"]), str(data["a"]), str(data["basis"])) == ("SU(2)", "1", "weight")
        G = tw.group("SU(2)")
        expected = tw.clebsch_gordan(G.irrep("1"), G.irrep("1/2"), G.irrep("3/2"), basis="weight")
        np.testing.assert_array_equal(data["coefficients"], expected)
    real = run_json(capsys, "cg", "SU(3)", "8", "8", "8", "--basis", "real")
    assert real["shape"] == [2, 8, 8, 8]
    assert len(run(capsys, "cg", "SU(3)", "8", "8", "27", "--rows", "3").splitlines()) < 15


def test_cg_takes_negative_charges(capsys: pytest.CaptureFixture[str]) -> None:
    found = run_json(capsys, "cg", "U(1)", "-1", "2", "1")
    assert found["coefficients"] == [{"m": 0, "i": 0, "j": 0, "k": 0, "value": 1.0, "exact": "1"}]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["cg", "SU(3)", "8", "8", "9"], "SU(3) has no irrep of dimension 9; nearest: 8, 10"),
        (["cg", "SU(3)", "8", "8", "35"], "expected: one of 1, 8, 10, 10bar, 27"),
        (["decompose", "SU(3)", "8x8"], 'write "8 x 8" with spaces'),
        (["decompose", "SU(33", "8"], "not the name of a group"),
        (["branch", "SU(5)", "G2", "5"], "no built-in embedding"),
        (["cache", "clear", "nonsense"], "no such namespace"),
        (["irreps", "SU(3)", "--basis", "other"], "--basis"),
    ],
)
def test_errors(words: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == EXIT_ERROR
    printed = capsys.readouterr()
    assert message in printed.err
    assert printed.out == ""


def test_cache(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from intertwine import cache

    monkeypatch.setenv("INTERTWINE_CACHE", str(tmp_path / "cache"))
    cache.cached("demo", 1, (1,), lambda: {"a": np.zeros(1000)})
    assert "demo" in run(capsys, "cache")
    found = json.loads(run(capsys, "cache", "show", "--json"))
    assert found["namespaces"][0]["files"] == 1
    assert "freed" in run(capsys, "cache", "clear", "demo")
    assert json.loads(run(capsys, "cache", "show", "--json"))["namespaces"] == []
    monkeypatch.setenv("INTERTWINE_CACHE", "off")
    assert "off" in run(capsys, "cache")


def test_the_calculator_starts_without_torch_or_scipy() -> None:
    code = (
        "import sys; from intertwine.cli import main; main(['decompose', 'E8', '248 x 248']);"
        "print([m for m in ('torch', 'scipy', 'numba', 'matplotlib', 'optuna', 'lightning') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_how_numbers_and_labels_are_written() -> None:
    assert root_text(-np.sqrt(2 / 3)) == "-√(2/3)"
    assert root_text(0.5) == "1/2"
    assert root_text(np.sqrt(2)) == "√2"
    assert root_text(0.123456789) == "0.123456789"
    assert root_text(np.sqrt(2 / 3) + 1e-9) != "√(2/3)"
    assert label_text(((1, 1), ())) == "(1,1)"
    assert label_text(((1,), (2,))) == "((1),(2))"
