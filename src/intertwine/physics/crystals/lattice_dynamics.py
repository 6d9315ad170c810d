"""Phonons of a crystal: force constants by finite displacements, frequencies on a mesh of wave vectors (phonopy)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from intertwine.errors import ConfigurationError
from intertwine.physics.crystals.libraries import library
from intertwine.physics.structure import Structure

# cm⁻¹ per THz
WAVE_NUMBER = 33.35640951981521


@dataclass(frozen=True)
class Phonons:
    """Modes on a mesh.

    Attributes
    ----------
    frequencies:
        [q, 3 atoms], in cm⁻¹, ascending; imaginary ones are negative.
    weights:
        [q], summing to 1.
    """

    frequencies: NDArray[np.float64]
    weights: NDArray[np.float64]

    @property
    def lowest(self) -> float:
        """Smallest frequency; clearly negative for a structure that is not a minimum of the energy."""
        return float(self.frequencies.min())


def phonons(
    structure: Structure,
    calculator: Any,
    *,
    supercell: float = 10.0,
    displacement: float = 0.01,
    mesh: float = 160.0,
) -> Phonons:
    """Frequencies of a relaxed crystal, from forces of an ase calculator.

    Parameters
    ----------
    structure:
        A periodic crystal; its own cell is taken as primitive.
    supercell:
        Forces are those of a supercell whose faces lie at least so far apart, Å.
    displacement:
        Of one atom at a time, Å, along the directions that symmetry leaves.
    mesh:
        Wave vectors are those of a supercell of that size, Å.

    The mesh holds Γ, so that it has the whole symmetry. The acoustic sum rule is imposed on the force constants.
    Source: Togo and Tanaka, Scr. Mater. 108, 1 (2015).

    Raises
    ------
    ConfigurationError
        For a structure without a cell, lengths that are not positive.
    MissingDependencyError
        Without ase and phonopy.
    """
    if structure.cell is None:
        raise ConfigurationError("phonons need a crystal", received="a structure without a cell")
    if not min(supercell, displacement, mesh) > 0:
        raise ConfigurationError("not lengths", received=f"{supercell}, {displacement}, {mesh}", expected="> 0 Å")
    made = force_constants(structure, calculator, supercell, displacement)
    made.run_mesh(repeats(structure.cell, mesh, _rotations(structure)), is_gamma_center=True)
    frequencies = np.asarray(made.mesh.frequencies, dtype=np.float64) * WAVE_NUMBER
    weights = np.asarray(made.mesh.weights, dtype=np.float64)
    return Phonons(np.sort(frequencies, axis=1), weights / weights.sum())


def force_constants(structure: Structure, calculator: Any, supercell: float, displacement: float) -> Any:
    """A phonopy object with its force constants."""
    ase, phonopy = library("ase"), library("phonopy")
    cell = np.asarray(structure.cell)
    unit = library("phonopy.structure.atoms").PhonopyAtoms(
        numbers=structure.numbers, cell=cell, positions=structure.positions
    )
    found = phonopy.Phonopy(
        unit, np.diag(repeats(cell, supercell, _rotations(structure))), primitive_matrix=np.eye(3), log_level=0
    )
    found.generate_displacements(distance=displacement)
    forces = []
    for one in found.supercells_with_displacements:
        atoms = ase.Atoms(numbers=one.numbers, cell=one.cell, positions=one.positions, pbc=True)
        atoms.calc = calculator
        forces.append(atoms.get_forces())
    found.forces = np.array(forces)
    found.produce_force_constants()
    found.symmetrize_force_constants()
    return found


def repeats(cell: NDArray[np.float64], size: float, rotations: NDArray[np.int64]) -> NDArray[np.int64]:
    """How often to repeat a cell in each direction so that opposite faces are `size` apart or more.

    rotations: [n, 3, 3], on fractional coordinates. The same number in all directions where anything else would break
    one of them.
    """
    heights = 1 / np.linalg.norm(np.linalg.inv(cell), axis=0)
    counts = np.maximum(1, np.ceil(size / heights - 1e-3)).astype(np.int64)
    carried = rotations * counts[None, None, :]
    symmetric = (carried % counts[None, :, None] == 0).all()
    return counts if symmetric else np.full(3, counts.max())


def _rotations(structure: Structure) -> NDArray[np.int64]:
    """The point operations of the space group, on fractional coordinates."""
    fractional = structure.positions @ np.linalg.inv(np.asarray(structure.cell))
    found = library("spglib").get_symmetry((np.asarray(structure.cell), fractional, structure.numbers))
    if found is None:
        return np.eye(3, dtype=np.int64)[None]
    return np.asarray(found["rotations"], dtype=np.int64)
