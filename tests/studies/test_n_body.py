"""The n-body study: predictors and their symmetry, and one whole run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from intertwine.physics.nbody import prediction_set, published_set
from intertwine.report.build import build_report
from intertwine.studies.n_body.build import build
from intertwine.studies.n_body.configuration import presets
from intertwine.studies.n_body.sampling import uniform_motion
from intertwine.studies.registry import load
from intertwine.studies.runner import Run
from intertwine.studies.step import Step

TINY = presets()["tiny"]


@pytest.mark.parametrize("name", TINY.networks)
def test_predictors_move_with_the_particles_if_they_claim_so(name: str) -> None:
    net = build(TINY.networks[name], 5, 1, 1.0, (0.3,), seed=1).double()
    with torch.no_grad():
        for p in net.parameters():
            p.add_(0.1 * torch.randn(p.shape, generator=torch.Generator().manual_seed(0), dtype=p.dtype))
    data = prediction_set(3, burn_in=20, steps=10)
    x, v, q = (torch.from_numpy(a) for a in (data.positions, data.velocities, data.charges))
    rotation = torch.from_numpy(np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))[0])
    shift = torch.tensor([1.0, -2.0, 0.5]).double()
    expected = net(x, v, q) @ rotation.T + shift
    error = (net(x @ rotation.T + shift, v @ rotation.T, q) - expected).abs().max()
    assert (error < 1e-10) == (name in ("EGNN", "tensor products, O(3)", "tensor products, unrolled"))
    assert net(x, v, q).shape == (3, 5, 1, 3)


@pytest.mark.parametrize("name", ["tensor products, unrolled", "EGNN"])
def test_the_unrolled_predictor_knows_of_uniform_motion_and_of_momentum(name: str) -> None:
    net = build(TINY.networks[name], 5, 1 + (name != "EGNN"), 1.0, (0.3, 0.3)[: 1 + (name != "EGNN")], seed=1).double()
    data = prediction_set(3, burn_in=20, steps=10)
    x, v, q = (torch.from_numpy(a) for a in (data.positions, data.velocities, data.charges))
    boost = torch.tensor([1.0, -2.0, 0.5]).double()
    expected = net(x, v, q)
    error = (net(x, v + boost, q)[:, :, 0] - expected[:, :, 0] - boost).abs().max()
    moved = (expected[:, :, 0].mean(1) - x.mean(1) - v.mean(1)).abs().max()
    flipped = (net(x, v, -q) - expected).abs().max()
    if name == "EGNN":
        assert min(error, moved) > 1e-6
    else:
        assert max(error, moved, flipped, (expected[:, :, 1].mean(1) - v.mean(1)).abs().max()) < 1e-12


def test_presets_are_the_published_task() -> None:
    paper = presets()["paper"]
    assert (paper.n_training, paper.n_validation, paper.n_test, paper.burn_in, paper.horizon) == (
        3000, 2000, 2000, 3100, 1000,
    )  # fmt: skip
    assert paper.networks["EGNN"].steps == 10_000 * 3000 // 100
    net = build(paper.networks["EGNN"], 5, 1, 1.0, (0.3,), seed=1)
    assert sum(p.numel() for p in net.parameters()) == 134_020


class Silent:
    """An observer that says nothing."""

    def started(self, step: Step) -> None: ...
    def progress(self, step: Step, fraction: float) -> None: ...
    def finished(self, step: Step, seconds: float) -> None: ...


def test_the_whole_study_runs(tmp_path: Path) -> None:
    run = Run("n-body", "tiny", out=tmp_path / "a", workers=1)
    run.execute(Silent())
    test, training = run.store.arrays("sample/test"), run.store.arrays("sample/training")
    np.testing.assert_array_equal(test["positions"], published_set(8, 32, burn_in=100, steps=50).positions)
    left = {name: x["targets"] - x["positions"] for name, x in (("test", test), ("training", training))}
    time = np.vdot(left["training"], training["velocities"]) / np.vdot(training["velocities"], training["velocities"])
    error = np.mean((left["test"] - time * test["velocities"]) ** 2)
    np.testing.assert_allclose(uniform_motion(run.store, "test"), (time, error))
    rows = load("n-body").summary(TINY, run.store)
    assert [row["network"] for row in rows] == list(TINY.networks)
    assert rows[1]["of the EGNN"] == "1.00"
    assert {row["late test error"] for row in rows}.isdisjoint(row["test error"].split(" ± ")[0] for row in rows)
    page = build_report(tmp_path / "a").read_text()
    assert "<svg" in page
    assert "The same set" in page
    drift = run.store.arrays("rollout/tensor-products-O-3")
    assert drift["true_energy"].shape == (11, 2)
    assert (drift["momentum"][0] == 0).all()
