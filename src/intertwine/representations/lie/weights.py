"""Weights of irreps: dimensions, Weyl orbits, multiplicities. Exact integers, whole orbits at a time as arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from math import prod
from types import MappingProxyType

import numpy as np

from intertwine.errors import RepresentationError
from intertwine.groups.cartan import IntArray
from intertwine.groups.root_system import RootSystem

Weight = tuple[int, ...]


def dominant(root_system: RootSystem, dynkin: Sequence[int]) -> Weight:
    """The labels as a tuple of ints; raises RepresentationError unless they are a dominant integral weight."""
    labels = tuple(int(x) for x in dynkin)
    if labels != tuple(dynkin) or not root_system.is_dominant(labels):
        raise RepresentationError(
            "not a dominant integral weight",
            received=tuple(dynkin),
            expected=f"{root_system.rank} non-negative integers (labels of {root_system.type_name or 'a torus'})",
        )
    return labels


@lru_cache(maxsize=65536)
def weyl_dimension(root_system: RootSystem, dynkin: Weight) -> int:
    """dim V_λ = Π_α ⟨λ + ρ, α^∨⟩ / ⟨ρ, α^∨⟩ over the positive roots (Weyl), an exact integer of any size."""
    labels = dominant(root_system, dynkin)
    coroots = root_system.positive_coroots
    if max(labels, default=0) > 2**40:  # beyond int64 products: exact Python integers
        values = [sum(c * (x + 1) for c, x in zip(row, labels, strict=True)) for row in coroots.tolist()]
        return int(prod(values) // prod(coroots.sum(axis=1).tolist()))
    numerator = prod((coroots @ (np.array(labels, dtype=np.int64) + 1)).tolist())
    return int(numerator // prod(coroots.sum(axis=1).tolist()))


def reflect_to_dominant(root_system: RootSystem, weights: IntArray) -> tuple[IntArray, IntArray]:
    """The dominant representatives [n, rank] of weights [n, rank], and the signs [n] of the Weyl elements used."""
    w = np.array(weights, dtype=np.int64)
    signs = np.ones(len(w), dtype=np.int64)
    active = np.flatnonzero((w < 0).any(axis=1))
    while len(active):
        block = w[active]
        flips = np.zeros(len(active), dtype=np.int64)
        for i in range(root_system.rank):
            lowered = np.minimum(block[:, i], 0)
            flips += lowered < 0
            block -= lowered[:, None] * root_system.cartan[i]
        w[active] = block
        signs[active] *= 1 - 2 * (flips % 2)
        active = active[(block < 0).any(axis=1)]
    return w, signs


def weyl_orbit(root_system: RootSystem, dynkin: Sequence[int]) -> IntArray:
    """[n, rank] the Weyl orbit of a dominant weight, each weight once, the dominant one first.

    A weight's parent is its reflection at its last negative label, so nothing needs to be compared (Snow, ACM Trans.
    Math. Softw. 16 (1990) 94).
    """
    level = np.array([dominant(root_system, dynkin)], dtype=np.int64)
    levels = []
    while len(level):
        levels.append(level)
        below = []
        for i in range(root_system.rank):
            parents = level[level[:, i] > 0]
            children = parents - parents[:, i : i + 1] * root_system.cartan[i]
            below.append(children[(children[:, i + 1 :] >= 0).all(axis=1)])
        level = np.concatenate(below) if below else level[:0]
    return np.concatenate(levels)


def orbit_size(root_system: RootSystem, dynkin: Sequence[int]) -> int:
    """Number of weights in the Weyl orbit: |W| / |stabiliser|, as a product over the positive roots (Macdonald)."""
    labels = np.array(dominant(root_system, dynkin), dtype=np.int64)
    coroots = root_system.positive_coroots
    moved = coroots[(coroots @ labels) > 0]
    # |W| = Π (ht α + 1)/ht α over positive coroots; the stabiliser is the Weyl group of the roots that λ does not see
    heights = moved.sum(axis=1).tolist()
    return int(prod(h + 1 for h in heights) // prod(heights))


@lru_cache(maxsize=4096)
def dominant_multiplicities(root_system: RootSystem, dynkin: Weight) -> Mapping[Weight, int]:
    """Multiplicities of the dominant weights of V_λ, by descending level (λ first).

    Freudenthal's recursion [(λ+ρ)² − (μ+ρ)²] m(μ) = 2 Σ_{α>0} Σ_{k≥1} m(μ + kα) (μ + kα, α), with one term for each
    orbit of roots under the stabiliser of μ (Moody and Patera, Bull. AMS 7 (1982) 237).
    """
    top = dominant(root_system, dynkin)
    metric, cartan = root_system.scaled_metric, root_system.cartan
    rho = np.ones(root_system.rank, dtype=np.int64)
    shifted = np.array(top, dtype=np.int64) + rho
    constant = int(shifted @ metric @ shifted)
    multiplicity: dict[Weight, int] = {top: 1}
    for mu in dominant_weights_below(root_system, top)[1:]:
        weight = np.array(mu, dtype=np.int64)
        roots, sizes = _root_orbits(root_system, tuple(x == 0 for x in mu))
        total, k = 0, 1
        while len(roots):
            moved = weight + k * (roots @ cartan)
            reflected, _ = reflect_to_dominant(root_system, moved)
            found = np.array([multiplicity.get(tuple(row), 0) for row in reflected.tolist()], dtype=object)
            inner = (moved @ metric * (roots @ cartan)).sum(axis=1)
            total += int(sum(int(s) * int(f) * int(x) for s, f, x in zip(sizes, found, inner, strict=True)))
            # weights of an irrep along a root are a string without gaps, so a miss ends it
            keep = np.array([bool(f) for f in found], dtype=bool)
            roots, sizes, k = roots[keep], sizes[keep], k + 1
        multiplicity[mu] = 2 * total // (constant - int((weight + rho) @ metric @ (weight + rho)))
    return MappingProxyType(multiplicity)


@lru_cache(maxsize=4096)
def _root_orbits(root_system: RootSystem, fixed: tuple[bool, ...]) -> tuple[IntArray, IntArray]:
    """Positive roots [n, rank] (in simple roots), one an orbit of the Weyl group W' of the `fixed` nodes; weights [n].

    W' permutes the positive roots outside its own root system, so an orbit counts with its size; inside, an orbit holds
    α and −α alike, so it counts with half its size.
    """
    nodes = [i for i, f in enumerate(fixed) if f]
    roots = root_system.positive_roots
    representatives = roots[((roots @ root_system.cartan)[:, nodes] >= 0).all(axis=1)]
    if not nodes:
        return representatives, np.ones(len(representatives), dtype=np.int64)
    sub = RootSystem(root_system.cartan[np.ix_(nodes, nodes)])
    sizes = [orbit_size(sub, row) for row in (representatives @ root_system.cartan)[:, nodes].tolist()]
    others = [i for i, f in enumerate(fixed) if not f]
    inside = (representatives[:, others] == 0).all(axis=1)
    return representatives, np.where(inside, np.array(sizes) // 2, np.array(sizes)).astype(np.int64)


def dominant_weights_below(root_system: RootSystem, dynkin: Sequence[int]) -> list[Weight]:
    """The dominant weights of V_λ, by level below λ, then lexically from the largest.

    All are reached by subtracting one positive root at a time without leaving the dominant chamber (Stembridge, Adv.
    Math. 136 (1998) 340).
    """
    steps = root_system.positive_roots @ root_system.cartan
    frontier = np.array([dominant(root_system, dynkin)], dtype=np.int64)
    found = {tuple(frontier[0].tolist())}
    while len(frontier):
        lower = (frontier[:, None, :] - steps[None, :, :]).reshape(len(frontier) * len(steps), root_system.rank)
        lower = lower[(lower >= 0).all(axis=1)]
        fresh = {tuple(row) for row in lower.tolist()} - found
        found |= fresh
        frontier = np.array(sorted(fresh), dtype=np.int64).reshape(len(fresh), root_system.rank)
    heights = root_system.scaled_inverse_cartan.sum(axis=1)
    return sorted(found, key=lambda w: (-int(np.dot(heights, w)), tuple(-x for x in w)))


def weight_system(root_system: RootSystem, dynkin: Sequence[int]) -> tuple[IntArray, IntArray]:
    """All weights [n, rank] of V_λ with their multiplicities [n], orbit by orbit."""
    blocks = dominant_multiplicities(root_system, dominant(root_system, dynkin))
    orbits = [weyl_orbit(root_system, mu) for mu in blocks]
    counts = np.concatenate([np.full(len(o), m, dtype=np.int64) for o, m in zip(orbits, blocks.values(), strict=True)])
    return np.concatenate(orbits), counts


def multiplicities(root_system: RootSystem, dynkin: Sequence[int]) -> dict[Weight, int]:
    """The multiplicity of every weight of V_λ, by level below λ, then lexically from the largest."""
    weights, counts = weight_system(root_system, dynkin)
    levels = -(weights @ root_system.scaled_inverse_cartan.sum(axis=1))
    order = np.lexsort((*(-weights.T[::-1]), levels)) if root_system.rank else np.zeros(1, dtype=np.int64)
    return {tuple(w): m for w, m in zip(weights[order].tolist(), counts[order].tolist(), strict=True)}
