"""A representation of a finite group on its generators: elements and averages along the stabiliser chain.

Because every element is a unique product u_1 u_2 … u_k of transversal elements, Σ_g ρ(g) X σ(g)† is k nested sums and
costs Σ|U_i| terms instead of |G|.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from intertwine.groups.finite_group import FiniteGroup
from intertwine.groups.theory import ComplexArray

_AT_ONCE = 2**14  # entries


class ChainRepresentation:
    """Unitary matrices of a finite group's generators [k, d, d], extended to every element."""

    def __init__(self, group: FiniteGroup, generators: ComplexArray) -> None:
        self.group = group
        self.generators = generators
        self.dimension = int(generators.shape[-1])
        self.transversals: list[ComplexArray] = group.chain.transversal_images(generators)

    def matrix(self, index: int) -> ComplexArray:
        """[d, d]: the element of that index."""
        out: ComplexArray = np.eye(self.dimension, dtype=self.generators.dtype)
        for images, digit in zip(self.transversals, self.group.chain.digits_of_index(index), strict=True):
            out = out @ images[digit]
        return out

    def matrices(self) -> ComplexArray:
        """[order, d, d]: all elements, in the order of the indices."""
        out: ComplexArray = np.eye(self.dimension, dtype=self.generators.dtype)[None]
        for images in reversed(self.transversals):
            out = (images[:, None] @ out[None]).reshape(-1, self.dimension, self.dimension)
        return out


def average_intertwiners(
    left: ChainRepresentation, right: ChainRepresentation, target: ChainRepresentation, X: ComplexArray
) -> ComplexArray:
    """(1/|G|) Σ_g (ρ_left(g) ⊗ ρ_right(g)) X ρ_target(g)† for X [..., d_left, d_right, d_target]."""
    for a, b, c in zip(
        reversed(left.transversals), reversed(right.transversals), reversed(target.transversals), strict=True
    ):
        total = np.zeros_like(X)
        for part in _portions(len(a), X.size):
            u, v, w = (one[part].reshape(-1, *[1] * (X.ndim - 2), *one.shape[1:]) for one in (a, b, c))
            rotated = v @ (X @ w.conj().swapaxes(-1, -2))
            moved = u[..., 0, :, :] @ rotated.reshape(*rotated.shape[:-2], -1)
            total += moved.sum(0).reshape(X.shape)
        X = total / len(a)
    return X


def average_hom(left: ChainRepresentation, right: ChainRepresentation, X: NDArray[np.complex128]) -> ComplexArray:
    """(1/|G|) Σ_g ρ_left(g) X ρ_right(g)† for X [..., d_left, d_right]."""
    for a, b in zip(reversed(left.transversals), reversed(right.transversals), strict=True):
        total = np.zeros_like(X)
        for part in _portions(len(a), X.size):
            u, v = (one[part].reshape(-1, *[1] * (X.ndim - 2), *one.shape[1:]) for one in (a, b))
            total += (u @ X @ v.conj().swapaxes(-1, -2)).sum(0)
        X = total / len(a)
    return X


def _portions(count: int, size: int) -> list[slice]:
    """As many of `count` arrays of this size at once as fit into the cache."""
    step = max(1, _AT_ONCE // max(1, size))
    return [slice(start, start + step) for start in range(0, count, step)]
