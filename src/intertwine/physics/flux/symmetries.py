"""Which reflections and exchanges of axes leave the weights of the flux representation as they are, given μ."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from intertwine.errors import ConfigurationError
from intertwine.groups.finite_group import FiniteGroup
from intertwine.representations.rep import Rep


class FluxSymmetry(NamedTuple):
    """A group of rotations and reflections of the lattice, some of them with charge conjugation.

    Attributes
    ----------
    group:
        Matrices [d + 1, d + 1]: a signed permutation of the axes (t, x, …) and a sign for charge conjugation C.
    vector:
        The action on the coordinates, [d, d].
    charge:
        The sign that multiplies k (and nothing else): −1 for elements with C.
    """

    group: FiniteGroup
    vector: Rep
    charge: Rep


def flux_symmetry(shape: Sequence[int], mu: float) -> FluxSymmetry:
    """The point group of exp(μ Σ_x k_{x,t}) Π_links 1/((|k|+l)! l!) Π_sites W(f_x) on a lattice (N_t, N_1, …).

    Links and sites enter by |k|, l and f = Σ(|k| + 2l) only, so that every reflection and every exchange of axes of one
    extent, and C: k → −k, leave everything but Σ k_t alone. A reflection of a *spatial* axis keeps Σ k_t, and so do
    exchanges of spatial axes: they are symmetries at any μ. Reflection of time, T, and C each change its sign: at μ ≠ 0
    only the product CT is left; exchanges of time with space are not. At μ = 0 all of them are symmetries.

    Raises ConfigurationError for a lattice without directions.
    """
    d = len(shape)
    if d < 1:
        raise ConfigurationError("a lattice has directions", received=tuple(shape))
    one = np.eye(d + 1)
    generators = []
    for axis in range(1, d):
        generators.append(_reflection(d, axis))
    generators.append(_reflection(d, 0) @ _reflection(d, d))  # C T
    if mu == 0:
        generators.append(_reflection(d, d))  # C
    for first in range(d):
        for second in range(first + 1, d):
            if shape[first] == shape[second] and (first > 0 or mu == 0):
                order = np.arange(d + 1)
                order[[first, second]] = second, first
                generators.append(one[order])
    matrices = np.array(generators)
    group = FiniteGroup.from_matrices(matrices)
    vector = Rep.from_matrices(group, discrete=matrices[:, :d, :d])
    charge = Rep.from_matrices(group, discrete=matrices[:, d:, d:])
    return FluxSymmetry(group, vector, charge)


def _reflection(d: int, axis: int) -> np.ndarray:
    matrix = np.eye(d + 1)
    matrix[axis, axis] = -1.0
    return matrix


def no_reflections(d: int) -> FluxSymmetry:
    """The trivial group on d directions: translations alone."""
    group = FiniteGroup.from_matrices(np.eye(d + 1)[None])
    vector, charge = (Rep.from_matrices(group, discrete=np.eye(n)[None]) for n in (d, 1))
    return FluxSymmetry(group, vector, charge)
