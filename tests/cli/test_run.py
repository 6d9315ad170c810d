"""`intertwine run`: the whole study at a tiny size; killed, resumed, and the same to the last bit."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

COMMAND = [sys.executable, "-m", "intertwine", "run", "flux-regression", "--preset", "tiny", "--workers", "1"]
STEPS = 21


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    out = tmp_path_factory.mktemp("run") / "whole"
    result = subprocess.run([*COMMAND, "--out", str(out)], capture_output=True, text=True, timeout=400, check=False)
    assert result.returncode == 0, result.stderr
    return out, result.stderr + result.stdout


def test_what_is_printed(uninterrupted: tuple[Path, str]) -> None:
    out, printed = uninterrupted
    assert f"{STEPS} steps, about" in printed
    assert printed.index("about") < printed.index(f"[1/{STEPS}]")
    assert f"[{STEPS}/{STEPS}]" in printed
    for name in ("EQ", "ST", "FL", "AdamW"):
        assert name in printed
    assert printed.rstrip().endswith(f"Report: {out / 'report.html'}")


def test_what_is_written(uninterrupted: tuple[Path, str]) -> None:
    out, _ = uninterrupted
    page = (out / "report.html").read_text()
    for words in ("Silver Blaze", "Levenberg–Marquardt", "parameters", "Seed 0", "torch 2.", "flattening"):
        assert words in page
    names = {"learning-curves", "silver-blaze", "loss-by-lattice", "loss-by-mu"}
    for name in names:
        assert (out / "figures" / f"{name}.pdf").is_file()
        assert (out / "figures" / f"{name}.svg").is_file()
        assert (out / "data" / f"{name}.csv").read_text().count("\n") > 1
    assert {path.stem for path in (out / "data").iterdir()} == names | {"optimisers", "flatness", "networks"}


def test_a_second_run_redoes_nothing(uninterrupted: tuple[Path, str]) -> None:
    out, _ = uninterrupted
    before = {path: path.stat().st_mtime_ns for path in (out / "steps").rglob("*") if path.is_file()}
    result = subprocess.run([*COMMAND, "--out", str(out)], capture_output=True, text=True, timeout=100, check=False)
    assert result.returncode == 0, result.stderr
    assert f"All {STEPS} steps are done already" in result.stderr
    assert {path: path.stat().st_mtime_ns for path in (out / "steps").rglob("*") if path.is_file()} == before


def test_another_seed_on_the_same_folder_is_refused(uninterrupted: tuple[Path, str]) -> None:
    out, _ = uninterrupted
    command = [*COMMAND, "--out", str(out), "--seed", "1"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert result.returncode == 2
    assert "another configuration" in result.stderr
    assert "seed: 1" in result.stderr


def test_stopped_and_resumed_it_is_the_same_to_the_last_bit(uninterrupted: tuple[Path, str], tmp_path: Path) -> None:
    whole, out = uninterrupted[0], tmp_path / "stopped"
    command = [*COMMAND, "--out", str(out)]
    for count, how in ((3, signal.SIGINT), (6, signal.SIGTERM)):
        code, printed = stop_after(command, out, count, how)
        assert code == 130
        assert "To go on:" in printed
        assert f"intertwine run flux-regression --preset tiny --out {out}" in printed
    code, _ = stop_after(command, out, 9, signal.SIGKILL)
    assert code == -signal.SIGKILL
    kept = {path.parent: path.stat().st_mtime_ns for path in (out / "steps").rglob("result.json")}
    assert len(kept) >= 9
    result = subprocess.run(command, capture_output=True, text=True, timeout=400, check=False)
    assert result.returncode == 0, result.stderr
    assert f"{len(kept)} of {STEPS} steps are done already" in result.stderr
    for folder, changed in kept.items():
        assert (folder / "result.json").stat().st_mtime_ns == changed
    compare(whole, out)


def compare(whole: Path, other: Path) -> None:
    """Values as bytes, arrays as numbers without tolerance, trained weights as tensors without tolerance."""
    import torch

    for path in sorted((whole / "steps").rglob("result.json")):
        assert (other / path.relative_to(whole)).read_bytes() == path.read_bytes(), path
    for path in sorted((whole / "steps").rglob("arrays.npz")):
        with np.load(path) as first, np.load(other / path.relative_to(whole)) as second:
            assert set(first.files) == set(second.files)
            for name in first.files:
                assert np.array_equal(first[name], second[name]), (path, name)
    weights = sorted((whole / "steps").rglob("*.pt"))
    assert weights
    for path in weights:
        first, second = (torch.load(root / path.relative_to(whole), weights_only=True) for root in (whole, other))
        for name, value in first["parameters"].items():
            assert torch.equal(value, second["parameters"][name]), (path, name)


def stop_after(command: list[str], out: Path, count: int, how: signal.Signals) -> tuple[int, str]:
    """Start the command in a process group of its own and stop it once `count` steps are done."""
    # A test run in the background ignores Ctrl-C, and so would what it starts.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )
    deadline = time.monotonic() + 300
    while len(list((out / "steps").rglob("result.json"))) < count:
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < deadline
        time.sleep(0.02)
    # Ctrl-C reaches the whole group, as from a terminal; the others hit the parent alone
    if how == signal.SIGINT:
        os.killpg(process.pid, how)
    else:
        process.send_signal(how)
    printed, _ = process.communicate(timeout=100)
    return process.returncode, printed


def test_two_workers_give_the_same(uninterrupted: tuple[Path, str], tmp_path: Path) -> None:
    command = [*COMMAND[:-1], "2", "--out", str(tmp_path / "two")]
    result = subprocess.run(command, capture_output=True, text=True, timeout=400, check=False)
    assert result.returncode == 0, result.stderr
    compare(uninterrupted[0], tmp_path / "two")
