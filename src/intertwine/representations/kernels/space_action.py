"""How a group moves the points of space: the representation of the coordinates of a grid."""

from __future__ import annotations

import numpy as np

from intertwine.errors import ConfigurationError, RepresentationError
from intertwine.groups.finite_group import FiniteGroup
from intertwine.groups.group import Group
from intertwine.groups.theory import RealArray
from intertwine.representations.harmonics.default_vector import default_vector
from intertwine.representations.rep import Rep


def space_action(group: Group, dimension: int, vector: Rep | None = None) -> Rep:
    """The orthogonal representation of `group` on R^dimension; coordinate ν runs along site axis ν of a field.

    By default: the vector of SO(d) and O(d); the defining matrices of a finite group, or their first d rows and columns
    where those are a block (C_n and D_n act on the plane by rotations, and the twofold axes of D_n as reflections);
    in three dimensions SO(2) turns the first two coordinates.

    Raises
    ------
    ConfigurationError
        Where no action goes without saying, or one of another dimension is given.
    RepresentationError
        For an action that changes lengths, or of another group.
    """
    found = _default(group, dimension) if vector is None else vector
    if found is None:
        raise ConfigurationError(
            f"{group.name} has no action on {dimension} coordinates that goes without saying",
            fix="give one: vector=Rep.from_matrices(group, ...)",
        )
    if found.group != group:
        raise RepresentationError("an action of another group", received=repr(found), expected=f"a Rep of {group.name}")
    if found.dim != dimension:
        raise ConfigurationError("an action on another space", received=found.dim, expected=f"{dimension} coordinates")
    if vector is None and group.n_algebra:  # a vector of rotations
        return found
    X, R = found.generators, found.discrete_generators
    if len(X) and np.abs(X + X.transpose(0, 2, 1)).max() > 1e-10:
        raise RepresentationError("an action that changes lengths", received=repr(found))
    if len(R) and np.abs(R @ R.transpose(0, 2, 1) - np.eye(dimension)).max() > 1e-10:
        raise RepresentationError("an action that changes lengths", received=repr(found))
    return found


def _default(group: Group, dimension: int) -> Rep | None:
    if isinstance(group, FiniteGroup):
        if group.matrices is None or (np.iscomplexobj(group.matrices) and np.abs(group.matrices.imag).max() > 0):
            return None
        block = _leading_block(group.matrices.real, dimension)
        return None if block is None else Rep.from_matrices(group, discrete=block)
    if group.name == "SO(2)" and dimension == 3:
        return Rep(group, [(1, default_vector(group)), (1, group.trivial)])
    if group.name in (f"SO({dimension})", f"O({dimension})"):
        return Rep(group, default_vector(group))
    return None


def _leading_block(matrices: RealArray, dimension: int) -> RealArray | None:
    """The first rows and columns, where they form an orthogonal block of every matrix."""
    if matrices.shape[1] < dimension:
        return None
    off = np.abs(matrices[:, :dimension, dimension:]).max(initial=0.0)
    return matrices[:, :dimension, :dimension] if off < 1e-12 else None
