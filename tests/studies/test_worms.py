"""The worm studies' parts: spaces, matching and its control, judging, paths, and one whole run with an interruption.

That open configurations violate conservation at exactly 2m sites, balanced, with the exact distribution, is proved in
tests/physics/flux/test_flux_open_worms.py.
"""

from __future__ import annotations

import numpy as np
import optuna
import pytest
import torch

from intertwine.models.lattice_cnn import LatticeCNN
from intertwine.models.lattice_cnn_config import ConvolutionLayer, LatticeCNNConfig
from intertwine.physics import flux
from intertwine.studies.registry import load
from intertwine.studies.runner import Run
from intertwine.studies.schedule import expected_seconds
from intertwine.studies.worms.dissection import contributions, divergence, worm
from intertwine.studies.worms.matching import control_accuracy, pairs, totals
from intertwine.studies.worms.sampling import load_labelled
from intertwine.studies.worms.spaces import space
from intertwine.studies.worms.testing import judge

STUDIES = ("open-worm", "worm-counting")


def counter(channels: tuple[int, ...] = (2,)) -> LatticeCNN:
    """Half the number of violations, exactly: ½ Σ_x |div k(x)| from a 2×2 kernel, relu and a sum."""
    config = LatticeCNNConfig(
        family="EQ", sites=(8, 8), in_channels=4, out_features=1, bias=False, activation="relu", global_pooling="sum",
        layers=(ConvolutionLayer(channels=2, kernel=2),),
    )  # fmt: skip
    model = LatticeCNN(config, dtype=torch.float64)
    kernel = torch.zeros(2, 4, 2, 2, dtype=torch.float64)
    kernel[0, 0, 1, 1], kernel[0, 0, 0, 1] = 1, -1
    kernel[0, 1, 1, 1], kernel[0, 1, 1, 0] = 1, -1
    kernel[1] = -kernel[0]
    with torch.no_grad():
        model.body[0].weight.copy_(kernel)
        model.head[0].weight.fill_(0.5)
        model.head[0].bias.zero_()
    return model


@pytest.mark.parametrize(("extent", "number"), [(8, 0), (8, 1), (8, 7), (12, 3)])
def test_the_space_contains_networks_that_count_exactly(extent: int, number: int) -> None:
    ensemble = flux.sample((extent, extent), 4.25, 1.0, 1.0, 10, chains=1, seed=3, open_worms=number, workers=1)
    assert (np.abs(ensemble.violations).sum(axis=(1, 2)) == 2 * number).all()
    assert (ensemble.violations.sum(axis=(1, 2)) == 0).all()
    field = torch.from_numpy(flux.features(ensemble))
    torch.testing.assert_close(counter()(field), torch.full((10, 1), float(number), dtype=torch.float64))
    broken = counter()
    with torch.no_grad():
        broken.body[0].weight[0, 1] *= 0.9
    assert number == 0 or not torch.allclose(broken(field), torch.full((10, 1), float(number), dtype=torch.float64))


@pytest.mark.parametrize("study", STUDIES)
@pytest.mark.parametrize("family", ["EQ", "ST", "FL"])
def test_every_draw_is_a_network_of_the_family(study: str, family: str) -> None:
    configuration = load(study).preset("standard")
    tried = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=2))
    poolings = set()
    for _ in range(20):
        config, fit = space(configuration, family)(tried.ask())
        assert config.family == family
        assert (fit.loss == "binary_cross_entropy") is (study == "open-worm")
        assert LatticeCNN(config, device="meta").n_parameters <= configuration.max_parameters or family == "FL"
        poolings.add(config.global_pooling)
    if family != "FL":
        assert poolings == ({"sum", "max"} if study == "open-worm" else {"sum"})


@pytest.mark.parametrize("study", STUDIES)
def test_presets(study: str) -> None:
    found = load(study)
    paper, standard = found.preset("paper"), found.preset("standard")
    assert (paper.instances, standard.instances) == ((50, 10) if study == "open-worm" else (20, 10))
    assert paper.extents == standard.extents == (8, 16, 32, 64)
    assert len(standard.points) == 9
    assert standard.training_points == ((4.01, 1.5), (4.25, 1.0))
    assert standard.numbers == ((0, 1) if study == "open-worm" else tuple(range(11)))
    assert expected_seconds(found.steps(found.preset("quick"), 0), (), 2) <= 360
    assert expected_seconds(found.steps(standard, 0), (), 2) <= 3600
    assert found.configuration(standard.model_dump(mode="json")) == standard


def test_judging() -> None:
    loss, accuracy = judge("counting", np.array([[2.4, 1.6, 3.0]]), 2)
    assert accuracy[0] == pytest.approx(2 / 3)
    assert loss[0] == pytest.approx((0.16 + 0.16 + 1) / 3)
    loss, accuracy = judge("detection", np.array([[3.0, -1.0]]), 1)
    assert accuracy[0] == 0.5
    assert loss[0] == pytest.approx((np.log1p(np.exp(-3)) + np.log1p(np.exp(1))) / 2)
    assert judge("detection", np.array([[3.0, -1.0]]), 0)[1][0] == 0.5


def test_the_control_catches_a_planted_leak_and_matching_takes_it_away() -> None:
    generator = np.random.default_rng(0)
    closed = [generator.normal(size=(900, 4)) * 10 + 100 for _ in range(2)]
    honest = [generator.normal(size=(900, 4)) * 10 + 100 for _ in range(2)]
    leaking = [rows + np.array([8.0, 0, 0, 0]) for rows in honest]
    wider = [100 + (rows - 100) * np.array([1, 2.0, 1, 1]) for rows in honest]
    error = 0.5 / np.sqrt(4 * 900)
    assert abs(control_accuracy(closed, honest) - 0.5) < 4 * error
    assert control_accuracy(closed, leaking) > 0.6
    assert control_accuracy(closed, wider) > 0.55
    for bad in (leaking, wider):
        chosen = [pairs(a, b, 300) for a, b in zip(closed, bad, strict=True)]
        kept = [[rows[index[kind]] for rows, index in zip(pool, chosen, strict=True)] for kind, pool in
                enumerate((closed, bad))]  # fmt: skip
        assert control_accuracy(*kept) - 0.5 < 4 * 0.5 / np.sqrt(4 * 300)
        assert all(len(set(index[kind])) == 300 for index in chosen for kind in (0, 1))


def test_totals_of_closed_configurations_are_winding_numbers() -> None:
    ensemble = flux.sample((6, 6), 4.01, 1.0, 1.5, 20, chains=1, seed=1, workers=1)
    found = totals(flux.features(ensemble).astype(np.int16))
    np.testing.assert_array_equal(found[:, 2:], ensemble.winding)
    np.testing.assert_array_equal(found[:, 0], np.abs(ensemble.k).sum(axis=(1, 2, 3)))
    np.testing.assert_array_equal(found[:, 1], ensemble.l.sum(axis=(1, 2, 3)))


def test_a_worm_leads_along_the_flux_from_source_to_sink() -> None:
    ensemble = flux.sample((6, 6), 4.25, 1.0, 1.0, 20, chains=1, seed=4, open_worms=1, workers=1)
    for k, violations in zip(ensemble.k.astype(int), ensemble.violations, strict=True):
        np.testing.assert_array_equal(divergence(k), violations)
        path = worm(k)
        assert violations[tuple(path[0])] == 1
        assert violations[tuple(path[-1])] == -1
        steps = np.abs(np.diff(path, axis=0))
        assert (np.minimum(steps, 6 - steps).sum(axis=1) == 1).all()


def test_contributions_add_up_to_the_output_and_sit_at_the_violations() -> None:
    ensemble = flux.sample((8, 8), 4.25, 1.0, 1.0, 4, chains=1, seed=4, open_worms=1, workers=1)
    field, model = torch.from_numpy(flux.features(ensemble)), counter()
    maps = contributions(model, field)
    torch.testing.assert_close(maps.sum((1, 2)), model(field)[:, 0])
    assert (maps.flatten(1).gt(1e-9).sum(1) == 2).all()


def test_without_biases_an_empty_site_contributes_nothing() -> None:
    from intertwine.training.lattice_data import LatticeData, standardise

    ensemble = flux.sample((8, 8), 4.01, 1.0, 1.5, 10, chains=1, seed=4, workers=1)
    data = LatticeData.from_arrays(flux.features(ensemble), np.ones((10, 1)))
    configuration = load("open-worm").preset("standard")
    config, _ = space(configuration, "EQ")(optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=1)).ask())
    model = LatticeCNN(config, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    outputs = {}
    for extent in (8, 16):
        standardise(model, data, outputs=False)
        outputs[extent] = model(torch.zeros(1, 4, extent, extent, dtype=torch.float64))
    torch.testing.assert_close(outputs[8], outputs[16])
    model.input_shift.fill_(1.0)
    shifted = [model(torch.zeros(1, 4, extent, extent, dtype=torch.float64)) for extent in (8, 16)]
    assert config.global_pooling == "max" or not torch.allclose(*shifted)


class StopError(Exception):
    """An interruption."""


class Watcher:
    """Interrupts after so many steps."""

    def __init__(self, steps: int) -> None:
        self.left, self.seen = steps, []

    def started(self, step: object) -> None: ...
    def progress(self, step: object, fraction: float) -> None: ...
    def finished(self, step: object, seconds: float) -> None:
        self.seen.append(step.name)
        self.left -= 1
        if self.left == 0:
            raise StopError


@pytest.mark.parametrize("study", STUDIES)
def test_a_whole_study_interrupted_and_resumed(study: str, tmp_path) -> None:
    from intertwine.report.build import build_markdown, build_report

    run = Run(study, "tiny", out=tmp_path / "a", workers=1)
    watcher = Watcher(len(run.steps) - 6)
    with pytest.raises(StopError):
        run.execute(watcher)
    again = Run(study, "tiny", out=tmp_path / "a", workers=1)
    rest = Watcher(-1)
    again.execute(rest)
    assert len(again.done) == len(again.steps)
    assert not set(rest.seen) & set(watcher.seen)
    results = again.store
    training = load_labelled(again.configuration, results, "training", 0)
    values, counts = training.targets.unique(return_counts=True)
    assert values.tolist() == ([0.01, 0.99] if study == "open-worm" else [0.0, 2.0])
    assert counts[0] == counts[1]
    page = build_report(tmp_path / "a").read_text()
    assert "<svg" in page
    build_markdown(tmp_path / "a", tmp_path / "page.md")
    text = (tmp_path / "page.md").read_text()
    assert "| EQ |" in text
    assert ("Leakage control" in text) is (study == "open-worm")
