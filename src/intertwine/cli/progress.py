"""Progress bars of a run on a terminal; one line for each finished step everywhere."""

from __future__ import annotations

import time
from types import TracebackType
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

if TYPE_CHECKING:
    from intertwine.studies.runner import Run
    from intertwine.studies.step import Step


class ProgressObserver:
    """Shows the steps that are running and how much of the expected work is done.

    The time that is left follows from the expected work, scaled by how long the finished steps took compared with it.
    """

    def __init__(self, run: Run, console: Console) -> None:
        done = set(run.done)
        self._left = {step.name: step.seconds for step in run.steps if step.name not in done}
        self._count, self._number = len(run.steps), len(done)
        self._expected = sum(self._left.values())
        self._start = time.perf_counter()
        self._fractions: dict[str, float] = {}
        self._bars: dict[str, TaskID] = {}
        self._console = console
        columns: tuple[Any, ...] = (
            TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f}%"), TimeElapsedColumn(),
            TextColumn("{task.fields[note]}"),
        )  # fmt: skip
        self._display = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        self._total = self._display.add_task("[bold]all steps", total=1.0, note="")

    def __enter__(self) -> ProgressObserver:
        self._display.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._display.stop()

    def started(self, step: Step) -> None:
        self._bars[step.name] = self._display.add_task(step.name, total=1.0, note="")

    def progress(self, step: Step, fraction: float) -> None:
        self._fractions[step.name] = fraction
        self._display.update(self._bars[step.name], completed=fraction)
        self._update_total()

    def finished(self, step: Step, seconds: float) -> None:
        from intertwine.studies.schedule import describe_seconds

        self._number += 1
        self._fractions[step.name] = 1.0
        self._display.remove_task(self._bars.pop(step.name))
        self._update_total()
        line = f"[{self._number}/{self._count}] {step.name}  {describe_seconds(seconds)}"
        self._console.print(line, soft_wrap=True, markup=False)

    def _update_total(self) -> None:
        from intertwine.studies.schedule import describe_seconds

        if not self._expected:
            return
        done = sum(self._left[name] * fraction for name, fraction in self._fractions.items()) / self._expected
        spent = time.perf_counter() - self._start
        note = f"about {describe_seconds(spent * (1 / done - 1))} left" if done > 0.02 else ""
        self._display.update(self._total, completed=done, note=note)
