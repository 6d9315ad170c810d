"""The points of a stencil, as functions that a group of signed permutations permutes: exact on every lattice."""

from __future__ import annotations

from functools import lru_cache
from itertools import product

import numpy as np

from intertwine.errors import ConfigurationError
from intertwine.groups.finite_group import permutation_matrix
from intertwine.groups.theory import RealArray
from intertwine.representations.kernels.function_space import FunctionSpace
from intertwine.representations.rep import Rep


def acts_on_lattice(vector: Rep) -> bool:
    """Whether every element takes Z^d to itself: a finite group of signed permutations."""
    if vector.group.n_algebra:
        return False
    R = vector.discrete_generators
    return bool(np.abs(R - np.rint(R)).max(initial=0.0) < 1e-9)


def stencil_functions(vector: Rep, kernel: tuple[int, ...]) -> list[FunctionSpace]:
    """Delta functions on the k_1 × … × k_d points around the origin, one FunctionSpace an orbit of the group.

    The kernels made of them are *all* equivariant kernels of that size.

    Raises
    ------
    ConfigurationError
        For a group that does not take the lattice or the stencil to itself, and for even sizes.
    """
    if not acts_on_lattice(vector):
        raise ConfigurationError(
            f"{vector.group.name} does not take the lattice to itself",
            expected="a group of signed permutations of the axes",
            fix="use SteerableConvolution, whose kernels are sampled from continuous ones",
        )
    if len(kernel) != vector.dim or any(k % 2 == 0 for k in kernel):
        raise ConfigurationError(
            "a stencil that has no centre", received=kernel, expected=f"{vector.dim} odd sizes, one a direction"
        )
    return list(_orbits(vector, kernel))


@lru_cache(maxsize=64)
def _orbits(vector: Rep, kernel: tuple[int, ...]) -> tuple[FunctionSpace, ...]:
    points = stencil_points(kernel)
    number = {tuple(p): i for i, p in enumerate(points.astype(int).tolist())}
    images = []
    for R in np.rint(vector.discrete_generators):
        moved = (points @ R.T).astype(int).tolist()
        if any(tuple(p) not in number for p in moved):
            raise ConfigurationError(
                f"{vector.group.name} takes the stencil out of itself",
                received=f"sizes {kernel}",
                fix="use one size in the directions that the group exchanges",
            )
        images.append(np.array([number[tuple(p)] for p in moved]))
    spaces = []
    left = set(range(len(points)))
    while left:
        orbit, new = set(), {min(left)}
        while new:
            orbit |= new
            new = {int(image[p]) for image in images for p in new} - orbit
        left -= orbit
        members = sorted(orbit)
        place = {p: i for i, p in enumerate(members)}
        matrices = np.array([permutation_matrix(np.array([place[int(image[p])] for p in members])) for image in images])
        samples = np.zeros((1, len(members), len(points)))
        samples[0, np.arange(len(members)), members] = 1.0
        spaces.append(FunctionSpace(Rep.from_matrices(vector.group, discrete=matrices), samples))
    return tuple(spaces)


def stencil_points(kernel: tuple[int, ...]) -> RealArray:
    """[n, d]: the coordinates of a kernel's points about its centre, the last axis fastest."""
    return np.array(list(product(*(np.arange(k) - (k - 1) / 2 for k in kernel))))
