"""Run a study: hand its steps to worker processes, keep what is done, resume what is not."""

from __future__ import annotations

import os
from collections.abc import Sequence
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any, Protocol

from intertwine.errors import ConfigurationError
from intertwine.studies.manifest import Manifest, bind
from intertwine.studies.provenance import record_session
from intertwine.studies.registry import load
from intertwine.studies.schedule import Schedule, expected_seconds
from intertwine.studies.step import Step
from intertwine.studies.store import Store
from intertwine.studies.worker import Assignment, StepError, Worker


class Observer(Protocol):
    """Who is told how a run proceeds."""

    def started(self, step: Step) -> None: ...
    def progress(self, step: Step, fraction: float) -> None: ...
    def finished(self, step: Step, seconds: float) -> None: ...


class Run:
    """One study in one folder.

    Parameters
    ----------
    study, preset, seed, device:
        What to compute; all of it is stored in the folder, and a folder with another configuration is refused.
    out:
        The folder. What is done there already is not done again.
    workers:
        Processes (default: one for each available processor core). The results do not depend on it as long as each
        search is served by one process.
    storage:
        URL of a database for the searches, to share them between machines (default: a journal file in the folder).

    Raises
    ------
    ConfigurationError
        For a wrong name (the message has the right one), or if the folder holds another run.
    """

    def __init__(
        self, study: str, preset: str = "quick", *, out: Path | None = None, seed: int = 0, device: str = "cpu",
        workers: int | None = None, storage: str | None = None,
    ) -> None:  # fmt: skip
        self.study = load(study)
        self.configuration = self.study.preset(preset)
        if seed < 0:
            raise ConfigurationError("a seed is not negative", received=seed, expected="0, 1, 2, …")
        if workers is not None and workers < 1:
            raise ConfigurationError("too few workers", received=workers, expected="1 or more")
        self.out = Path(out) if out is not None else Path("runs") / f"{study}-{preset}"
        self.workers = workers or available_cores()
        self.manifest = Manifest(
            study=study,
            preset=preset,
            seed=seed,
            device=device,
            configuration=self.configuration.model_dump(mode="json"),
        )
        self.storage = storage
        self.store = Store(self.out)
        self.steps: Sequence[Step] = self.study.steps(self.configuration, seed)

    @property
    def done(self) -> list[str]:
        return [step.name for step in self.steps if self.store.done(step.name)]

    def expected_seconds(self) -> float:
        """How long the steps that are left should take on an ordinary machine."""
        return expected_seconds(self.steps, self.done, self.workers)

    def execute(self, observer: Observer) -> None:
        """Do every step that is not done. On KeyboardInterrupt the workers are stopped, and what is done is kept.

        Raises ConfigurationError if another process works on the folder; StepError if a step fails or its process dies.
        """
        from filelock import FileLock, Timeout

        self.out.mkdir(parents=True, exist_ok=True)
        try:
            with FileLock(self.out / ".lock", timeout=0):
                bind(self.out, self.manifest)
                if len(self.done) < len(self.steps):
                    record_session(self.out, self.workers, self.configuration.threads)
                self._execute(observer)
        except Timeout as error:
            raise ConfigurationError(
                f"another process is working on {self.out}", fix="wait for it, or choose another --out"
            ) from error

    def _execute(self, observer: Observer) -> None:
        schedule = Schedule(self.steps, self.done)
        assignment = Assignment(
            self.manifest.study, self.manifest.configuration, self.manifest.seed, self.manifest.device, self.storage,
            self.out, self.configuration.threads,
        )  # fmt: skip
        idle: list[Worker] = []
        busy: dict[Any, tuple[Worker, Step]] = {}
        try:
            while not schedule.empty or busy:
                while len(busy) < self.workers and (step := schedule.take()) is not None:
                    worker = idle.pop() if idle else Worker.start(assignment)
                    worker.connection.send(step.name)
                    busy[worker.connection] = worker, step
                    observer.started(step)
                for connection in wait(list(busy)):
                    worker, step = busy[connection]
                    kind, detail = _receive(worker, step)
                    if kind == "progress":
                        observer.progress(step, detail)
                        continue
                    if kind == "error":
                        raise detail
                    del busy[connection]
                    idle.append(worker)
                    schedule.finish(step)
                    observer.finished(step, detail)
        finally:
            for worker in [*idle, *(worker for worker, _ in busy.values())]:
                worker.stop()


def _receive(worker: Worker, step: Step) -> tuple[str, Any]:
    try:
        kind, _, detail = worker.connection.recv()
    except EOFError as error:
        worker.process.join(5)
        raise StepError(
            f"the process that ran step {step.name!r} died", received=f"exit code {worker.process.exitcode}",
            fix="run the study on the same folder again; if it was killed for memory, with fewer --workers",
        ) from error  # fmt: skip
    return kind, detail


def available_cores() -> int:
    """Processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
