"""Label-level representation theory of a Lie group with its torus: exact functions of (spec, label)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import product
from math import lcm

import numpy as np

from intertwine.groups.cartan import IntArray
from intertwine.groups.lie_spec import LieLabel, LieSpec
from intertwine.representations.lie.dimension_names import irreps_of_dimension
from intertwine.representations.lie.irrep_enumeration import irreps_by_dimension
from intertwine.representations.lie.powers import power
from intertwine.representations.lie.racah_speiser import tensor_product
from intertwine.representations.lie.weights import Weight, weight_system, weyl_dimension

CHARGE_BOUND = 3  # `labels` yields U(1) charges |q| ≤ 3 (|q| ≤ n for U(n)); there are infinitely many of each dimension


def dimension(spec: LieSpec, label: LieLabel) -> int:
    """Complex dimension of V_λ."""
    return weyl_dimension(spec.root_system, label[0])


def decompose(spec: LieSpec, a: LieLabel, b: LieLabel) -> dict[LieLabel, int]:
    """Multiplicities in V_a ⊗ V_b: charges add."""
    charges = tuple(x + y for x, y in zip(a[1], b[1], strict=True))
    return {(label, charges): m for label, m in tensor_product(spec.root_system, a[0], b[0]).items()}


def weights(spec: LieSpec, representation: Mapping[LieLabel, int]) -> tuple[IntArray, IntArray, int]:
    """All weights [n, rank + torus] (charges times a denominator), multiplicities [n], and that denominator."""
    denominator = lcm(1, *(q.denominator for _, charges in representation for q in charges))
    rows, counts = [], []
    for (dynkin, charges), m in representation.items():
        block, multiplicities = weight_system(spec.root_system, dynkin)
        scaled = np.array([int(q * denominator) for q in charges], dtype=np.int64)
        rows.append(np.concatenate([block, np.tile(scaled, (len(block), 1))], axis=1))
        counts.append(m * multiplicities)
    if not rows:
        return np.zeros((0, spec.root_system.rank + spec.torus_rank), dtype=np.int64), np.zeros(0, dtype=np.int64), 1
    return np.concatenate(rows), np.concatenate(counts), denominator


def powers(
    spec: LieSpec, representation: Mapping[LieLabel, int], degree: int, *, antisymmetric: bool = False
) -> dict[LieLabel, int]:
    """Sym^k (or Λ^k) of a sum of irreps {label: multiplicity}."""
    rows, counts, denominator = weights(spec, representation)
    rank = spec.root_system.rank
    found = power(spec.root_system, rows, counts, degree, antisymmetric=antisymmetric)
    return {(row[:rank], tuple(Fraction(q, denominator) for q in row[rank:])): m for row, m in found.items()}


def labels(spec: LieSpec, max_dimension: int) -> Iterator[LieLabel]:
    """All irreps up to a dimension, by dimension, then charge, then name; U(1) charges up to a bound (CHARGE_BOUND)."""
    if max_dimension < 1:
        return
    for found in irreps_by_dimension(spec.root_system, max_dimension).values():
        for charges in _charges(spec):
            yield from ((dynkin, charges) for dynkin in _in_order(spec, found) if spec.allows((dynkin, charges)))


def _in_order(spec: LieSpec, same_dimension: tuple[Weight, ...]) -> tuple[Weight, ...]:
    if not spec.naming.startswith("dimension"):
        return same_dimension
    return tuple(irreps_of_dimension(spec.root_system, weyl_dimension(spec.root_system, same_dimension[0])).values())


def _charges(spec: LieSpec) -> list[tuple[Fraction, ...]]:
    if not spec.torus_rank:
        return [()]
    bound = max(CHARGE_BOUND, *spec.parameters) if spec.root_system.rank else CHARGE_BOUND
    step = Fraction(1, 2) if spec.series == "Spin" else Fraction(1)
    ladder = [k * step for k in range(int(bound / step) + 1)]
    values = [q for magnitude in ladder for q in ((magnitude, -magnitude) if magnitude else (magnitude,))]
    if spec.torus_rank == 1:
        return [(q,) for q in values]
    # several charges: by the sum of their sizes, at most 2
    few = [q for q in values if abs(q) <= 2]
    return sorted(
        (qs for qs in product(few, repeat=spec.torus_rank) if sum(map(abs, qs)) <= 2),
        key=lambda qs: (sum(map(abs, qs)), tuple(few.index(q) for q in qs)),
    )
