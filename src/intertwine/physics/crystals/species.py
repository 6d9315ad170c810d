"""`mass_weighted_species`: one-hot codes of atoms, times their masses."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from intertwine.errors import MissingDependencyError
from intertwine.physics.structure import SYMBOLS, Structure


def mass_weighted_species(structure: Structure) -> NDArray[np.float64]:
    """[atoms, 118]: the standard atomic mass in u at place Z − 1, zero elsewhere (Chen et al., arXiv:2009.05163).

    Raises MissingDependencyError without ase, which has the masses.
    """
    try:
        from ase.data import atomic_masses
    except ImportError as error:
        raise MissingDependencyError("atomic masses come from ase", fix="pip install 'intertwine[atoms]'") from error
    code = np.zeros((len(structure), len(SYMBOLS) - 1))
    code[np.arange(len(structure)), structure.numbers - 1] = atomic_masses[structure.numbers]
    return code
