"""A matrix group known by its generators only: what remains of a user's group that cannot be identified.

Elements are words of exponentials and discrete factors, so they act in every representation that is given on the same
generators. There are no irreps: intertwiners between such representations are solved for numerically
(`intertwine.representations.numerical_intertwiners`).
"""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from intertwine.errors import GroupError
from intertwine.groups.element import GroupElement
from intertwine.groups.group import Group

Factor = NDArray[np.float64] | tuple[int, int]


class MatrixElement(GroupElement):
    """A word: a coefficient vector [n_algebra] is an exponential, (k, ±1) a discrete generator or its inverse."""

    group: MatrixGroup

    def __init__(self, group: MatrixGroup, word: tuple[Factor, ...]) -> None:
        self.group = group
        self.word = word

    def __matmul__(self, other: GroupElement) -> MatrixElement:
        if not isinstance(other, MatrixElement) or other.group != self.group:
            raise GroupError(
                "elements of different groups have no product",
                received=f"{self.group} and {getattr(other, 'group', other)!r}",
                expected="two elements of one group",
            )
        return MatrixElement(self.group, self.word + other.word)

    def inverse(self) -> MatrixElement:
        """g⁻¹."""
        turned: list[Factor] = [
            (factor[0], -factor[1]) if isinstance(factor, tuple) else -factor for factor in reversed(self.word)
        ]
        return MatrixElement(self.group, tuple(turned))

    @property
    def matrix(self) -> NDArray[Any]:
        """[d, d]: the element in the given representation."""
        return self.act(self.group.algebra_matrices, self.group.discrete_matrices)

    def act(self, algebra: NDArray[Any], discrete: NDArray[Any]) -> NDArray[Any]:
        """[D, D]: the element where the generators are these matrices [n_algebra, D, D] and [n_discrete, D, D]."""
        from scipy.linalg import expm

        size = algebra.shape[-1] if len(algebra) else discrete.shape[-1]
        total: NDArray[Any] = np.eye(size)
        for factor in self.word:
            if isinstance(factor, tuple):
                k, sign = factor
                total = total @ (discrete[k] if sign > 0 else np.linalg.inv(discrete[k]))
            else:
                total = total @ expm(np.tensordot(factor, algebra, axes=1))
        return total

    def __repr__(self) -> str:
        return f"{self.group!r} element of {len(self.word)} factors"


class MatrixGroup(Group):
    """The group that exponentials of Lie algebra generators and discrete generators generate, not identified.

    Attributes
    ----------
    algebra_matrices, discrete_matrices : [n_algebra, d, d] and [n_discrete, d, d], as given.
    reason : why the group was not identified.
    """

    is_compact = False

    def __init__(self, algebra: NDArray[Any], discrete: NDArray[Any], reason: str, name: str | None = None) -> None:
        self.algebra_matrices, self.discrete_matrices = algebra, discrete
        self.n_algebra, self.n_discrete = len(algebra), len(discrete)
        self.reason = reason
        content = np.round(np.concatenate([algebra, discrete]).astype(np.complex128), 9) + 0.0
        self.name = name or f"matrices({hashlib.sha256(content.tobytes()).hexdigest()[:8]})"

    @property
    def identity(self) -> MatrixElement:
        """The unit element."""
        return MatrixElement(self, ())

    @property
    def discrete_elements(self) -> tuple[MatrixElement, ...]:
        """The discrete generators."""
        return tuple(MatrixElement(self, ((k, 1),)) for k in range(self.n_discrete))

    def exp(self, coefficients: ArrayLike) -> MatrixElement:
        """exp(Σ_a c_a X_a), coefficients [n_algebra]."""
        c = np.array(coefficients, dtype=np.float64)
        if c.shape != (self.n_algebra,) or not np.isfinite(c).all():
            raise GroupError(
                "Lie algebra coefficients", received=c.shape, expected=f"{self.n_algebra} finite real numbers"
            )
        return MatrixElement(self, (c,))

    def sample(self, rng: np.random.Generator, scale: float = 1.0) -> MatrixElement:
        """A word of one exponential of norm at most `scale` and up to four discrete factors; not Haar."""
        c = rng.normal(size=self.n_algebra)
        c *= scale * rng.uniform() / max(float(np.linalg.norm(c)), 1e-12)
        element = self.exp(c)
        for _ in range(int(rng.integers(5)) if self.n_discrete else 0):
            element = element @ MatrixElement(self, ((int(rng.integers(self.n_discrete)), 1),))
        return element

    @property
    def theory(self) -> Any:
        """Raises GroupError: there are no irreps."""
        raise GroupError(
            f"{self!r} has no irreps here, because {self.reason}",
            fix="use numerical_intertwiners on matrices of its generators, or a named group such as O(n)",
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, MatrixGroup) and (
            self is other
            or (
                self.name == other.name
                and np.array_equal(self.algebra_matrices, other.algebra_matrices)
                and np.array_equal(self.discrete_matrices, other.discrete_matrices)
            )
        )

    def __hash__(self) -> int:
        return hash(self.name)

    def __repr__(self) -> str:
        return f'user_group("{self.name}", numerical: {self.reason})'
