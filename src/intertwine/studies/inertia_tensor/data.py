"""Clouds of point masses, and the moment of inertia about a point among them."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
HALF_WIDTHS = np.array([1.0, 0.5, 0.25])
"""The clouds are flat boxes along the axes, so that a turned one is far from all that training has seen."""


def clouds(n: int, points: tuple[int, int], room: int, seed: int) -> tuple[Array, Array]:
    """Positions about the asked point [n, room, 3] and masses [n, room]; places that are not used have mass 0.

    The asked point and the others are uniform in a box of half widths 1, 1/2, 1/4, the masses in [0.1, 1], the
    numbers of points in `points`, both ends included.
    """
    rng = np.random.default_rng(seed)
    count = rng.integers(points[0], points[1] + 1, size=n)
    about = rng.uniform(-1, 1, size=(n, 1, 3))
    positions = (rng.uniform(-1, 1, size=(n, room, 3)) - about) * HALF_WIDTHS
    masses = rng.uniform(0.1, 1.0, size=(n, room))
    unused = np.arange(room) >= count[:, None]
    positions[unused], masses[unused] = 0.0, 0.0
    return positions, masses


def inertia(positions: Array, masses: Array) -> Array:
    """Σ m (|r|² 1 − r rᵀ): [n, points, 3], [n, points] → [n, 3, 3]."""
    outer = np.einsum("np,npi,npj->nij", masses, positions, positions)
    moments: Array = np.trace(outer, axis1=1, axis2=2)[:, None, None] * np.eye(3) - outer
    return moments


def by_irreps(tensors: Array) -> Array:
    """Symmetric tensors [n, 3, 3] → features of 0e + 2e, [n, 6]; lengths are kept."""
    return tensors.reshape(-1, 9) @ _projection().T


@cache
def _projection() -> Array:
    import intertwine as tw
    from intertwine.representations.cartesian_tensor import irrep_projection

    return irrep_projection("ij=ji", tw.Rep(tw.group("O(3)"), "1o"))
