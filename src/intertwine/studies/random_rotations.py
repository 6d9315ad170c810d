"""Random rotations by which studies turn what they train and test on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def random_rotations(n: int, seed: int) -> Array:
    """Uniformly random rotations [n, 3, 3], from normalised quaternions."""
    w, x, y, z = (q := np.random.default_rng(seed).normal(size=(4, n))) / np.linalg.norm(q, axis=0)
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
    return np.moveaxis(np.array(rows), 2, 0)


def random_orthogonal_matrices(n: int, seed: int) -> Array:
    """Uniformly random elements of O(3), [n, 3, 3]: rotations, every second one times −1."""
    return random_rotations(n, seed) * np.where(np.arange(n) % 2, -1.0, 1.0)[:, None, None]
