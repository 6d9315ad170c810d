"""The studies of jets: boosts, losses, chosen networks, and whole tiny runs."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch

from intertwine.errors import DataError, IntertwineError
from intertwine.groups import group
from intertwine.physics.jets.jet_file import writer
from intertwine.physics.jets.many_body import massless_phase_space
from intertwine.physics.jets.ragged import RaggedJets
from intertwine.report.drawing import write_figure
from intertwine.studies.jets.boosting import along_x, boost_matrices, boosted, random_directions
from intertwine.studies.jets.configuration import NetworkChoice
from intertwine.studies.jets.data import make_jets
from intertwine.studies.jets.jet_mass import invariant_mass, vector_loss
from intertwine.studies.jets.jet_mass_story import Resolution
from intertwine.studies.jets.networks import build
from intertwine.studies.jets.tagging_results import METRICS
from intertwine.studies.registry import load
from intertwine.studies.step import StepContext
from intertwine.studies.store import Store

STUDIES = ("top-tagging", "boosts", "ant-factor", "jet-mass")


def test_boosts_are_those_of_the_group() -> None:
    found = boost_matrices(torch.tensor([1.3], dtype=torch.float64), along_x(1))[0].numpy()
    np.testing.assert_allclose(found, group("SO(1,3)").boost(1.3, (1.0, 0.0, 0.0)).matrix, atol=1e-12)
    axes = random_directions(5, torch.Generator().manual_seed(0))
    there = boost_matrices(torch.full((5,), 2.0), axes)
    back = boost_matrices(torch.full((5,), -2.0), axes)
    torch.testing.assert_close(there @ back, torch.eye(4, dtype=torch.float64).expand(5, 4, 4), atol=1e-12, rtol=0)
    metric = torch.diag(torch.tensor([1.0, -1, -1, -1], dtype=torch.float64))
    extreme = boost_matrices(torch.full((5,), 7.6, dtype=torch.float64), axes)
    kept = extreme.transpose(1, 2) @ metric @ extreme
    torch.testing.assert_close(kept, metric.expand(5, 4, 4), atol=1e-8, rtol=0)
    assert float(extreme[0, 0, 0]) == pytest.approx(math.cosh(7.6), rel=1e-9)
    jets = torch.randn(5, 3, 4, dtype=torch.float64)
    torch.testing.assert_close(boosted(jets, torch.full((5,), 2.0), axes)[2, 1], there[2] @ jets[2, 1])


def test_what_moves_against_a_boost_keeps_its_digits() -> None:
    """Against extended precision; a product with the matrix loses them."""
    q = np.array([-300.0, 0.2, -0.1])
    p = np.array([np.sqrt((q.astype(np.longdouble) ** 2).sum()), *q.astype(np.longdouble)])
    y = np.longdouble(7.6)
    expected = np.array([np.cosh(y) * p[0] + np.sinh(y) * p[1], np.cosh(y) * p[1] + np.sinh(y) * p[0], p[2], p[3]])
    jet, rapidity = torch.from_numpy(p.astype(np.float64)).view(1, 1, 4), torch.tensor([7.6], dtype=torch.float64)
    found = boosted(jet, rapidity, along_x(1))[0, 0].numpy()
    np.testing.assert_allclose(found, expected.astype(np.float64), rtol=1e-12)
    by_matrix = (boost_matrices(rapidity, along_x(1))[0] @ jet[0, 0]).numpy()
    assert np.abs(by_matrix / expected.astype(np.float64) - 1).max() > 1e-11


def test_loss_and_resolution_of_a_perfect_prediction() -> None:
    p = torch.randn(50, 4, dtype=torch.float64) * 30
    p[:, 0] = (p[:, 1:].square().sum(1) + 80.4**2).sqrt()
    assert float(vector_loss(p, p)) == 0
    assert float(vector_loss(p * 1.01, p)) > 0
    torch.testing.assert_close(invariant_mass(p), torch.full((50,), 80.4, dtype=torch.float64))
    perfect, larger = Resolution.of(p.numpy(), p.numpy()), Resolution.of(1.1 * p.numpy(), p.numpy())
    assert perfect == Resolution(0, 0, 0, 0, 0)
    assert larger.mass_bias == pytest.approx(0.1)
    assert larger.mass == pytest.approx(0, abs=1e-9)


def test_networks_by_name() -> None:
    choice = NetworkChoice(kind="pelican", options={"channels": 4, "blocks": 1})
    first, again, other = build(choice, 1), build(choice, 1), build(choice, 2)
    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), again.parameters(), strict=True))
    assert not all(torch.equal(a, b) for a, b in zip(first.parameters(), other.parameters(), strict=True))
    with pytest.raises(IntertwineError, match="pelican"):
        build(NetworkChoice(kind="pelicna"), 0)


@pytest.mark.parametrize("name", STUDIES)
def test_every_network_of_every_preset_can_be_built(name: str) -> None:
    study = load(name)
    for preset in ("quick", "standard"):
        configuration = study.presets[preset]
        for choice in configuration.networks.values():  # type: ignore[attr-defined]
            assert build(choice, 0).n_parameters > 0
        names = [step.name for step in study.steps(configuration, 0)]
        assert len(names) == len(set(names))
        for step in study.steps(configuration, 0):
            assert set(step.needs) <= set(names[: names.index(step.name)])


def write_jets(path: Path, n: int) -> None:
    """Phase-space decays in the layout of generated files: tops are six bodies of 173 GeV, QCD six of 60 GeV."""
    rng = np.random.default_rng(0)
    tops, others = massless_phase_space(173.0, 6, n, rng), massless_phase_space(60.0, 6, n, rng)
    momenta = np.stack([others, tops], axis=1).reshape(2 * n, 6, 4)
    boost = boost_matrices(torch.full((2 * n,), 1.5), along_x(2 * n)).numpy()
    momenta = momenta @ boost.transpose(0, 2, 1)
    values = {
        "label": np.tile([0, 1], n), "weight": np.ones(2 * n), "jet": momenta.sum(1), "top": momenta.sum(1),
        "w": momenta[:, :3].sum(1), "quarks": momenta[:, :3], "pthat": np.ones(2 * n),
    }  # fmt: skip
    ragged = RaggedJets(momenta.reshape(-1, 4), np.full(2 * n, 6), {"pid": np.zeros(12 * n)}, values)
    with writer(path, {}) as sink:
        sink.append(ragged)


@pytest.mark.parametrize("name", STUDIES)
def test_whole_tiny_run(name: str, tmp_path: Path) -> None:
    write_jets(tmp_path / "jets.h5", 16)
    study = load(name)
    tiny = study.presets["tiny"].model_copy(update={"file": str(tmp_path / "jets.h5")})
    store = Store(tmp_path / "out")
    for step in study.steps(tiny, 0):
        assert all(store.done(needed) for needed in step.needs)
        context = StepContext(store.begin(step.name), store, "cpu", None, lambda fraction: None)
        store.finish(step.name, step.run(context))
    rows = study.summary(tiny, store)
    assert rows
    assert all(set(row) == set(rows[0]) for row in rows)
    content = study.content(tiny, store)
    assert "2203.06153" in content.source or "2211.00454" in content.source
    assert content.figures
    for figure in content.figures:
        assert "<svg" in write_figure(figure, tmp_path / "figures")
    if name == "boosts":
        assert "PELICAN with vectors (vectors boosted along)" in content.summary[0]


def test_too_few_jets_in_a_file(tmp_path: Path) -> None:
    write_jets(tmp_path / "jets.h5", 4)
    tiny = load("jet-mass").presets["tiny"].model_copy(update={"file": str(tmp_path / "jets.h5")})
    context = StepContext(tmp_path, Store(tmp_path), "cpu", None, lambda fraction: None)
    with pytest.raises(DataError, match="too few jets"):
        make_jets(tiny, 0)(context)  # type: ignore[arg-type]


def test_metrics_of_tagging() -> None:
    scores, signal = np.array([2.0, 1, -1, -2]), np.array([True, True, False, False])
    found = {name: metric(scores, signal, np.ones(4)) for name, metric in METRICS.items()}
    assert found["accuracy"] == found["AUC"] == 1
    assert found["1/ε_B(0.5)"] == math.inf
