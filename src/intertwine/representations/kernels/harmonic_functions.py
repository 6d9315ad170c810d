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
    highest = max(profile.max_degrees)
    values = harmonics(f"SO({d})", highest)(directions).T
    spaces = []
    start = 0
    for degree, rep in enumerate(harmonic_reps(vector, highest)):
        rings = [i for i, carried in enumerate(profile.max_degrees) if carried >= degree]
        of_degree = values[start : start + rep.dim]  # [2l+1, points]; 0 at the origin for l > 0
        spaces.append(FunctionSpace(rep, radial[rings][:, None] * of_degree))
        start += rep.dim
    return spaces


@lru_cache(maxsize=64)
def harmonic_reps(vector: Rep, max_degree: int) -> tuple[Rep, ...]:
    """The representations of the harmonics of degree 0 … max_degree on which `vector` moves the points:
    Y(g x) = ρ(g) Y(x)."""
    Y = harmonics(f"SO({vector.dim})", max_degree)
    if vector == Y.rep_in:
        return tuple(Rep(vector.group, irrep) for _, irrep in Y.rep.blocks)
    turned = _turned(Y, vector.discrete_generators)
    moved = _moved(Y, vector.generators)
    return (
        Rep(vector.group, vector.group.trivial),
        *(
            Rep.from_matrices(vector.group, moved[:, where, where], turned[:, where, where])
            for where in Y.rep.slices[1:]
        ),
    )


def _turned(Y: Harmonics, R: RealArray) -> RealArray:
    """D [n, Y.rep.dim, Y.rep.dim], block diagonal, with Y(R x) = D Y(x)."""
    D = np.zeros((len(R), Y.rep.dim, Y.rep.dim))
    if not len(R):
        return D
    largest = max(block.dim for block in Y.rep.blocks)
    points = np.random.default_rng(0).standard_normal((4 * largest + 8, Y.rep_in.dim))  # any in general position
    here, there = Y(points), Y(points @ R.transpose(0, 2, 1))
    for where in Y.rep.slices:
        D[:, where, where] = (np.linalg.pinv(here[:, where]) @ there[..., where]).transpose(0, 2, 1)
    error = float(np.abs(there - here @ D.transpose(0, 2, 1)).max())
    if error > 1e-9 * float(np.abs(here).max()):
        raise AccuracyError("harmonics that the group takes out of their degree", received=f"{error:.1e}")
    return D


def _moved(Y: Harmonics, X: RealArray) -> RealArray:
    """The matrices [n, Y.rep.dim, Y.rep.dim] of elements X [n, d, d] of the rotations' Lie algebra."""
    if not len(X):
        return np.zeros((0, Y.rep.dim, Y.rep.dim))
    basis = Y.rep_in.generators
    coefficients = np.linalg.lstsq(basis.reshape(len(basis), -1).T, X.reshape(len(X), -1).T, rcond=None)[0]
    return np.tensordot(coefficients.T, Y.rep.generators, axes=1)
