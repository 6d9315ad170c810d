"""Circular and spherical harmonics times rings, as functions that any subgroup of O(d) mixes among themselves."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from intertwine.errors import AccuracyError, ConfigurationError
from intertwine.groups.theory import RealArray
from intertwine.representations.harmonics import Harmonics, harmonics
from intertwine.representations.kernels.function_space import FunctionSpace
from intertwine.representations.kernels.radial_profile import RadialProfile
from intertwine.representations.rep import Rep


def harmonic_functions(vector: Rep, points: RealArray, profile: RadialProfile) -> list[FunctionSpace]:
    """R_i(|x|) Y_l(x/|x|) at points [n, d], one FunctionSpace a degree l; `vector` is the group's action on x.

    Raises ConfigurationError outside two and three dimensions.
    """
    d = points.shape[1]
    if d not in (2, 3):
        raise ConfigurationError("harmonic kernels live in 2 or 3 dimensions", received=d)
    r = np.linalg.norm(points, axis=1)
    directions = points / np.where(r > 0, r, 1.0)[:, None]
    radial = profile(r)
    spaces = []
    for degree in range(max(profile.max_degrees) + 1):
        rings = [i for i, highest in enumerate(profile.max_degrees) if highest >= degree]
        values = _harmonics(d, degree)(directions).T  # [2l+1, points]; 0 at the origin for l > 0
        spaces.append(FunctionSpace(harmonic_rep(vector, degree), radial[rings][:, None] * values))
    return spaces


@lru_cache(maxsize=256)
def harmonic_rep(vector: Rep, degree: int) -> Rep:
    """The representation of the harmonics of one degree on which `vector` moves the points: Y(g x) = ρ(g) Y(x)."""
    Y = _harmonics(vector.dim, degree)
    full = Y.rep_in
    discrete = None
    if vector.group.n_discrete:
        points = np.random.default_rng(0).standard_normal(
            (4 * Y.rep.dim + 8, vector.dim)
        )  # any points in general position
        values = Y(points)
        turned = [np.linalg.lstsq(values, Y(points @ R.T), rcond=None)[0].T for R in vector.discrete_generators]
        discrete = np.array(turned)
        error = max(
            float(np.abs(Y(points @ R.T) - values @ D.T).max())
            for R, D in zip(vector.discrete_generators, turned, strict=True)
        )
        if error > 1e-9 * float(np.abs(values).max()):
            raise AccuracyError("harmonics that the group takes out of their degree", received=f"{error:.1e}")
    algebra = None
    if vector.group.n_algebra:
        n = full.group.n_algebra
        basis = full.generators.reshape(n, -1).T
        coefficients = np.linalg.lstsq(basis, vector.generators.reshape(vector.group.n_algebra, -1).T, rcond=None)[0]
        algebra = np.tensordot(coefficients.T, Y.rep.generators, axes=1)
    return Rep.from_matrices(vector.group, algebra, discrete)


@lru_cache(maxsize=64)
def _harmonics(dimension: int, degree: int) -> Harmonics:
    return harmonics(f"SO({dimension})", degree, degrees=[degree])
