"""Which step comes next, and how long the whole will take."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable, Sequence

from intertwine.errors import ConfigurationError
from intertwine.studies.step import Step


class Schedule:
    """The steps that are left, each handed out once its needs are done; the longest chain of work first.

    Raises ConfigurationError when a step needs one that does not come before it.
    """

    def __init__(self, steps: Sequence[Step], done: Collection[str]) -> None:
        _check(steps)
        self._done = set(done)
        self._left = {step.name: step for step in steps if step.name not in self._done}
        self._tail = tail_seconds(steps)

    @property
    def empty(self) -> bool:
        return not self._left

    def take(self) -> Step | None:
        """The next step whose needs are done, or None if none is."""
        ready = [step for step in self._left.values() if all(need in self._done for need in step.needs)]
        if not ready:
            return None
        step = max(
            ready, key=lambda candidate: self._tail[candidate.name]
        )  # the first of equals: the order of the study
        del self._left[step.name]
        return step

    def finish(self, step: Step) -> None:
        self._done.add(step.name)


def tail_seconds(steps: Sequence[Step]) -> dict[str, float]:
    """For each step, the time of the longest chain of steps that starts with it."""
    tail = {step.name: step.seconds for step in steps}
    for step in reversed(steps):
        for need in step.needs:
            seconds = next(other.seconds for other in steps if other.name == need)
            tail[need] = max(tail[need], seconds + tail[step.name])
    return tail


def expected_seconds(steps: Sequence[Step], done: Collection[str], workers: int) -> float:
    """The time that `workers` processes will take for the steps that are left, by playing the schedule through."""
    schedule = Schedule(steps, done)
    running: list[tuple[float, int, Step]] = []
    now, count = 0.0, 0
    while True:
        while len(running) < workers and (step := schedule.take()) is not None:
            count += 1
            heapq.heappush(running, (now + step.seconds, count, step))
        if not running:
            return now
        now, _, step = heapq.heappop(running)
        schedule.finish(step)


def describe_seconds(seconds: float) -> str:
    """A time that a person can read: 40 s, 6 min, 3 h, 5 days."""
    for limit, unit, name in ((90, 1, "s"), (90 * 60, 60, "min"), (36 * 3600, 3600, "h")):
        if seconds < limit:
            return f"{max(1, round(seconds / unit))} {name}"
    return f"{round(seconds / 86400)} days"


def _check(steps: Iterable[Step]) -> None:
    seen: set[str] = set()
    for step in steps:
        missing = [need for need in step.needs if need not in seen]
        if missing or step.name in seen:
            raise ConfigurationError(
                f"step {step.name!r} is out of order" if missing else f"two steps are named {step.name!r}",
                received=f"needs {', '.join(missing)}" if missing else None,
                expected="each step after those that it needs, each name once",
            )
        seen.add(step.name)
