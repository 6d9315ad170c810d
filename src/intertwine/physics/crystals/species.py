"""`mass_weighted_species`: one-hot codes of atoms, times their masses."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from intertwine.physics.crystals.libraries import library
from intertwine.physics.structure import SYMBOLS, Structure


def mass_weighted_species(structure: Structure) -> NDArray[np.float64]:
    """[atoms, 118]: the standard atomic mass in u at place Z − 1, zero elsewhere (Chen et al., arXiv:2009.05163).

    Raises MissingDependencyError without ase, which has the masses.
    """
    masses = library("ase.data").atomic_masses
    code = np.zeros((len(structure), len(SYMBOLS) - 1))
    code[np.arange(len(structure)), structure.numbers - 1] = masses[structure.numbers]
    return code
