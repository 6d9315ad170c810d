"""Phonons of effective medium theory against frozen phonons, sound, and the same crystal in other cells."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("phonopy")
from ase import Atoms
from ase.data import atomic_masses, atomic_numbers

from intertwine.errors import ConfigurationError
from intertwine.physics.crystals import Phonons, density_of_states, phonons
from intertwine.physics.crystals.effective_medium import METALS, Draw, calculator, crystal, draw
from intertwine.physics.crystals.lattice_dynamics import repeats
from intertwine.physics.crystals.prototypes import PROTOTYPES
from intertwine.physics.structure import Structure, checked_structure

TYPES = {one.name: one for one in PROTOTYPES}


@pytest.fixture(scope="module")
def copper() -> tuple[Structure, Phonons]:
    found = crystal(Draw(TYPES["A1"], ("Cu",), 1.0))
    return found, phonons(found, calculator(), mesh=60.0)


def frozen(metal: str, a: float, mass: float) -> float:
    """The longitudinal mode at X of an fcc crystal in cm⁻¹, from energies of planes moved against each other."""

    def energy(shift: float) -> float:
        height = np.array([[0.0, 0.0, shift], [0.0, 0.0, -shift]])
        places = np.array([[0.0, 0.0, 0.0], [a / 2, 0.0, a / 2]]) + height
        cell = [[a / 2, a / 2, 0.0], [-a / 2, a / 2, 0.0], [0.0, 0.0, a]]
        atoms = Atoms([metal] * 2, positions=places, cell=cell, pbc=True)
        atoms.calc = calculator()
        return float(atoms.get_potential_energy())

    h = 0.02
    curvature = (energy(h) + energy(-h) - 2 * energy(0.0)) / h**2  # of two atoms
    # √(eV/(Å² u)) as an angular frequency is 98.2269 THz: 521.471 cm⁻¹
    return float(521.4709 * np.sqrt(curvature / (2 * mass)))


def test_top_of_the_spectrum_is_the_frozen_phonon_at_x(copper: tuple[Structure, Phonons]) -> None:
    structure, found = copper
    a = (4 * np.linalg.det(structure.cell)) ** (1 / 3)
    mass = float(atomic_masses[atomic_numbers["Cu"]])
    top = found.frequencies.max()
    assert top == pytest.approx(frozen("Cu", a, mass), rel=3e-3)
    # with another isotope's mass it is not
    assert top != pytest.approx(frozen("Cu", a, mass + 2), rel=3e-3)


def test_sound(copper: tuple[Structure, Phonons]) -> None:
    _, found = copper
    assert found.lowest > -0.01
    assert np.abs(found.frequencies[0, :3]).max() < 0.01  # Γ is the first of the mesh
    counts = density_of_states(found.frequencies, found.weights)
    assert counts.sum() == pytest.approx(3)
    # Debye: the number of modes below ν grows as ν³
    below = [float((found.weights[:, None] * (found.frequencies < nu)).sum()) for nu in (40.0, 80.0)]
    assert below[1] / below[0] == pytest.approx(8, rel=0.35)


def test_a_skew_cell_and_a_supercell_have_the_same_spectrum(copper: tuple[Structure, Phonons]) -> None:
    structure = copper[0]
    small = {"supercell": 6.0, "mesh": 40.0}
    found = phonons(structure, calculator(), **small)
    cell = np.asarray(structure.cell)
    skew = np.array([[1, 0, 0], [0, 1, 0], [1, 0, 1]]) @ cell
    cube = np.array([[-1, 1, 1], [1, -1, 1], [1, 1, -1]]) @ cell
    corners = [[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]] @ cell
    cases = {1: (skew, corners[:1]), 4: (cube, corners)}
    for atoms, (box, places) in cases.items():
        other = phonons(checked_structure(places, [29] * atoms, box, {}), calculator(), **small)
        assert other.frequencies.shape[1] == 3 * atoms
        assert other.frequencies.max() == pytest.approx(found.frequencies.max(), rel=5e-3)
        one, two = (np.cumsum(density_of_states(x.frequencies, x.weights)) for x in (found, other))
        assert np.abs(two / atoms - one).max() < 0.1  # of 3 modes
    squeezed = crystal(Draw(TYPES["A1"], ("Cu",), 0.97))
    assert phonons(squeezed, calculator(), **small).frequencies.max() > 1.05 * found.frequencies.max()


def test_unstable_structures_have_imaginary_modes() -> None:
    assert phonons(crystal(Draw(TYPES["A2"], ("Cu",), 1.0)), calculator(), supercell=7.0).lowest < -5


def test_repeats_keep_the_symmetry() -> None:
    cubic = np.array([[[0, 0, 1], [1, 0, 0], [0, 1, 0]]])
    assert repeats(np.eye(3) * 3.0, 10.0, cubic).tolist() == [4, 4, 4]
    # heights differ: three-fold axes would be lost
    cell = np.array([[3.0, 0, 0], [0, 3.0, 0], [0, 0, 5.0]])
    assert repeats(cell, 10.0, np.eye(3, dtype=int)[None]).tolist() == [4, 4, 2]
    assert repeats(cell, 10.0, cubic).tolist() == [4, 4, 4]


def test_prototypes_are_what_they_are_called() -> None:
    from spglib import get_spacegroup

    groups = {
        "A1": "Fm-3m", "A2": "Im-3m", "A3": "P6_3/mmc", "L1_0": "P4/mmm", "L1_1": "R-3m", "B2": "Pm-3m",
        "L1_2": "Pm-3m", "D0_3": "Fm-3m", "D0_22": "I4/mmm", "D0_19": "P6_3/mmc",
    }  # fmt: skip
    for one in PROTOTYPES:
        numbers = [29 if letter == "A" else 79 for letter in one.letters]
        assert get_spacegroup((one.scaled(50.0), one.places, numbers)).split()[0] == groups[one.name]
        assert np.linalg.det(one.scaled(50.0)) == pytest.approx(50)
        places = np.array(one.places) @ one.scaled(12.0 * len(numbers))
        shifts = np.array(np.meshgrid(*[[-1, 0, 1]] * 3)).reshape(3, -1).T @ one.scaled(12.0 * len(numbers))
        apart = np.linalg.norm(places[:, None, None] - places[None, :, None] - shifts, axis=-1)
        assert np.sort(apart.ravel())[len(numbers)] > 2.3  # no two atoms on top of each other


def test_draws() -> None:
    drawn = [draw(np.random.default_rng(seed), 0.02) for seed in range(200)]
    assert {one.prototype.name for one in drawn} == set(TYPES)
    assert {element for one in drawn for element in one.elements} == set(METALS)
    assert all(0.98 <= one.stretch <= 1.02 for one in drawn)
    assert Draw(TYPES["L1_2"], ("Cu", "Au"), 1.01).name == "Cu3Au L1_2 ×1.0100"
    assert Draw(TYPES["D0_19"], ("Cu", "Au"), 1.01).name == "Cu3Au D0_19 ×1.0100"


def test_nonsense() -> None:
    with pytest.raises(ConfigurationError, match="need a crystal"):
        phonons(checked_structure([[0.0, 0.0, 0.0]], [29], None, {}), calculator())
    with pytest.raises(ConfigurationError, match="not lengths"):
        phonons(checked_structure([[0.0, 0.0, 0.0]], [29], np.eye(3) * 3, {}), calculator(), mesh=0.0)
