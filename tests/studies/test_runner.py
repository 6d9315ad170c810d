"""Running, stopping, resuming, failing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from counting_study import NAME

from intertwine.errors import ConfigurationError, DataError
from intertwine.studies.provenance import sessions
from intertwine.studies.runner import Run
from intertwine.studies.step import Step
from intertwine.studies.worker import StepError


class Recorder:
    """Remembers what it is told; raises KeyboardInterrupt when the step named `stop` reports progress."""

    def __init__(self, stop: str = "") -> None:
        self.finished_names: list[str] = []
        self.stop = stop

    def started(self, step: Step) -> None:
        pass

    def progress(self, step: Step, fraction: float) -> None:
        assert 0 <= fraction <= 1
        if step.name == self.stop:
            raise KeyboardInterrupt

    def finished(self, step: Step, seconds: float) -> None:
        self.finished_names.append(step.name)


def starts(out: Path) -> Counter[str]:
    return Counter((out / "log.txt").read_text().split())


@pytest.mark.parametrize("workers", [1, 2])
def test_every_step_runs_once_and_a_second_run_does_nothing(tmp_path: Path, workers: int) -> None:
    recorder = Recorder()
    run = Run(NAME, "quick", out=tmp_path, workers=workers)
    assert run.expected_seconds() == (7 if workers == 1 else 5)
    run.execute(recorder)
    assert recorder.finished_names[0] == "first"
    assert starts(tmp_path) == {"first.partial": 1, "second.partial": 1, "third.partial": 1}
    assert run.store.values("then/second") == {"twice": 6}
    again = Run(NAME, "quick", out=tmp_path)
    assert again.expected_seconds() == 0
    again.execute(Recorder())
    assert sum(starts(tmp_path).values()) == 3
    assert len(sessions(tmp_path)) == 1


def test_an_interrupted_run_keeps_what_is_done(tmp_path: Path) -> None:
    run = Run(NAME, "slow", out=tmp_path, workers=2)
    with pytest.raises(KeyboardInterrupt):
        run.execute(Recorder(stop="then/second"))
    assert "first" in run.done
    assert "then/second" not in run.done


def test_another_configuration_is_refused_and_the_differences_are_named(tmp_path: Path) -> None:
    Run(NAME, "quick", out=tmp_path, seed=1, workers=1).execute(Recorder())
    with pytest.raises(ConfigurationError) as caught:
        Run(NAME, "other", out=tmp_path, seed=2).execute(Recorder())
    message = str(caught.value)
    assert "configuration.numbers: [1, 3]" in message
    assert "configuration.numbers: [1, 2]" in message
    assert "preset: other" in message
    assert "seed: 2" in message
    assert "log" not in message


def test_results_without_a_manifest_are_not_adopted(tmp_path: Path) -> None:
    (tmp_path / "steps").mkdir()
    with pytest.raises(ConfigurationError, match=r"holds results but no run\.json"):
        Run(NAME, "quick", out=tmp_path).execute(Recorder())


def test_two_processes_cannot_share_a_folder(tmp_path: Path) -> None:
    from filelock import FileLock

    with FileLock(tmp_path / ".lock"), pytest.raises(ConfigurationError, match="another process"):
        Run(NAME, "quick", out=tmp_path).execute(Recorder())


def test_an_error_of_the_package_arrives_as_it_was_raised(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        Run(NAME, "error", out=tmp_path, workers=1).execute(Recorder())
    assert (caught.value.received, caught.value.expected, caught.value.fix) == (1, 2, "make them right")


def test_a_bug_is_reported_with_the_place_of_its_traceback(tmp_path: Path) -> None:
    with pytest.raises(StepError, match=r"step 'then/second' failed.*ZeroDivisionError: oops.*error\.txt"):
        Run(NAME, "bug", out=tmp_path, workers=1).execute(Recorder())
    report = tmp_path / "steps" / "then" / "second.partial" / "error.txt"
    assert "ZeroDivisionError: oops" in report.read_text()


def test_a_worker_that_dies_is_named(tmp_path: Path) -> None:
    with pytest.raises(StepError, match=r"process that ran step 'then/second' died.*exit code 9"):
        Run(NAME, "crash", out=tmp_path, workers=1).execute(Recorder())


def test_results_do_not_depend_on_the_number_of_workers(tmp_path: Path) -> None:
    for workers in (1, 2):
        Run(NAME, "quick", out=tmp_path / str(workers), seed=5, workers=workers).execute(Recorder())
    for name in ("first", "then/second", "then/third"):
        files = [tmp_path / str(workers) / "steps" / name / "result.json" for workers in (1, 2)]
        assert files[0].read_bytes() == files[1].read_bytes()
    draws = [tmp_path / str(workers) / "steps" / "first" / "arrays.npz" for workers in (1, 2)]
    assert draws[0].read_bytes() == draws[1].read_bytes()


def test_sessions_name_no_host_and_no_folder(tmp_path: Path) -> None:
    import platform

    Run(NAME, "quick", out=tmp_path, workers=1).execute(Recorder())
    text = json.dumps(sessions(tmp_path))
    assert platform.node() not in text or len(platform.node()) < 3
    assert str(tmp_path) not in text


@pytest.mark.parametrize(("options", "message"), [({"seed": -1}, "not negative"), ({"workers": 0}, "too few workers")])
def test_bad_numbers(options: dict[str, int], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        Run(NAME, **options)


def test_a_worker_ends_with_its_parent(tmp_path: Path) -> None:
    """kill -9 of the parent in the middle of a step that says nothing: the worker goes too."""
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from pathlib import Path\nfrom counting_study import NAME\n"
        "from test_runner import Recorder\nfrom intertwine.studies.runner import Run\n"
        "if __name__ == '__main__':\n"
        "    Run(NAME, 'silent', out=Path(sys.argv[2]), workers=1).execute(Recorder())\n"
    )
    script = tmp_path / "script.py"
    script.write_text(code)
    command = [sys.executable, str(script), str(Path(__file__).parent), str(tmp_path / "run")]
    parent = subprocess.Popen(command)
    pid = tmp_path / "run" / "steps" / "then" / "second.partial" / "pid"
    wait_for(pid.is_file)
    worker = int(pid.read_text())
    os.kill(worker, 0)
    parent.kill()
    parent.wait()
    wait_for(lambda: not alive(worker))
    assert not alive(worker)


def alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{process}/stat")  # a zombie that nobody waits for is dead too
    return not (status.is_file() and status.read_text().rpartition(")")[2].split()[0] == "Z")


def wait_for(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)
