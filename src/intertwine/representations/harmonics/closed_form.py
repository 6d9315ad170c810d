"""Fast harmonics of the vector of SO(n), O(n), SO(1,n) and O(1,n): one irrep a degree, by the recursion of `solid`.

The recursion has a basis of its own; S_l takes it to the basis of the irrep. For rotations of the plane and of space it
is a permutation that is written down, elsewhere it is found once, from the tower y_{l+1} = CG(x ⊗ y_l) at fixed points.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from intertwine.errors import AccuracyError
from intertwine.representations.harmonics.monomials import couple, evaluate, leading_sign, sphere_mean_square
from intertwine.representations.harmonics.rotation_tower import is_written_down, rotation_tower
from intertwine.representations.harmonics.solid import solid_dimension, solid_harmonics
from intertwine.representations.irrep import Irrep
from intertwine.representations.tensor_product import product_irreps, product_maps

RealArray = NDArray[np.float64]
_FAMILY = re.compile(r"S?O\((?:(?P<time>1),)?(?P<space>\d+)\)")


@dataclass(frozen=True)
class Tower:
    """The irreps W_l of the harmonics of degree 0 … L, and the maps S_l [dim, d_l] from the recursion's basis."""

    irreps: tuple[Irrep, ...]
    maps: tuple[RealArray, ...]
    time_like: bool

    def __call__(self, x: RealArray, max_degree: int) -> list[RealArray]:
        """[N, dim W_l] for every degree ≤ max_degree at the points x [N, n]."""
        rows = np.ascontiguousarray(x.T)
        if self.time_like:
            rows = np.roll(rows, -1, axis=0)  # (E, p…) → (p…, E): time is the last variable of the recursion
        values = solid_harmonics(rows, max_degree, time_like=self.time_like)
        return [_apply(S, value) for S, value in zip(self.maps, values, strict=False)]


def has_closed_form(vector: Irrep) -> bool:
    """Whether this is the vector of a group of the family, with n ≥ 2 components."""
    if is_written_down(vector):
        return True
    match = _FAMILY.fullmatch(vector.group.name)
    if match is None:
        return False
    n = int(match["space"]) + bool(match["time"])
    return n >= 2 and vector.real_dim == n and _preserves_form(vector, time_like=bool(match["time"]))


def tower(vector: Irrep, max_degree: int) -> Tower:
    """The tower of a vector for which `has_closed_form` holds.

    Raises AccuracyError when the recursion and the Clebsch–Gordan tower do not span the same polynomials.
    """
    known = rotation_tower(vector, max_degree)
    return searched_tower(vector, max_degree) if known is None else Tower(tuple(known[0]), tuple(known[1]), False)


def searched_tower(vector: Irrep, max_degree: int) -> Tower:
    """The tower by Clebsch–Gordan maps, for any vector of the family."""
    match = _FAMILY.fullmatch(vector.group.name)
    time_like = bool(match and match["time"])
    n = vector.real_dim
    rng = np.random.default_rng(0)  # fixed points; the maps found do not depend on them
    points = rng.normal(size=(3 * solid_dimension(n, max_degree) + 8, n))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    rows = np.roll(points.T, -1, axis=0) if time_like else points.T
    solid = solid_harmonics(np.ascontiguousarray(rows), max_degree, time_like=time_like)
    irreps, polynomial = [vector.group.trivial], np.ones((1, 1))
    maps = [np.full((1, 1), 1.0 / solid[0][0, 0])]
    for degree in range(1, max_degree + 1):
        target, polynomial = _next(vector, irreps, polynomial, degree)
        irreps.append(target)
        values = evaluate(polynomial, degree, points)
        maps.append(_match(solid[degree], values, degree))
    return Tower(tuple(irreps), tuple(maps), time_like)


def _next(vector: Irrep, lower: list[Irrep], polynomial: RealArray, degree: int) -> tuple[Irrep, RealArray]:
    """The Cartan component of x ⊗ y_l, with mean square dim W over the unit sphere and its first coefficient
    positive."""
    n = vector.real_dim
    for target in product_irreps(vector, lower[-1]):
        if target.real_dim != solid_dimension(n, degree) or target in lower:
            continue
        for table in product_maps(vector, lower[-1], target):
            found = couple(table, polynomial, slice(0, n), n, degree - 1)
            if np.linalg.norm(found) > 1e-6 * np.linalg.norm(polynomial):
                found *= np.sqrt(target.real_dim / sphere_mean_square(found, degree, n))
                return target, found * leading_sign(found, n)
    raise AccuracyError("no harmonic polynomial of the next degree", received=f"degree {degree} of {vector!r}")


def _match(solid: RealArray, values: RealArray, degree: int) -> RealArray:
    """S with values = (S solid)ᵀ; a permutation with signs up to a factor is made exactly that."""
    S = np.linalg.lstsq(solid.T, values, rcond=None)[0].T
    error = float(np.abs(S @ solid - values.T).max() / np.abs(values).max())
    if error > 1e-7:
        raise AccuracyError(
            "the recursion does not span the irrep", received=f"{error:.1e} at degree {degree}", expected="1e-7"
        )
    scale = float(np.abs(S).max())
    rounded = np.rint(S / scale)
    single = (np.abs(rounded).sum(0) == 1).all() and (np.abs(rounded).sum(1) == 1).all()
    if single and np.abs(S / scale - rounded).max() < 1e-6:
        S = rounded * np.abs(S[rounded != 0]).mean()
    return np.asarray(S, dtype=np.float64)


def _apply(S: RealArray, values: RealArray) -> RealArray:
    """(S values)ᵀ, [N, dim]; a permutation with signs costs no matrix product."""
    if S.shape[0] > 2 and (np.count_nonzero(S, axis=1) == 1).all():
        column = np.abs(S).argmax(1)
        factor: Any = S[np.arange(len(S)), column]
        return np.asarray((values[column] * factor[:, None]).T)
    return np.asarray((S @ values).T)


def _preserves_form(vector: Irrep, *, time_like: bool) -> bool:
    """Whether the irrep is in the basis (x, y, …) or (E, px, …): its generators preserve the diagonal form."""
    signs = np.ones(vector.real_dim)
    if time_like:
        signs[1:] = -1.0
    form = np.diag(signs)
    generators = vector.generators
    return bool(np.abs(generators.transpose(0, 2, 1) @ form + form @ generators).max(initial=0.0) < 1e-10)
