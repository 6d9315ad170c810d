"""The process in which steps run: a fixed number of threads, nothing inherited from its parent."""

from __future__ import annotations

import os
import signal
import time
import traceback
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

from intertwine.errors import IntertwineError

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.context import SpawnProcess

_THREAD_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")


class StepError(IntertwineError):
    """A step stopped with an error that the package did not foresee, or its process died."""


@dataclass(frozen=True)
class Assignment:
    """What a worker process must know to run any step of a study."""

    study: str
    configuration: dict[str, Any]
    seed: int
    device: str
    storage: str | None
    out: Path
    threads: int


@dataclass
class Worker:
    """A worker process, seen from the parent. Its messages: (kind, step name, detail)."""

    process: SpawnProcess
    connection: Connection

    @classmethod
    def start(cls, assignment: Assignment) -> Worker:
        context = get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(theirs, assignment), daemon=True)
        process.start()
        theirs.close()
        return cls(process, ours)

    def stop(self) -> None:
        """End the process at once; a step that runs in it is lost, its folder is kept."""
        self.connection.close()
        self.process.terminate()
        self.process.join(5)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()


def _serve(connection: Connection, assignment: Assignment) -> None:
    """Run the steps that the parent names until it closes the connection (or dies, which closes it too)."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole process group; the parent decides
    Thread(target=_die_with_parent, daemon=True).start()
    for variable in _THREAD_VARIABLES:
        os.environ[variable] = str(assignment.threads)
    import torch

    from intertwine.studies.registry import load

    torch.set_num_threads(assignment.threads)
    study = load(assignment.study)
    steps = {step.name: step for step in study.steps(study.configuration(assignment.configuration), assignment.seed)}
    try:
        while True:
            name = connection.recv()
            connection.send(_run(connection, steps[name], assignment))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return


def _die_with_parent() -> None:
    """End this process when its parent is gone, killed perhaps: a resumed run must not find it still at work."""
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def _run(connection: Connection, step: Any, assignment: Assignment) -> tuple[str, str, Any]:
    from intertwine.studies.step import StepContext
    from intertwine.studies.store import Store

    store = Store(assignment.out)
    folder = store.begin(step.name)
    context = StepContext(
        folder=folder, results=store, device=assignment.device, storage=assignment.storage,
        progress=lambda fraction: connection.send(("progress", step.name, min(1.0, max(0.0, fraction)))),
    )  # fmt: skip
    start = time.perf_counter()
    try:
        result = step.run(context)
        seconds = time.perf_counter() - start
        store.finish(step.name, result, seconds=seconds, threads=assignment.threads)
    except (EOFError, BrokenPipeError, ConnectionResetError):
        raise
    except IntertwineError as error:
        return "error", step.name, error
    except Exception as error:  # noqa: BLE001 - the boundary of the process: nothing is swallowed, the parent raises it
        report = folder / "error.txt"
        report.write_text(traceback.format_exc(), encoding="utf-8")
        received = f"{type(error).__name__}: {error}"
        failure = StepError(f"step {step.name!r} failed", received=received, fix=f"the traceback is in {report}")
        return "error", step.name, failure
    return "done", step.name, seconds
