"""Solids on a cubic grid, in random poses: box, cylinder, cone, torus, tetrahedron and ellipsoid."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from intertwine.errors import ConfigurationError
from intertwine.physics.images.image_set import ImageSet

Array = NDArray[np.float64]
SOLIDS = ("box", "cylinder", "cone", "torus", "tetrahedron", "ellipsoid")


def solids(n: int, size: int, seed: int, *, turned: bool = True) -> ImageSet:
    """n volumes [n, size, size, size] float32 and their class, the index into `SOLIDS`.

    Every solid has its own proportions (each axis 0.8 … 1.2 times its nominal one), a size of 0.8 … 1 times 0.3 of the
    grid, a centre off the grid's by up to half a point, and, where `turned`, a pose that is uniform on SO(3). A voxel
    is 1/(1 + exp(2 d)) at a distance of d points from the surface, inside negative.

    Raises ConfigurationError for a grid of fewer than 8 points a side.
    """
    if size < 8 or n < 1:
        raise ConfigurationError("a grid too coarse for solids", received=f"{n} of {size}³", expected="size ≥ 8")
    rng = np.random.default_rng([seed, size])
    labels = rng.integers(0, len(SOLIDS), n)
    axis = np.arange(size) - (size - 1) / 2
    grid = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), -1).reshape(-1, 3)
    poses = Rotation.random(n, rng).as_matrix() if turned else np.tile(np.eye(3), (n, 1, 1))
    stretch = rng.uniform(0.8, 1.2, (n, 3))
    radius = 0.3 * size * rng.uniform(0.8, 1.0, n)
    shift = rng.uniform(-0.5, 0.5, (n, 3))
    volumes = np.empty((n, size, size, size), dtype=np.float32)
    for i, label in enumerate(labels):
        local = (grid - shift[i]) @ poses[i] / (radius[i] * stretch[i])
        distance = _DISTANCES[label](local) * radius[i]
        volumes[i] = (1 / (1 + np.exp(np.clip(2 * distance, -30, 30)))).reshape(size, size, size)
    return ImageSet(volumes, labels)


def _box(x: Array) -> Array:
    return np.asarray(np.abs(x / [0.85, 0.65, 0.5]).max(1) - 1) * 0.5


def _cylinder(x: Array) -> Array:
    return np.asarray(np.maximum(np.hypot(x[:, 0], x[:, 1]) - 0.55, np.abs(x[:, 2]) - 0.8))


def _cone(x: Array) -> Array:
    slope = np.hypot(x[:, 0], x[:, 1]) - 0.45 * (0.8 - x[:, 2])
    return np.asarray(np.maximum(slope, -0.8 - x[:, 2]))


def _torus(x: Array) -> Array:
    return np.asarray(np.hypot(np.hypot(x[:, 0], x[:, 1]) - 0.65, x[:, 2]) - 0.28)


def _tetrahedron(x: Array) -> Array:
    corners = np.array([[1.0, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]]) / np.sqrt(3)
    return np.asarray((-x @ corners.T).max(1) - 0.42)


def _ellipsoid(x: Array) -> Array:
    return np.asarray((np.linalg.norm(x / [0.9, 0.65, 0.5], axis=1) - 1) * 0.6)


_DISTANCES: tuple[Callable[[Array], Array], ...] = (_box, _cylinder, _cone, _torus, _tetrahedron, _ellipsoid)
