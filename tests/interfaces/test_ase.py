"""The calculator for ASE: gradients against finite differences, dynamics at constant energy, and what breaks them."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
import torch

from intertwine.errors import ConfigurationError, DataError
from intertwine.models.tensor_product_network import TensorProductNetwork, TensorProductNetworkConfig

ase = pytest.importorskip("ase")
from intertwine.interfaces.ase import NetworkCalculator  # noqa: E402
from intertwine.interfaces.ase_dynamics import run_nve  # noqa: E402

SPECIES = ("H", "O")
CONFIG = TensorProductNetworkConfig(
    rep_in="2x0e", hidden="6x0e + 4x1o + 2x2e", rep_out="0e", channels=4, layers=2, radial_width=8, cutoff=3.5,
    neighbours=6,
)  # fmt: skip
CELL = np.array([[4.2, 0.0, 0.0], [1.1, 3.9, 0.0], [-0.6, 0.8, 4.4]])


def network(config: TensorProductNetworkConfig = CONFIG) -> TensorProductNetwork:
    torch.manual_seed(1)
    return TensorProductNetwork(config, dtype=torch.float64)


def water(*, periodic: bool = True) -> Any:
    rng = np.random.default_rng(2)
    places = np.array([[0, 0, 0], [0.96, 0, 0], [-0.24, 0.93, 0], [2.1, 1.6, 1.9], [2.9, 2.1, 1.7], [1.6, 2.3, 2.5]])
    positions = places + 0.05 * rng.normal(size=(6, 3))
    return ase.Atoms("OHHOHH", positions=positions, cell=CELL if periodic else None, pbc=periodic)


class BrokenForces(NetworkCalculator):
    """Forces that forget one atom's."""

    def calculate(self, *arguments: Any, **options: Any) -> None:
        super().calculate(*arguments, **options)
        self.results["forces"][0] = 0.0


def force_error(calculator: NetworkCalculator, atoms: Any) -> float:
    atoms.calc = calculator
    forces, h = atoms.get_forces(), 1e-4
    found = np.zeros_like(forces)
    for place in np.ndindex(*forces.shape):
        for sign in (1, -1):
            moved = atoms.copy()
            moved.calc = calculator
            moved.positions[place] += sign * h
            found[place] -= sign * moved.get_potential_energy() / (2 * h)
    return float(np.abs(found - forces).max() / np.abs(found).max())


@pytest.mark.parametrize("periodic", [True, False])
def test_forces_are_gradients(periodic: bool) -> None:
    atoms = water(periodic=periodic)
    assert force_error(NetworkCalculator(network(), SPECIES, scale=3.0), atoms) < 1e-6
    assert force_error(BrokenForces(network(), SPECIES, scale=3.0), atoms) > 0.05


def test_stress_is_the_gradient_by_strain() -> None:
    atoms = water()
    atoms.calc = NetworkCalculator(network(), SPECIES)
    stress, h = atoms.get_stress(voigt=False), 1e-5
    for i, j in ((0, 0), (0, 1), (2, 1)):
        energies = []
        for sign in (1, -1):
            strain = np.eye(3)
            strain[i, j] += sign * h
            moved = atoms.copy()
            moved.calc = atoms.calc
            moved.set_cell(atoms.cell.array @ strain, scale_atoms=True)
            energies.append(moved.get_potential_energy())
        found = (energies[0] - energies[1]) / (2 * h) / atoms.get_volume()
        assert found == pytest.approx(stress[i, j], abs=1e-6 * np.abs(stress).max())


def test_dynamics_keep_the_energy_and_broken_forces_do_not() -> None:
    fluctuations = {}
    for kind in (NetworkCalculator, BrokenForces):
        for timestep in (1.0, 0.5):
            atoms = water()
            spread = np.sqrt(0.05 * atoms.get_masses())[:, None]  # kT = 0.05 eV
            atoms.set_momenta(spread * np.random.default_rng(3).normal(size=(6, 3)))
            atoms.calc = kind(network(), SPECIES)
            run = run_nve(atoms, int(50 / timestep), timestep)
            assert run.potential.std() > 1e-3  # something happens
            fluctuations[kind, timestep] = run.fluctuation
    good, finer = (fluctuations[NetworkCalculator, timestep] for timestep in (1.0, 0.5))
    assert good < 0.05
    assert finer < 0.35 * good  # a quarter: the scheme is of second order
    assert fluctuations[BrokenForces, 0.5] > 0.1


def test_supercells_and_symmetries() -> None:
    calculator = NetworkCalculator(network(), SPECIES)
    atoms = water()
    atoms.calc = calculator
    energy, forces = atoms.get_potential_energy(), atoms.get_forces()
    twice = atoms.repeat((1, 2, 1))
    twice.calc = calculator
    assert twice.get_potential_energy() == pytest.approx(2 * energy, rel=1e-11)
    np.testing.assert_allclose(twice.get_forces()[:6], forces, atol=1e-11)
    turned = atoms.copy()
    turned.rotate(77, (1, 2, 3), rotate_cell=True)
    turned.translate((0.3, 9.0, -4.0))
    turned.calc = calculator
    assert turned.get_potential_energy() == pytest.approx(energy, rel=1e-11)
    # the trap: turned atoms in a cell that stayed are another crystal
    turned.set_cell(atoms.cell)
    assert abs(turned.get_potential_energy() - energy) > 1e-6


def test_shifts_and_atoms_alone() -> None:
    shifted = NetworkCalculator(network(), SPECIES, shifts={"O": -400.0})
    plain = NetworkCalculator(network(CONFIG.model_copy(update={"pooling": "sum"})), SPECIES)
    atoms = water()
    atoms.calc = plain
    energy = atoms.get_potential_energy()
    atoms.calc = shifted
    assert atoms.get_potential_energy() == pytest.approx(energy - 800.0, rel=1e-12)
    assert atoms.get_potential_energies().sum() == pytest.approx(energy - 800.0, rel=1e-12)
    alone = ase.Atoms("O", positions=[[0, 0, 0]])
    alone.calc = shifted
    np.testing.assert_array_equal(alone.get_forces(), 0)


def test_what_cannot_be_is_named() -> None:
    calculator = NetworkCalculator(network(), SPECIES)
    salt = ase.Atoms("NaClH", positions=np.eye(3))
    salt.calc = calculator
    with pytest.raises(DataError, match="received Cl, Na; expected H, O"):
        salt.get_potential_energy()
    lost = water()
    lost.positions[2, 1] = np.nan
    lost.calc = calculator
    with pytest.raises(DataError):
        lost.get_forces()
    flat = water()
    flat.set_cell(np.diag([3.0, 3.0, 1e-14]))
    flat.calc = calculator
    with pytest.raises(DataError):
        flat.get_forces()
    with pytest.raises(ConfigurationError, match="cut-off"):
        NetworkCalculator(network(CONFIG.model_copy(update={"cutoff": None})), SPECIES)
    with pytest.raises(ConfigurationError, match="not a network of energies"):
        NetworkCalculator(network(), ("H", "C", "O"))
    with pytest.raises(ConfigurationError, match="Xe"):
        NetworkCalculator(network(), SPECIES, shifts={"Xe": 1.0})
    with pytest.raises(ConfigurationError, match="calculator"):
        run_nve(water(), 3, 0.5)
    with pytest.raises(ConfigurationError, match="steps"):
        run_nve(salt, 0, 0.5)


def test_without_ase_the_extra_is_named() -> None:
    script = (
        "import sys; sys.modules['ase'] = None; sys.modules['ase.calculators'] = None\nimport intertwine.interfaces.ase"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert "MissingDependencyError" in done.stderr
    assert "intertwine[atoms]" in done.stderr
