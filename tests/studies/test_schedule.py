"""The order of steps and the estimate of time."""

from __future__ import annotations

import pytest

from intertwine.errors import ConfigurationError
from intertwine.studies.schedule import Schedule, describe_seconds, expected_seconds, tail_seconds
from intertwine.studies.step import Step, StepResult


def step(name: str, seconds: float, *needs: str) -> Step:
    return Step(name, lambda context: StepResult(), needs, seconds)


STEPS = [step("a", 1), step("b", 2), step("c", 5, "a"), step("d", 1, "a", "b")]


def test_nothing_is_handed_out_before_its_needs_are_done() -> None:
    schedule = Schedule(STEPS, ())
    assert [schedule.take().name, schedule.take().name] == ["a", "b"]  # a first: the longest chain starts with it
    assert schedule.take() is None
    schedule.finish(STEPS[0])
    assert schedule.take().name == "c"
    assert schedule.take() is None
    schedule.finish(STEPS[1])
    assert schedule.take().name == "d"
    assert schedule.empty


def test_what_is_done_is_left_out() -> None:
    schedule = Schedule(STEPS, ["a", "b", "c"])
    assert schedule.take().name == "d"
    assert schedule.empty


def test_the_longest_chain_counts() -> None:
    assert tail_seconds(STEPS) == {"a": 6, "b": 3, "c": 5, "d": 1}


@pytest.mark.parametrize(("workers", "done", "seconds"), [(1, (), 9), (2, (), 6), (8, (), 6), (1, ("a", "c"), 3)])
def test_expected_seconds(workers: int, done: tuple[str, ...], seconds: float) -> None:
    assert expected_seconds(STEPS, done, workers) == seconds


def test_steps_out_of_order_are_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"'c' is out of order.*needs a"):
        Schedule([STEPS[2], STEPS[0]], ())
    with pytest.raises(ConfigurationError, match="two steps are named 'a'"):
        Schedule([STEPS[0], STEPS[0]], ())


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "1 s"), (44.6, "45 s"), (100, "2 min"), (7200, "2 h"), (3 * 86400, "3 days")]
)
def test_times_in_words(seconds: float, words: str) -> None:
    assert describe_seconds(seconds) == words
