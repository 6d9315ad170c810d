"""A study for the tests of the machinery: three steps that count their runs, one of which can be slow or fail."""

from __future__ import annotations

import os
import time
from typing import ClassVar

import numpy as np

from intertwine.errors import DataError
from intertwine.report.content import Content, Fact, Figure, Section, Table
from intertwine.studies.step import Step, StepContext, StepResult
from intertwine.studies.study import Configuration, Study

NAME = "counting_study:CountingStudy"


class CountingConfiguration(Configuration):
    log: str = ""
    slow: float = 0.0
    fail: str = ""
    numbers: tuple[int, ...] = (1, 2)


class CountingStudy(Study[CountingConfiguration]):
    name = NAME
    title = "counting"
    source = "nowhere"
    configuration_type = CountingConfiguration
    presets: ClassVar = {
        "quick": CountingConfiguration(),
        "other": CountingConfiguration(numbers=(1, 3)),
        "slow": CountingConfiguration(slow=60.0),
        "error": CountingConfiguration(fail="error"),
        "crash": CountingConfiguration(fail="crash"),
        "bug": CountingConfiguration(fail="bug"),
        "silent": CountingConfiguration(fail="silence"),
    }

    def steps(self, configuration: CountingConfiguration, seed: int) -> list[Step]:
        def first(context: StepContext) -> StepResult:
            _count(context)
            return StepResult({"sum": sum(configuration.numbers)}, {"draws": np.random.default_rng(seed).random(5)})

        def second(context: StepContext) -> StepResult:
            _count(context)
            for _ in range(int(configuration.slow * 20)):
                time.sleep(0.05)
                context.progress(0.5)
            if configuration.fail == "silence":
                (context.folder / "pid").write_text(str(os.getpid()))
                time.sleep(600)
            if configuration.fail == "error":
                raise DataError("the data are wrong", received=1, expected=2, fix="make them right")
            if configuration.fail == "crash":
                os._exit(9)
            if configuration.fail == "bug":
                raise ZeroDivisionError("oops")
            return StepResult({"twice": 2 * context.results.values("first")["sum"]})

        def third(context: StepContext) -> StepResult:
            _count(context)
            return StepResult({"thrice": 3 * context.results.values("first")["sum"]})

        return [
            Step("first", first, seconds=1.0),
            Step("then/second", second, ("first",), seconds=2.0),
            Step("then/third", third, ("first",), seconds=4.0),
        ]

    def summary(self, configuration: CountingConfiguration, results: object) -> list[dict[str, str]]:
        return [{"what": "twice", "value": str(results.values("then/second")["twice"])}]

    def content(self, configuration: CountingConfiguration, results: object) -> Content:
        rows = [(1.0, 2.0), (2.0, 4.0)]
        figure = Figure(
            "line", "A line", "It goes up.", "A line <that> goes up.", Table("line", "", ("x", "y"), rows),
            lambda canvas: canvas.subplots().plot(*zip(*rows, strict=True)),
        )  # fmt: skip
        table = Table("numbers", "Some <numbers>.", ("name", "value"), [("a|b", 1.5e-10), ("c", None), ("d", 12345)])
        return Content("Counting & more", "nowhere", [Fact("6", "twice three")], ["It counted."],
                       [Section("Line", ["Look."], [figure], [table])])  # fmt: skip


def _count(context: StepContext) -> None:
    """One line for each time that the step was started, outside of its folder, which is renamed when it is done."""
    log = context.results.folder.parent / "log.txt"
    with log.open("a", encoding="utf-8") as stream:
        stream.write(f"{context.folder.name}\n")
