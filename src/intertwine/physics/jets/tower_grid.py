"""A calorimeter's granularity: energies added in cells of pseudorapidity and azimuth."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from numpy.typing import NDArray

from intertwine.errors import ConfigurationError

ETA_MAX = 5.0


def towers(momenta: Float[np.ndarray, "n 4"], size: float, eta_max: float = ETA_MAX) -> NDArray[np.float64]:
    """Massless towers [m, 4] of size x size cells in η and φ, m ≤ n: each has its particles' energy and its cell's
    direction.

    The number of cells in φ is rounded so that they close. Particles with |η| ≥ eta_max are lost. Ordered by cell.
    Raises ConfigurationError if size is not positive.
    """
    if not size > 0:
        raise ConfigurationError("towers need a size", received=size, expected="a positive number")
    energy, px, py, pz = momenta.T
    transverse = np.hypot(px, py)
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        eta = np.where(transverse > 0, np.arcsinh(pz / transverse), np.copysign(np.inf, pz))
    inside = np.abs(eta) < eta_max
    around = max(1, round(2 * np.pi / size))
    rows = np.floor(eta[inside] / size).astype(np.int64)
    columns = np.floor((np.arctan2(py, px)[inside] + np.pi) / (2 * np.pi) * around).astype(np.int64) % around
    rows -= (lowest := int(np.floor(-eta_max / size)) - 1)
    cells, where = np.unique(rows * around + columns, return_inverse=True)
    energies = np.bincount(where, weights=energy[inside], minlength=len(cells))
    eta_centre = (cells // around + lowest + 0.5) * size
    phi_centre = (cells % around + 0.5) * (2 * np.pi / around) - np.pi
    pt = energies / np.cosh(eta_centre)
    return np.stack(
        [energies, pt * np.cos(phi_centre), pt * np.sin(phi_centre), pt * np.sinh(eta_centre)], axis=1
    ).astype(np.float64)
