"""Spaces to search in: flat of any signature, spheres, tori, hyperbolic space; each a separable form of coordinates."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from intertwine.errors import ConfigurationError, DataError
from intertwine.geometry.array_checks import check_points

Array = NDArray[np.float64]
_LARGEST = 1e150  # squares of differences stay finite


class Space(ABC):
    """What a search compares: (Σ_{a<p} w_a² − Σ_{a≥p} w_a²)/(weight weight'), with w_a the distance along axis a.

    Attributes
    ----------
    plus, minus:
        Number of axes that count positively and negatively; the positive ones come first.
    periods:
        The period of each axis (inf: none), or None.
    """

    plus: int
    minus: int = 0
    periods: tuple[float, ...] | None = None

    @abstractmethod
    def coordinates(self, points: ArrayLike, name: str) -> tuple[Array, Array | None]:
        """Coordinates [n, plus + minus] and weights [n] or None, of points as users give them. Raises DataError."""

    def reported(self, form: Array) -> Array:
        """What is told for a value of the form: the distance, or the form itself where it has both signs."""
        return np.sqrt(form)

    def form(self, value: float) -> float:
        """The form that belongs to what a user gives as a distance; inverse of `reported`."""
        return value * abs(value)


@final
class QuadraticForm(Space):
    """ℝⁿ with s² = (x − y)ᵀ G (x − y) for a symmetric matrix G of any signature; what is reported is s² itself.

    A diagonal G with entries ±1 is used as it is, so that s² is that of float64 arithmetic, axis by axis, positive ones
    first; another G is brought to that form by its eigenvectors. Raises ConfigurationError for anything else.
    """

    def __init__(self, matrix: ArrayLike) -> None:
        matrix = np.array(matrix, dtype=np.float64)
        if matrix.ndim == 1:
            matrix = np.diag(matrix)
        square = matrix.ndim == 2 and matrix.shape[0] == matrix.shape[1] > 0
        if not square or not np.isfinite(matrix).all() or not np.allclose(matrix, matrix.T, rtol=1e-12, atol=0):
            raise ConfigurationError("not a quadratic form", received=matrix.tolist(), expected="a symmetric matrix")
        diagonal = np.array_equal(matrix, np.diag(np.diag(matrix)))
        values, vectors = (np.diag(matrix), np.eye(len(matrix))) if diagonal else np.linalg.eigh(matrix)
        kept = np.abs(values) > (0 if diagonal else 1e-12 * np.abs(values).max())
        if not kept.any():
            raise ConfigurationError("a form that vanishes", received=matrix.tolist(), expected="an entry ≠ 0")
        order = [*np.flatnonzero(kept & (values > 0)), *np.flatnonzero(kept & (values < 0))]
        self.matrix, self.dim = matrix, len(matrix)
        self.plus, self.minus = int((values[kept] > 0).sum()), int((values[kept] < 0).sum())
        self._axes = np.array(order) if diagonal and (np.abs(values[kept]) == 1).all() else None
        self._map = vectors[:, order] * np.sqrt(np.abs(values[order]))

    def coordinates(self, points: ArrayLike, name: str = "points") -> tuple[Array, None]:
        """[n, dim] → coordinates in which the form is diagonal with entries ±1."""
        found = _bounded(check_points(points, name, self.dim), name)
        return np.ascontiguousarray(found @ self._map if self._axes is None else found[:, self._axes]), None

    def reported(self, form: Array) -> Array:
        """s²."""
        return form

    def form(self, value: float) -> float:
        """s²."""
        return value


def Minkowski(space_dimensions: int = 3) -> QuadraticForm:
    """Points (t, x, y, …) with s² = Δt² − |Δx|². Raises ConfigurationError."""
    if space_dimensions < 1:
        raise ConfigurationError("no space", received=space_dimensions, expected="at least one dimension of space")
    return QuadraticForm([1.0] + [-1.0] * space_dimensions)


@final
class Euclidean(Space):
    """ℝⁿ with its distance; distances are compared as squares."""

    def __init__(self, dim: int) -> None:
        if dim < 1:
            raise ConfigurationError("no space", received=dim, expected="at least one dimension")
        self.plus = dim

    def coordinates(self, points: ArrayLike, name: str = "points") -> tuple[Array, None]:
        """The points themselves."""
        return _bounded(check_points(points, name, self.plus), name), None


@final
class Sphere(Space):
    """The unit sphere in ℝⁿ⁺¹ with the angle between points, in radians; points are [n, dim + 1], brought to length 1.

    Angles are compared as squares of chords, 4 sin²(θ/2).
    """

    def __init__(self, dim: int = 2) -> None:
        if dim < 1:
            raise ConfigurationError("no sphere", received=dim, expected="at least one dimension")
        self.plus = dim + 1

    def coordinates(self, points: ArrayLike, name: str = "points") -> tuple[Array, None]:
        """Unit vectors. Raises DataError for a vector of length 0."""
        found = _bounded(check_points(points, name, self.plus), name)
        lengths = np.linalg.norm(found, axis=1, keepdims=True)
        if (lengths == 0).any():
            row = int(np.argmin(lengths))
            raise DataError(f"{name} without a direction", received=f"0 in row {row}", expected="vectors ≠ 0")
        return found / lengths, None

    def reported(self, form: Array) -> Array:
        """The angle."""
        return 2 * np.arcsin(np.minimum(np.sqrt(form) / 2, 1.0))

    def form(self, value: float) -> float:
        """The square of the chord."""
        return 4 * np.sin(min(value, np.pi) / 2) ** 2 if value >= 0 else -1.0


@final
class Torus(Space):
    """Points on a flat torus with the distance of their nearest images; a period of inf is an open axis."""

    def __init__(self, periods: ArrayLike) -> None:
        found = np.atleast_1d(np.array(periods, dtype=np.float64))
        if found.ndim != 1 or len(found) == 0 or not (found > 0).all():
            raise ConfigurationError("not periods", received=found.tolist(), expected="lengths > 0, inf for none")
        self.plus, self.periods = len(found), tuple(found.tolist())

    def coordinates(self, points: ArrayLike, name: str = "points") -> tuple[Array, None]:
        """Coordinates in [0, period)."""
        found = _bounded(check_points(points, name, self.plus), name).copy()
        for axis, period in enumerate(self.periods or ()):
            if period < np.inf:
                column = np.mod(found[:, axis], period)
                found[:, axis] = np.where(column >= period, 0.0, column)
        return found, None


@final
@dataclass(frozen=True)
class Hyperbolic(Space):
    """Hyperbolic space of curvature −1 with its distance d, as the upper half-space: points (x, …, h) with h > 0.

    cosh d = 1 + |Δ|²/(2 h h'), which is accurate near and far. Distances are compared as |Δ|²/(h h') = 4 sinh²(d/2).
    model: "half-space"; "ball" for points of Poincaré's ball, "hyperboloid" for (x⁰, x¹, …) with x⁰² − |x|² = 1, which
    are converted. Raises ConfigurationError.
    """

    dim: int
    model: str = "half-space"
    plus: int = field(init=False)

    def __post_init__(self) -> None:
        models = ("half-space", "ball", "hyperboloid")
        if self.dim < 2 or self.model not in models:
            expected = f"two dimensions or more, model one of {', '.join(models)}"
            raise ConfigurationError(
                "not a hyperbolic space", received=f"{self.dim}, {self.model!r}", expected=expected
            )
        object.__setattr__(self, "plus", self.dim)

    def coordinates(self, points: ArrayLike, name: str = "points") -> tuple[Array, Array]:
        """Half-space coordinates and heights. Raises DataError for points outside of the model."""
        found = _bounded(check_points(points, name, self.dim + (self.model == "hyperboloid")), name)
        if self.model == "hyperboloid":
            square = found[:, 0] ** 2 - (found[:, 1:] ** 2).sum(1)
            _require(np.abs(square - 1) <= 1e-6 * np.maximum(found[:, 0] ** 2, 1), found, name, "x⁰² − |x|² = 1")
            _require(found[:, 0] >= 1, found, name, "x⁰ ≥ 1")
            # h = 1/(x⁰ − xᵈ) = (x⁰ + xᵈ)/(1 + |x_⊥|²), whichever does not cancel
            above = (1 + (found[:, 1:-1] ** 2).sum(1)) / (found[:, 0] + found[:, -1])
            height = 1 / np.where(found[:, -1] > 0, above, found[:, 0] - found[:, -1])
            found = np.concatenate([found[:, 1:-1] * height[:, None], height[:, None]], axis=1)
        elif self.model == "ball":
            square = (found**2).sum(1)
            _require(square < 1, found, name, "|x| < 1")
            below = (found[:, :-1] ** 2).sum(1) + (1 - found[:, -1]) ** 2
            found = np.concatenate([2 * found[:, :-1], (1 - square)[:, None]], axis=1) / below[:, None]
        _require(found[:, -1] > 0, found, name, "a height > 0")
        return np.ascontiguousarray(found), np.ascontiguousarray(found[:, -1])

    def reported(self, form: Array) -> Array:
        """The distance."""
        return 2 * np.arcsinh(np.sqrt(form) / 2)

    def form(self, value: float) -> float:
        """4 sinh²(d/2)."""
        return 4 * np.sinh(value / 2) ** 2 if value >= 0 else -1.0


def _bounded(points: Array, name: str) -> Array:
    if points.size and np.abs(points).max() > _LARGEST:
        raise DataError(f"{name} are too large to be squared", received=np.abs(points).max(), expected="≤ 1e150")
    return points


def _require(fine: NDArray[np.bool_], points: Array, name: str, rule: str) -> None:
    if not fine.all():
        row = int(np.argmin(fine))
        raise DataError(f"{name} outside of the space", received=f"{points[row].tolist()} in row {row}", expected=rule)
