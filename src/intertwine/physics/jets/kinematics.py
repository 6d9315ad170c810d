"""Four-vectors (E, px, py, pz) and the collider's coordinates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from jaxtyping import Float
from numpy.typing import NDArray

Numbers: TypeAlias = NDArray[Any] | Sequence[float] | float


def from_collider(pt: Numbers, eta: Numbers, phi: Numbers, mass: Numbers = 0.0) -> NDArray[np.float64]:
    """(E, px, py, pz) [..., 4] of transverse momentum, pseudorapidity, azimuth and mass, in float64.

    A negative mass counts as a negative m², as FastJet and ROOT write particles off the light cone.
    """
    pt, eta, phi, mass = (np.asarray(value, dtype=np.float64) for value in (pt, eta, phi, mass))
    momentum = pt * np.cosh(eta)
    energy = np.sqrt(np.maximum(momentum**2 + mass * np.abs(mass), 0.0))
    return np.stack(np.broadcast_arrays(energy, pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta)), axis=-1)


def transverse_momentum(momenta: Float[np.ndarray, "*shape 4"]) -> NDArray[np.float64]:
    """√(px² + py²)."""
    return np.asarray(np.hypot(momenta[..., 1], momenta[..., 2]))


def pseudorapidity(momenta: Float[np.ndarray, "*shape 4"]) -> NDArray[np.float64]:
    """arsinh(pz / p_T); ±inf along the beam, 0 for the null vector."""
    pt = transverse_momentum(momenta)
    pz = momenta[..., 3]
    along = np.where(pz == 0, 0.0, np.copysign(np.inf, pz))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(pt > 0, np.arcsinh(pz / np.where(pt > 0, pt, 1.0)), along))


def azimuth(momenta: Float[np.ndarray, "*shape 4"]) -> NDArray[np.float64]:
    """φ in (-π, π]."""
    return np.asarray(np.arctan2(momenta[..., 2], momenta[..., 1]))


def mass_squared(momenta: Float[np.ndarray, "*shape 4"]) -> NDArray[np.float64]:
    """E² - |p|² as (E - |p|)(E + |p|), which keeps digits near the light cone."""
    length = np.sqrt(np.square(momenta[..., 1:]).sum(-1))
    return np.asarray((momenta[..., 0] - length) * (momenta[..., 0] + length))


def angular_distance(a: Float[np.ndarray, "*shape 4"], b: Float[np.ndarray, "*other 4"]) -> NDArray[np.float64]:
    """ΔR = √(Δη² + Δφ²)."""
    delta = azimuth(a) - azimuth(b)
    return np.hypot(pseudorapidity(a) - pseudorapidity(b), np.arctan2(np.sin(delta), np.cos(delta)))
