"""Signals on a sphere or on a compact group: band-limited functions as features, and the points they are sampled at.

The features of a signal f are its coefficients: on the sphere f(n) = Σ_l x_l · Y_l(n), on a group
f(g) = Σ_W Σ_k x_{W,k} · ρ_W(g) r_k, with orthonormal r_k (Peter and Weyl), so that a rotation of the signal acts on
every x by its irrep. Standard normal features make a signal of variance 1 at every point.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product
from math import pi, sqrt
from typing import NamedTuple

import numpy as np
import torch
from scipy.special import roots_gegenbauer

from intertwine.errors import ConfigurationError, GroupError
from intertwine.groups.finite_group import FiniteGroup
from intertwine.groups.group import Group
from intertwine.groups.names import group as parse_group
from intertwine.groups.theory import RealArray
from intertwine.nn.wigner_matrices import WignerMatrices
from intertwine.representations import Irrep, Rep
from intertwine.representations.gram_schmidt import orthogonal_images
from intertwine.representations.harmonics import harmonics

_LIMIT = 1 << 25  # entries of the table of points and coefficients


class Signals(NamedTuple):
    """Band-limited signals and where they are sampled."""

    rep: Rep  # the coefficients of one signal
    values: RealArray  # Q [points, rep.dim]: the signal at the points
    coefficients: RealArray  # P [rep.dim, points] with P Q = 1
    weights: RealArray  # [points], of the quadrature; their sum is 1
    name: str


def sphere_signals(group: Group | str, max_degree: int, *, resolution: int | None = None) -> Signals:
    """Signals on the unit sphere of SO(n)'s or O(n)'s vectors, up to a degree of harmonics.

    Parameters
    ----------
    group:
        "SO(3)", "O(3)", or another n ≥ 3. For O(n) the signal keeps its value under reflections: irreps 0e, 1o, 2e, …
    max_degree:
        L, the band limit.
    resolution:
        r > L: r Gauss nodes for each polar angle and 2r azimuths, 2 r^(n−1) points; products of harmonics up to degree
        2r − 1 are integrated exactly. By default 2 (L + 1).

    Raises
    ------
    GroupError
        For a group without spheres of vectors.
    ConfigurationError
        For a resolution that cannot tell the harmonics apart, or too many points.
    """
    G = parse_group(group)
    if not (G.name.startswith(("SO(", "O(")) and G.is_compact) or G.name in ("SO(2)", "O(2)"):
        raise GroupError("signals on a sphere of vectors", received=G.name, expected="SO(n) or O(n) with n ≥ 3")
    r = 2 * (max_degree + 1) if resolution is None else resolution
    if max_degree < 0 or r <= max_degree:
        raise ConfigurationError(
            "a resolution that does not tell the harmonics apart",
            received=f"{max_degree=}, resolution={r}",
            expected="resolution > max_degree ≥ 0",
        )
    known = harmonics(G, max_degree)
    n = known.rep_in.dim
    _check_size(2 * r ** (n - 1), known.rep.dim)
    points, weights = _sphere(n, r)
    values = known(points) / sqrt(known.rep.dim)
    return Signals(known.rep, values, known.rep.dim * values.T * weights, weights, f"{len(points)} points of S^{n - 1}")


def group_signals(
    group: Group | str, irreps: Iterable[Irrep | str], *, resolution: int | None = None, points: int | None = None
) -> Signals:
    """Signals on a compact group whose coefficients are in the irreps given, each as often as L²(G) has it.

    Parameters
    ----------
    group, irreps:
        The group, and the band: irrep W occurs W.real_dim / W.commutant_dim times.
    resolution:
        For SO(3) and SU(2): r Gauss nodes in cos β and 2r angles α and γ each (4r over SU(2)'s 4π), integrating
        products of spins that add up to less than 2r exactly. By default 2 (largest spin + 1).
    points:
        For other Lie groups: so many Haar-random elements, seeded, and coefficients by least squares. The error of
        everything outside the band falls with the square root of the number only. By default 20 times the dimension of
        the band. Finite groups take all of their elements: no error at all.

    Raises
    ------
    GroupError
        For a group that is not compact.
    ConfigurationError
        For options that the group has no use for, too few points, or too many.
    """
    G = parse_group(group)
    if not G.is_compact:
        raise GroupError(
            "signals need a compact group: there is no invariant mean on others", received=G.name, fix="use Gate"
        )
    band = sorted({Irrep.parse(G, irrep) for irrep in irreps})
    copies = [irrep.real_dim // irrep.commutant_dim for irrep in band]
    rep = Rep(G, list(zip(copies, band, strict=True)))
    euler = G.name in ("SO(3)", "SU(2)")
    if (resolution is not None and not euler) or (points is not None and (euler or isinstance(G, FiniteGroup))):
        raise ConfigurationError(
            "this group is not sampled that way", received=f"{G.name}, {resolution=}, {points=}",
            expected="resolution for SO(3) and SU(2), points for other Lie groups, neither for finite groups",
        )  # fmt: skip
    if euler:
        largest = max((irrep.dim - 1) / 2 for irrep in band)
        r = int(2 * (largest + 1)) if resolution is None else resolution
        if r <= largest:
            raise ConfigurationError(
                "a resolution that does not tell the spins apart", received=r, expected=f"> {largest:g}"
            )
        weights: RealArray
        matrices, weights = _euler(band, r, 4 if G.name == "SU(2)" else 2, rep.dim)
    elif isinstance(G, FiniteGroup):
        _check_size(G.order, rep.dim)
        matrices = [np.array([irrep.matrix(g) for g in G.elements]) for irrep in band]
        weights = np.full(G.order, 1 / G.order, dtype=np.float64)
    else:
        count = 20 * rep.dim if points is None else points
        if count < 2 * rep.dim:
            raise ConfigurationError("too few points", received=count, expected=f"at least {2 * rep.dim}")
        _check_size(count, rep.dim)
        rng = np.random.default_rng(0)
        elements = [G.sample(rng) for _ in range(count)]
        matrices = [np.array([irrep.matrix(g) for g in elements]) for irrep in band]
        weights = np.full(count, 1 / count)
    parts = [
        sqrt(irrep.real_dim) * (D @ _columns(irrep)).reshape(len(weights), -1)
        for irrep, D in zip(band, matrices, strict=True)
    ]
    values = np.concatenate(parts, axis=1) / sqrt(rep.dim)
    exact = euler or isinstance(G, FiniteGroup)
    coefficients = rep.dim * values.T * weights if exact else np.asarray(np.linalg.pinv(values), dtype=np.float64)
    return Signals(rep, values, coefficients, weights, f"{len(weights)} points of {G.name}")


def _check_size(points: int, dim: int) -> None:
    if points * dim > _LIMIT:
        raise ConfigurationError(
            "too many points for a table", received=f"{points} points × {dim} coefficients", expected=f"≤ {_LIMIT}"
        )


def _columns(irrep: Irrep) -> RealArray:
    """[d, d/c]: orthonormal vectors r_k, one of each orbit of the commutant; ρ(g)_{i r_k} are orthogonal on G."""
    orbits = [np.stack([unit[:, i] for unit in irrep.commutant], axis=1) for i in range(irrep.real_dim)]
    kept = orthogonal_images(orbits, irrep.real_dim // irrep.commutant_dim)
    columns = np.stack([orbit[:, 0] for orbit in kept], axis=1)
    normalised: RealArray = columns / np.linalg.norm(columns, axis=0)
    return normalised


def _sphere(n: int, r: int) -> tuple[RealArray, RealArray]:
    """Points [N, n] and weights: the last variable by Gauss–Gegenbauer, then the sphere one dimension lower."""
    if n == 2:
        angles = 2 * pi * (np.arange(2 * r) + 0.5) / (2 * r)
        return np.stack([np.cos(angles), np.sin(angles)], axis=1), np.full(2 * r, 1 / (2 * r))
    below, weights_below = _sphere(n - 1, r)
    t, w = roots_gegenbauer(r, (n - 2) / 2) if n > 3 else np.polynomial.legendre.leggauss(r)
    parts = [np.column_stack([below * sqrt(1 - height**2), np.full(len(below), height)]) for height in t]
    return np.concatenate(parts), np.outer(w / np.sum(w), weights_below).ravel()


def _euler(band: list[Irrep], r: int, turns: int, dim: int) -> tuple[list[RealArray], RealArray]:
    """Matrices [N, d, d] of every irrep, and weights, on a grid of z-y-z angles."""
    _check_size(2 * r * r * turns * r, dim)
    heights, w = np.polynomial.legendre.leggauss(r)
    alpha, gamma = (2 * pi * np.arange(2 * r) / (2 * r), turns * pi * np.arange(turns * r) / (turns * r))
    grid = np.array(list(product(alpha, np.arccos(heights), gamma))).T
    weights = np.repeat(np.tile(w / w.sum(), len(alpha)), len(gamma)) / (len(alpha) * len(gamma))
    layer = WignerMatrices(band, dtype=torch.float64)
    return [D.numpy() for D in layer.from_angles(*torch.from_numpy(grid))], weights
