"""The studies on grids: whole tiny runs, their reports, and what their networks must satisfy."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from intertwine.nn.link_fields import turn_links
from intertwine.physics.flux.symmetries import flux_symmetry
from intertwine.physics.images import SOLIDS, solids
from intertwine.report.build import build_report
from intertwine.studies.flux_point_group.configuration import TINY
from intertwine.studies.flux_point_group.training import SYMMETRIES, build
from intertwine.studies.registry import load
from intertwine.studies.rotated_digits.configuration import STANDARD
from intertwine.studies.rotated_digits.training import build as build_digits
from intertwine.studies.runner import Run
from intertwine.studies.step import Step


class Watcher:
    """Looks on."""

    def started(self, step: Step) -> None: ...

    def progress(self, step: Step, fraction: float) -> None: ...

    def finished(self, step: Step, seconds: float) -> None: ...


@pytest.mark.parametrize("name", ["flux-point-group", "volumes", "rotated-digits"])
def test_a_whole_study_and_its_report(name: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    if name == "rotated-digits":
        request.getfixturevalue("data_folder")
    Run(name, "tiny", out=tmp_path / "a", workers=1).execute(Watcher())
    run = Run(name, "tiny", out=tmp_path / "a", workers=1)
    assert len(run.done) == len(run.steps)
    assert run.study.summary(run.configuration, run.store)
    assert run.study.content(run.configuration, run.store).figures
    assert "<svg" in build_report(tmp_path / "a").read_text()


def test_flux_networks_have_the_symmetry_that_they_are_named_for() -> None:
    torch.manual_seed(0)
    symmetry = flux_symmetry(TINY.shape, TINY.mus[0])
    links = torch.randn(2, 4, *TINY.shape, dtype=torch.float64)
    for name in SYMMETRIES:
        network = build(TINY, name).double().requires_grad_(False)
        before, worst = network(links), 0.0
        for g in symmetry.group.elements:
            R, c = symmetry.vector.matrix(g), float(symmetry.charge.matrix(g)[0, 0])
            moved = torch.cat(
                [turn_links(links[:, :2], R, charge=c), turn_links(links[:, 2:], R, oriented=False)], dim=1
            )
            worst = max(worst, float((network(moved) - before).abs().max()))
        assert (worst < 1e-12) == (name == "reflections")
        torch.testing.assert_close(network(links.roll((1, 2), (2, 3))), before)


def test_solids_are_told_apart_by_nothing_but_shape() -> None:
    made = solids(60, 16, 3)
    assert made.images.shape == (60, 16, 16, 16)
    assert set(made.labels.tolist()) == set(range(len(SOLIDS)))
    assert made.images[:, 0].max() < 0.2  # nothing is cut off
    np.testing.assert_array_equal(made.images, solids(60, 16, 3).images)
    upright = solids(60, 16, 3, turned=False)
    np.testing.assert_array_equal(upright.labels, made.labels)
    assert np.abs(upright.images - made.images).max() > 0.5


def test_networks_of_the_standard_preset_are_small_enough() -> None:
    for name, entry in STANDARD.networks.items():
        parameters = sum(p.numel() for p in build_digits(entry).parameters())
        if entry.model != "plain":
            assert parameters <= 50_000, (name, parameters)
    assert load("rotated-digits").preset("standard") == STANDARD
