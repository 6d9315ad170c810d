"""The maps S_l from the recursion's basis to the irreps', written down: vectors of SO(2), O(2), SO(3) and O(3)."""

from __future__ import annotations

from math import pi, sqrt

import numpy as np
from numpy.typing import NDArray

from intertwine.representations.harmonics.default_vector import default_vector
from intertwine.representations.irrep import Irrep

RealArray = NDArray[np.float64]


def is_written_down(vector: Irrep) -> bool:
    """Whether this is the vector of one of the four groups, whose basis is (x, y) or (x, y, z)."""
    G = vector.group
    return G.name in ("SO(2)", "O(2)", "SO(3)", "O(3)") and vector == default_vector(G)


def rotation_tower(vector: Irrep, max_degree: int) -> tuple[list[Irrep], list[RealArray]] | None:
    """The irreps W_l of degree 0 … max_degree and the maps S_l onto them; None for any other vector."""
    G = vector.group
    if not is_written_down(vector):
        return None
    parity = {"O(2)": ("", ""), "O(3)": ("e", "o")}.get(G.name, ("", ""))
    irreps = [G.trivial, vector, *(Irrep.parse(G, f"{k}{parity[k % 2]}") for k in range(2, max_degree + 1))]
    area = 2 * pi if vector.real_dim == 2 else 4 * pi  # |S_l Y|² has the mean dim W_l over the sphere
    order = _circular_order if vector.real_dim == 2 else _spherical_order
    maps = [sqrt(area) * np.eye(irrep.real_dim)[order(k)] for k, irrep in enumerate(irreps[: max_degree + 1])]
    return irreps[: max_degree + 1], maps


def _circular_order(degree: int) -> list[int]:
    """Re, Im (x + iy)^l, as in the recursion."""
    return [0, 1] if degree else [0]


def _spherical_order(degree: int) -> list[int]:
    """The recursion has m = 0, then cos mφ and sin mφ for m = 1, 2, …; the irreps (x, y, z), and m = −l … l from 2."""
    if degree == 1:
        return [1, 2, 0]
    return [*(2 * m for m in range(degree, 0, -1)), 0, *(2 * m - 1 for m in range(1, degree + 1))]
