"""Embeddings in classical groups, fixed by how the defining representation of G branches to H."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np

from intertwine.errors import GroupError
from intertwine.groups.lie_spec import LieSpec
from intertwine.representations.branching.embedding import Embedding, Labels, product_weights

Vector = tuple[Fraction, ...]


def vector_embedding(
    group: LieSpec, subgroup: Sequence[LieSpec], defining: Mapping[Labels, int], *, half: bool = False
) -> Embedding:
    """H ⊂ G from the branching of G's defining irrep.

    Parameters
    ----------
    group: SU(p,q), U(n), SL(n,R), SU*(2n) (type A); SO, Spin (B, D, SO(2)); Sp (C), any real form.
    defining: {labels of H: multiplicity} in the defining irrep (the vector, also for Spin); with `half` only half,
        for orthogonal and symplectic groups: W = half + its dual, the half going to the weights ε_1, ε_2, ….

    Raises GroupError if the dimensions, the trace or the weights' symmetry under sign do not fit.
    """
    images: list[Vector] = []
    for labels, m in defining.items():
        weights, counts, denominator = product_weights(subgroup, labels)
        is_root = [x for spec in subgroup for x in [True] * spec.root_system.rank + [False] * spec.torus_rank]
        for row, count in zip(weights.tolist(), counts.tolist(), strict=True):
            image = tuple(
                Fraction(x) if root else Fraction(x, denominator) for x, root in zip(row, is_root, strict=True)
            )
            images += [image] * (m * count)
    width = len(images[0])
    if group.series in ("SO", "Spin", "Sp", "SpR", "SO*"):
        columns_of_g = _signed(group, images if half else _positive_half(group, images))
    else:
        columns_of_g = _linear(group, images)
    projection = tuple(tuple(column[i] for column in columns_of_g) for i in range(width))
    return Embedding((group,), tuple(subgroup), projection)


def _linear(group: LieSpec, images: list[Vector]) -> list[Vector]:
    """Type A: ω_k = μ_1 + … + μ_k − (k/n) Σ μ, and a U(n) charge is (1/n) Σ μ."""
    n = group.root_system.rank + 1
    total = _sum(images)
    if len(images) != n or (any(total) and not group.torus_rank):
        raise GroupError(
            f"the defining representation of {group.name} does not branch like this",
            received=f"dimension {len(images)}, sum of weights {tuple(map(str, total))}",
            expected=f"dimension {n}, sum of weights 0",
        )
    fundamental = [
        tuple(x - Fraction(k, n) * t for x, t in zip(_sum(images[:k]), total, strict=True)) for k in range(1, n)
    ]
    return fundamental + [tuple(t / n for t in total)] * group.torus_rank


def _signed(group: LieSpec, images: list[Vector]) -> list[Vector]:
    """Types B, C, D from the images of ε_1 … ε_m; SO(2): the charge is ε_1."""
    rank = group.root_system.rank + group.torus_rank
    if len(images) != rank:
        raise GroupError(f"the vector of {group.name} does not branch like this", received=len(images), expected=rank)
    half = Fraction(1, 2)
    if group.torus_rank:
        return images
    sums = [_sum(images[:k]) for k in range(1, rank + 1)]
    if group.series in ("Sp", "SpR"):
        return sums
    spinor = tuple(half * x for x in sums[-1])
    n = sum(group.parameters)
    if n % 2:
        return [*sums[:-1], spinor]
    other = tuple(x - y for x, y in zip(spinor, images[-1], strict=True))
    return [*sums[:-2], other, spinor]


def _positive_half(group: LieSpec, images: list[Vector]) -> list[Vector]:
    """One weight of each pair ±w (the lexically larger), zeros in pairs; they come largest first."""
    zero = tuple(Fraction(0) for _ in images[0])
    half = sorted((w for w in images if w > zero), reverse=True)
    negative = sorted(tuple(-x for x in w) for w in images if w < zero)
    zeros = len(images) - len(half) - len(negative)
    size = sum(group.parameters) if group.series in ("SO", "Spin") else group.parameters[0] * len(group.parameters)
    if group.series == "Sp" and len(group.parameters) == 2:
        size = 2 * sum(group.parameters)
    if len(images) != size or sorted(half) != negative:
        raise GroupError(
            f"the defining representation of {group.name} does not branch like this",
            received=f"{len(images)} weights, {len(half)} of them positive and {len(negative)} negative",
            expected=f"{size} weights, symmetric under sign",
        )
    return half + [zero] * (zeros // 2)


def _sum(vectors: Sequence[Vector]) -> Vector:
    return tuple(np.sum(np.array(vectors, dtype=object), axis=0).tolist())
