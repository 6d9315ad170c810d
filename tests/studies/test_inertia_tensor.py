"""The study of moments of inertia: its data, its networks' symmetries, a whole tiny run with its report."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

import intertwine as tw
from intertwine.report.build import build_report
from intertwine.studies.inertia_tensor.configuration import TINY
from intertwine.studies.inertia_tensor.data import by_irreps, clouds, inertia
from intertwine.studies.inertia_tensor.networks import make_network
from intertwine.studies.random_rotations import random_rotations
from intertwine.studies.runner import Run
from intertwine.studies.step import Step
from intertwine.testing import equivariance_error
from intertwine.training.module_least_squares import finish_module


class Watcher:
    """Looks on."""

    def started(self, step: Step) -> None: ...

    def progress(self, step: Step, fraction: float) -> None: ...

    def finished(self, step: Step, seconds: float) -> None: ...


def test_a_whole_study_and_its_report(tmp_path: Path) -> None:
    Run("inertia-tensor", "tiny", out=tmp_path / "a", workers=1).execute(Watcher())
    run = Run("inertia-tensor", "tiny", out=tmp_path / "a", workers=1)
    assert len(run.done) == len(run.steps)
    assert len(run.study.summary(run.configuration, run.store)) == 3 * len(TINY.sizes)
    assert run.study.content(run.configuration, run.store).figures
    assert "<svg" in build_report(tmp_path / "a").read_text()


def test_the_moments_are_right_and_turn_as_0e_and_2e() -> None:
    positions, masses = clouds(4, (2, 5), 6, 0)
    assert all(2 <= (mass > 0).sum() <= 5 for mass in masses)
    tensors = inertia(positions, masses)
    axis = np.array([0.6, 0.0, 0.8])
    distance = np.linalg.norm(np.cross(positions, axis), axis=-1)
    np.testing.assert_allclose(axis @ tensors @ axis, (masses * distance**2).sum(axis=1), rtol=1e-13)
    rep = tw.Rep(tw.group("O(3)"), "0e + 2e")
    for R in random_rotations(3, 1):
        np.testing.assert_allclose(R @ R.T, np.eye(3), atol=1e-14)
        assert np.linalg.det(R) > 0
        turned = by_irreps(inertia(positions @ R.T, masses))
        expected = by_irreps(tensors) @ rep.matrix(rep.group.element(R)).T
        np.testing.assert_allclose(turned, expected, atol=1e-13)
        assert not np.allclose(turned[:, ::-1], expected, atol=1e-3)


def test_only_the_equivariant_network_commutes_with_rotations() -> None:
    group = tw.group("O(3)")
    points, out = tw.Rep(group, "6x1o"), tw.Rep(group, "0e + 2e")
    masses = torch.rand(5, 6, dtype=torch.float64)
    for name, bound in (("equivariant", True), ("mlp", False)):
        network = make_network(TINY.model_copy(update={"room": 6}), name, 3)

        def of_points(x: torch.Tensor, network: torch.nn.Module = network) -> torch.Tensor:
            y: torch.Tensor = network(x.unflatten(-1, (3, 6)).mT, masses)
            return y

        error = equivariance_error(of_points, points, out, inputs=[torch.randn(5, 18, dtype=torch.float64)]).max
        assert (error < 1e-12) == bound, name


def test_places_without_mass_and_order_do_not_matter() -> None:
    network = make_network(TINY, "equivariant", 3)
    positions, masses = map(torch.from_numpy, clouds(4, (3, 3), 5, 0))
    expected = network(positions, masses)
    torch.testing.assert_close(network(positions[:, :3], masses[:, :3]), expected)
    torch.testing.assert_close(network(positions.flip(1), masses.flip(1)), expected)
    assert not torch.allclose(network(positions.flip(1), masses), expected)


def test_few_samples_are_enough_for_a_thousandth() -> None:
    network = make_network(TINY.model_copy(update={"radial_width": 16}), "equivariant", 0)
    sets = [clouds(60, (3, 6), 6, seed) for seed in (0, 1)]
    (r, m, y), (rt, mt, yt) = [tuple(map(torch.from_numpy, (*one, by_irreps(inertia(*one))))) for one in sets]
    finish_module(network, (r, m), y, lambda: float((network(rt, mt) - yt).detach().square().mean()), iterations=60)
    with torch.no_grad():
        error = float((network(rt, mt) - yt).norm() / yt.norm())
    assert error < 1e-3
