"""Coulomb matrices of molecules: what the first kernel methods of quantum chemistry saw."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from numpy import ndarray
from numpy.typing import NDArray

from intertwine.errors import DataError
from intertwine.physics.structure import Structure

BOHR = 0.529177210903
"""Å."""


def coulomb_matrix(structure: Structure) -> Float[ndarray, "n n"]:
    """Z_i^2.4 / 2 on the diagonal, Z_i Z_j / |r_i − r_j| elsewhere, in atomic units.

    Source: Rupp et al., Phys. Rev. Lett. 108, 058301 (2012), equation 1. Raises DataError for atoms at one place.
    """
    Z = structure.numbers.astype(np.float64)
    apart = np.linalg.norm(structure.positions[:, None] - structure.positions[None], axis=-1) / BOHR
    np.fill_diagonal(apart, 1.0)
    if not apart.all():
        raise DataError("two atoms at one place", received=structure.name or "a molecule")
    found: NDArray[np.float64] = np.outer(Z, Z) / apart
    np.fill_diagonal(found, 0.5 * Z**2.4)
    return found


def sorted_coulomb_matrix(structure: Structure, most: int) -> NDArray[np.float64]:
    """The lower triangle [most (most + 1) / 2] with rows of falling norm, padded by zeros: no order of atoms is left.

    Source: Montavon et al., NIPS 2012. Raises DataError for more than `most` atoms.
    """
    found = coulomb_matrix(structure)
    order = np.argsort(-np.linalg.norm(found, axis=1), kind="stable")
    padded = _room(structure, most)
    padded[: len(found), : len(found)] = found[np.ix_(order, order)]
    triangle: NDArray[np.float64] = padded[np.tril_indices(most)]
    return triangle


def coulomb_spectrum(structure: Structure, most: int) -> NDArray[np.float64]:
    """The eigenvalues [most] by falling size, padded by zeros, as Rupp et al. have them. Raises DataError as above."""
    values = np.linalg.eigvalsh(coulomb_matrix(structure))
    padded: NDArray[np.float64] = _room(structure, most)[0]
    padded[: len(values)] = values[np.argsort(-np.abs(values), kind="stable")]
    return padded


def _room(structure: Structure, most: int) -> NDArray[np.float64]:
    if len(structure) > most:
        raise DataError("more atoms than there is room for", received=len(structure), expected=f"≤ {most}")
    return np.zeros((most, most))
