"""`heat_capacity`: of a crystal in the harmonic approximation, from its phonon density of states."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.integrate import trapezoid

from intertwine.errors import DataError

# h c / k_B in K cm (CODATA 2018, exact constants)
SECOND_RADIATION_CONSTANT = 1.438776877
# J/(mol K)
GAS_CONSTANT = 8.31446261815324


def heat_capacity(frequencies: ArrayLike, dos: ArrayLike, temperatures: ArrayLike) -> NDArray[np.float64]:
    """C_V per atom in units of k_B, [..., temperatures]: 3 ∫ g(ν) x² eˣ/(eˣ − 1)² dν / ∫ g(ν) dν, x = h c ν/k_B T.

    frequencies: [bins] in cm⁻¹, ≥ 0, ascending; dos: [..., bins], on any scale; temperatures: in K, ≥ 0. It tends to 3
    at high temperature (Dulong and Petit); times `GAS_CONSTANT` it is J/(mol K) of atoms. Trapezoid rule.
    As used by Chen et al., arXiv:2009.05163.

    Raises
    ------
    DataError
        For negative frequencies or temperatures, NaN, a density that is negative or vanishes.
    """
    nu, g = np.asarray(frequencies, dtype=np.float64), np.asarray(dos, dtype=np.float64)
    T = np.atleast_1d(np.asarray(temperatures, dtype=np.float64))
    if g.shape[-1:] != nu.shape or not (np.diff(nu) > 0).all() or not (nu >= 0).all():
        raise DataError("not a density of states", received=f"{nu.shape}, {g.shape}", expected="ascending ν ≥ 0")
    if not (T >= 0).all():
        raise DataError("not temperatures", received=T.tolist(), expected="≥ 0 K")
    total = trapezoid(g, nu, axis=-1)
    if not (g >= 0).all() or not (total > 0).all():
        raise DataError("a density of states is ≥ 0 and not zero everywhere", received=f"least {g.min()}")
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        half = SECOND_RADIATION_CONSTANT * nu / (2 * T[:, None])
        # x² eˣ/(eˣ − 1)² = (x/2 / sinh(x/2))²
        weight = np.where(half < 350, (half / np.sinh(np.minimum(half, 350))) ** 2, 0.0)
    weight = np.where(T[:, None] == 0, 0.0, np.where(nu == 0, 1.0, weight))
    return np.asarray(3 * trapezoid(g[..., None, :] * weight, nu, axis=-1) / total[..., None], dtype=np.float64)
