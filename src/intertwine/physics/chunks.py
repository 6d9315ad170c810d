"""Chunks of a generation: made in processes side by side, kept in a folder, so that an interrupted one is resumed."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from contextlib import contextmanager
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait as wait_for
from pathlib import Path
from threading import Thread
from typing import Any, TypeVar

from intertwine.errors import ConfigurationError

Chunk = TypeVar("Chunk")


def claim(folder: Path, identity: dict[str, Any]) -> None:
    """Make the folder this generation's own. Raises ConfigurationError, touching nothing, if it is another one's."""
    folder.mkdir(parents=True, exist_ok=True)
    note = folder / "identity.json"
    if note.exists() and json.loads(note.read_text("utf-8")) != identity:
        raise ConfigurationError(
            "an unfinished generation with other parameters is in the way", received=folder,
            fix="give another path, or delete that folder",
        )  # fmt: skip
    note.write_text(json.dumps(identity), encoding="utf-8")


def make_chunks(
    make: Callable[[Chunk], int], chunks: Sequence[Chunk], workers: int, advance: Callable[[int], None]
) -> None:
    """make(chunk) for each, in this process for one worker, else in `workers` new ones; advance(what it returned).

    make and the chunks must be picklable. Ctrl-C ends the workers at once: chunks under way are lost.
    """
    if min(workers, len(chunks)) <= 1:
        for chunk in chunks:
            advance(make(chunk))
        return
    pool = ProcessPoolExecutor(min(workers, len(chunks)), get_context("spawn"), _prepare)
    try:
        waiting = {pool.submit(make, chunk) for chunk in chunks}
        while waiting:
            done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            for one in done:
                advance(one.result())
    except BaseException:
        for process in list((pool._processes or {}).values()):  # a chunk under way is lost, finished ones are kept
            process.terminate()
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    pool.shutdown()


def _prepare() -> None:
    """In each worker: Ctrl-C is the parent's business, and no worker outlives it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def die_with_parent() -> None:
        parent = parent_process()
        if parent is not None:
            wait_for([parent.sentinel])
            os._exit(1)

    Thread(target=die_with_parent, daemon=True).start()


@contextmanager
def progress_bar(shown: bool, what: str, total: int, done: int) -> Iterator[Callable[[int], None]]:
    """advance(count): a progress bar on the terminal, or nothing."""
    if not shown:
        yield lambda count: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns) as progress:
        task = progress.add_task(what, total=total, completed=done)
        yield lambda count: progress.update(task, advance=count)
