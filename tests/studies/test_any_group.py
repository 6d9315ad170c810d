"""The study's parts: targets that are equivariant, an ensemble that is its members, and one whole run, interrupted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from intertwine.report.build import build_markdown, build_report
from intertwine.studies.any_group.configuration import PRESETS, TASKS, GroupCase
from intertwine.studies.any_group.ensemble import Data, Member, relative_error, train_ensemble
from intertwine.studies.any_group.networks import make_network
from intertwine.studies.any_group.sampling import instance_rows, sample
from intertwine.studies.any_group.targets import make_target, representations
from intertwine.studies.runner import Run
from intertwine.studies.step import Step, StepContext

TINY = PRESETS["tiny"]


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("case", PRESETS["paper"].groups, ids=lambda case: case.group)
def test_targets_are_equivariant_and_not_trivial(case: GroupCase, task: str) -> None:
    rep_in, rep_out = representations(case, task)
    target = make_target(case, task, seed=3)
    rng = np.random.default_rng(0)
    x, g = rng.standard_normal((5, rep_in.dim)), rep_in.group.sample(rng)
    y = target(torch.from_numpy(x)).numpy()
    turned = target(torch.from_numpy(x @ rep_in.matrix(g).T)).numpy()
    assert np.abs(turned - y @ rep_out.matrix(g).T).max() < 1e-10 * np.abs(turned).max()
    assert np.abs(turned @ rep_out.matrix(g).T - y).max() > 1e-3 or task == "cubic"
    degree = {"cubic": 3, "product": 2, "teacher": None}[task]
    twice = target(torch.from_numpy(2 * x)).numpy()
    assert np.abs(y).min() > 1e-6
    assert degree is None or np.allclose(twice, 2**degree * y)


def test_data_are_scaled_and_instances_apart(tmp_path: Path) -> None:
    case = TINY.groups[0]
    c = TINY.model_copy(update={"n_test": 2000})
    arrays = sample(c, case, "cubic", 5)(StepContext(tmp_path, None, "cpu", None, print)).arrays  # type: ignore[arg-type]
    assert 0.7 < arrays["y_test"].std() < 1.4
    rows = [set(instance_rows(c, i, max(c.sizes))) for i in range(c.instances)]
    assert not rows[0] & rows[1]
    assert set(instance_rows(c, 1, min(c.sizes))) < rows[1]
    assert len(arrays["x_training"]) == c.instances * max(c.sizes)
    assert not np.allclose(arrays["in_training"], arrays["in_test"])


def test_an_ensemble_is_its_members_resumes_and_learns(tmp_path: Path) -> None:
    case = TINY.groups[0]
    draw = torch.Generator().manual_seed(0)
    x = torch.randn(60, 21, generator=draw)
    y = make_target(case, "product", 0)(x.double()).float()
    data = Data(x[:40], y[:40], x[40:], y[40:])

    def fit(steps: int, rates: tuple[float, ...], name: str, stop: int | None = None) -> torch.Tensor:
        def interrupt(done: float) -> None:
            if stop is not None and done * steps >= stop:
                raise KeyboardInterrupt

        nets = [make_network(TINY, case, "product", "equivariant", 7) for _ in rates]
        return train_ensemble(
            nets, [Member(rate, range(40)) for rate in rates], data, steps=steps, batch=16, seed=1,
            checkpoint=tmp_path / name, on_progress=interrupt,
        ).validation  # fmt: skip

    together = fit(120, (0.03, 0.0), "a")
    assert together[0] < 0.7 * together[1]
    assert torch.allclose(fit(120, (0.0, 0.03), "b")[0], together[1])
    with pytest.raises(KeyboardInterrupt):
        fit(120, (0.03, 0.0), "c", stop=60)
    assert torch.equal(fit(120, (0.03, 0.0), "c"), together)
    assert relative_error(torch.zeros(1, 20, 7), y[40:]) == 1


class StopError(Exception):
    """Raised by the watcher as Ctrl-C would be."""


class Watcher:
    """Remembers finished steps, and stops a run after some."""

    def __init__(self, stop_after: int) -> None:
        self.seen: list[str] = []
        self.stop_after = stop_after

    def started(self, step: Step) -> None: ...

    def progress(self, step: Step, fraction: float) -> None: ...

    def finished(self, step: Step, seconds: float) -> None:
        self.seen.append(step.name)
        if len(self.seen) == self.stop_after:
            raise StopError


def test_a_whole_study_interrupted_resumed_and_told(tmp_path: Path) -> None:
    run = Run("any-group", "tiny", out=tmp_path / "a", workers=1)
    watcher = Watcher(len(run.steps) - 3)
    with pytest.raises(StopError):
        run.execute(watcher)
    again, rest = Run("any-group", "tiny", out=tmp_path / "a", workers=1), Watcher(-1)
    again.execute(rest)
    assert len(again.done) == len(again.steps)
    assert not set(rest.seen) & set(watcher.seen)
    rows = again.study.summary(again.configuration, again.store)
    assert len(rows) == len(TINY.groups) * len(TINY.tasks)
    content = again.study.content(again.configuration, again.store)
    assert [figure.name for figure in content.figures] == ["learning-product", "gains"]
    exact = [row for row in content.tables[-1].rows if row[1] == "equivariant"]
    assert exact
    assert all(float(str(row[-1])) < 1e-4 for row in exact)
    assert "<svg" in build_report(tmp_path / "a").read_text()
    build_markdown(tmp_path / "a", tmp_path / "page.md")
    assert "product of vectors" in (tmp_path / "page.md").read_text()
