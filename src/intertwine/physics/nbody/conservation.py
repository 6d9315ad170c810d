"""Energy, momentum and angular momentum of charged particles."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from intertwine.physics.nbody.charged_system import ChargedSystem

RealArray = NDArray[np.float64]


class Invariants(NamedTuple):
    """energy [...]; momentum [..., dim]; angular_momentum [..., dim (dim − 1)/2], components L_ij with i < j."""

    energy: RealArray
    momentum: RealArray
    angular_momentum: RealArray


def invariants(system: ChargedSystem, positions: RealArray, velocities: RealArray, charges: RealArray) -> Invariants:
    """Of positions and velocities [..., bodies, dim] and charges that broadcast to [..., bodies]; masses are 1.

    The energy is ½ Σ v² + strength Σ_{i<j} q_i q_j/r_ij: conserved while no force reaches its limit.
    """
    x, v = np.asarray(positions), np.asarray(velocities)
    one, two = np.triu_indices(x.shape[-2], 1)
    distance = np.linalg.norm(x[..., one, :] - x[..., two, :], axis=-1)
    q = np.broadcast_to(charges, x.shape[:-1])
    energy = 0.5 * (v**2).sum((-1, -2)) + system.strength * (q[..., one] * q[..., two] / distance).sum(-1)
    i, j = np.triu_indices(x.shape[-1], 1)
    turning = (x[..., i] * v[..., j] - x[..., j] * v[..., i]).sum(-2)
    return Invariants(energy, v.sum(-2), turning)
