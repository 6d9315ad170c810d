"""The Zundel study: forces as gradients, second derivatives, dynamics that turn with their start, a whole tiny run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from synthetic_molecules import Silent, write_zundel

from intertwine.errors import DataError
from intertwine.models.tensor_product_network import TensorProductNetwork
from intertwine.physics.sample_files import VARIABLE
from intertwine.report.build import build_report
from intertwine.studies.invariant_twin import invariant_twin, n_parameters
from intertwine.studies.runner import Run
from intertwine.studies.step import StepContext
from intertwine.studies.store import Store
from intertwine.studies.zundel_forces.configuration import NETWORKS, STANDARD, TINY
from intertwine.studies.zundel_forces.data import SPECIES, SYMBOLS, data_step
from intertwine.studies.zundel_forces.dynamics import turned_difference
from intertwine.studies.zundel_forces.networks import Potential, make_potential, network_config
from intertwine.studies.zundel_forces.watchers import Conservation

ase = pytest.importorskip("ase")
from intertwine.interfaces.ase import NetworkCalculator  # noqa: E402
from intertwine.interfaces.ase_dynamics import run_nve  # noqa: E402

PLACES = np.array(
    [[-1.2, 0, 0], [1.2, 0, 0], [0, 0.1, 0], [-1.7, 0.8, 0.1], [-1.6, -0.8, 0], [1.7, 0, 0.8], [1.6, 0, -0.8]]
)
TURN = np.linalg.qr(np.random.default_rng(4).normal(size=(3, 3)))[0]


class Stretched(NetworkCalculator):
    """A potential with one more term, springs along x between all pairs: no rotation, but translations."""

    def calculate(self, *arguments: Any, **options: Any) -> None:
        super().calculate(*arguments, **options)
        x = self.atoms.positions[:, 0]
        apart = x[:, None] - x
        self.results["energy"] += 0.25 * (apart**2).sum()
        self.results["forces"][:, 0] -= apart.sum(axis=1)


def atoms(calculator: Any) -> Any:
    found = ase.Atoms("".join(SYMBOLS), positions=PLACES)
    found.set_velocities(0.02 * np.random.default_rng(1).normal(size=(7, 3)))
    found.calc = calculator
    return found


def calculators() -> dict[str, NetworkCalculator]:
    potentials = {name: make_potential(TINY, name, 1.8, -3.0, 3) for name in NETWORKS}
    found = {name: NetworkCalculator(one.network, SPECIES, scale=1.8) for name, one in potentials.items()}
    return {**found, "stretched": Stretched(potentials["equivariant"].network, SPECIES, scale=1.8)}


def test_a_whole_study_and_its_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_zundel(tmp_path)
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    run = Run("zundel-forces", "tiny", out=tmp_path / "a", workers=1)
    run.execute(Silent())
    rows = run.study.summary(run.configuration, run.store)
    assert [row["frames"] for row in rows] == ["4", "8"] * 2
    page = build_report(tmp_path / "a").read_text()
    assert page.count("<svg") >= 2
    assert "Dynamics" in page
    values = run.store.values("dynamics/equivariant")
    assert len(values["drift"]) == 2
    assert max(values["momentum"] + values["angular_momentum"]) < 1e-12


def test_missing_data_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    step, context = data_step(TINY), StepContext(tmp_path, Store(tmp_path), "cpu", None, lambda fraction: None)
    with pytest.raises(DataError, match=r"molecules/zundel_dataset\.xyz(.|\n)*librascal"):
        step.run(context)
    write_zundel(tmp_path, n=5)
    with pytest.raises(DataError, match="not enough frames"):
        step.run(context)


class Halved(Potential):
    """Forces that are half of what they should be."""

    def forward(self, positions: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        energies, forces = super().forward(positions)
        return energies, forces / 2


@pytest.mark.parametrize("name", NETWORKS)
def test_forces_are_minus_the_gradient(name: str) -> None:
    potential = make_potential(TINY, name, 1.8, -3.0, 3).double()
    x = torch.from_numpy(PLACES)[None]
    found: dict[str, float] = {}
    for kind, one in (("right", potential), ("halved", Halved(potential.network, 1.8, -3.0).double())):
        forces, h, worst = one.eval()(x)[1].detach(), 1e-4, 0.0
        for place in ((0, 1), (2, 0), (4, 2)):
            moved = [x.clone(), x.clone()]
            for sign, at in zip((1, -1), moved, strict=True):
                at[0, place[0], place[1]] += sign * h
            energies = [float(one(at)[0].detach()) for at in moved]
            worst = max(worst, abs((energies[0] - energies[1]) / (2 * h) + float(forces[0, place[0], place[1]])))
        found[kind] = worst / float(forces.abs().max())
    assert found["right"] < 1e-6
    assert found["halved"] > 1e-2


def test_a_loss_of_forces_has_a_gradient() -> None:
    potential = make_potential(TINY, "equivariant", 1.8, 0.0, 3).double().train()
    x = torch.from_numpy(PLACES)[None]
    weight = next(p for p in potential.parameters() if p.ndim == 2 and p.shape[0] > 1)

    def loss() -> torch.Tensor:
        return potential(x)[1].square().sum()

    (slope,) = torch.autograd.grad(loss(), weight)
    direction, h = torch.randn_like(weight), 1e-5
    ends = []
    for sign in (1, -1):
        with torch.no_grad():
            weight += sign * h * direction
        ends.append(float(loss().detach()))
        with torch.no_grad():
            weight -= sign * h * direction
    expected = (ends[0] - ends[1]) / (2 * h)
    assert abs(expected - float((slope * direction).sum())) < 1e-6 * abs(expected)
    with pytest.raises(RuntimeError, match="does not require grad"):  # in use, forces are constants
        torch.autograd.grad(potential.eval()(x)[1].square().sum(), weight)


def test_the_calculator_is_the_potential() -> None:
    potential = make_potential(TINY, "equivariant", 1.8, 0.0, 3).double().eval()
    energies, forces = potential(torch.from_numpy(PLACES)[None])
    here = atoms(NetworkCalculator(potential.network, SPECIES, scale=float(potential.scale)))
    assert abs(here.get_potential_energy() - float(energies.detach())) < 1e-10
    np.testing.assert_allclose(here.get_forces(), forces[0].detach(), atol=1e-10)


def test_trajectories_turn_with_their_start_and_keep_both_momenta() -> None:
    for name, calculator in calculators().items():
        apart = turned_difference(atoms(calculator), TURN, 8, 0.5)
        here = atoms(calculator)
        watch = Conservation(here)
        run_nve(here, 8, 0.5, on_step=watch)
        assert (apart.max() < 1e-12) == (name != "stretched"), name
        assert watch.momentum < 1e-13, name  # all depend on differences of positions only
        assert (watch.angular_momentum < 1e-12) == (name != "stretched"), name


def test_the_momentum_is_really_watched() -> None:
    class Forgetful(NetworkCalculator):
        def calculate(self, *arguments: Any, **options: Any) -> None:
            super().calculate(*arguments, **options)
            self.results["forces"][0] = 0.0

    here = atoms(Forgetful(make_potential(TINY, "equivariant", 1.8, 0.0, 3).network, SPECIES, scale=1.8))
    watch = Conservation(here)
    run_nve(here, 8, 0.5, on_step=watch)
    assert watch.momentum > 1e-8


def test_the_invariant_network_is_as_large_and_sees_lengths_only() -> None:
    ours, theirs = (network_config(STANDARD, name) for name in NETWORKS)
    assert theirs == invariant_twin(ours)
    assert abs(n_parameters(theirs) / n_parameters(ours) - 1) < 0.03
    assert theirs.max_degree == 0
    assert n_parameters(ours) == sum(p.numel() for p in TensorProductNetwork(ours).parameters())
