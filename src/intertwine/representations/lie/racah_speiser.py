"""Decomposition of characters and tensor products into irreps: vectorised Racah–Speiser reflections, exact.

A decomposition is a dict {highest weight: multiplicity}. Rows of weights may carry further columns after the rank, on
which the Weyl group does nothing: U(1) charges, which add.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType

import numpy as np

from intertwine.errors import RepresentationError
from intertwine.groups.cartan import IntArray
from intertwine.groups.root_system import RootSystem
from intertwine.representations.lie.weights import (
    Weight,
    dominant,
    reflect_to_dominant,
    weight_system,
    weyl_dimension,
)

_ROWS = 1 << 20  # reflected at a time, so that memory stays bounded


def tensor_product(root_system: RootSystem, a: Sequence[int], b: Sequence[int]) -> dict[Weight, int]:
    """V_a ⊗ V_b (Racah–Speiser, also called Klimyk's formula), by dimension, then lexically from the largest label.

    Σ over the weights μ of the smaller factor of m_μ times the sign of the Weyl element that makes λ + ρ + μ dominant.
    Works at any size: E8's 147250 ⊗ 248 takes milliseconds. Raises RepresentationError unless both are dominant.
    """
    labels = dominant(root_system, a), dominant(root_system, b)
    small, large = sorted(labels, key=lambda label: (weyl_dimension(root_system, label), label))
    return dict(_tensor_product(root_system, small, large))


@lru_cache(maxsize=8192)
def _tensor_product(root_system: RootSystem, small: Weight, large: Weight) -> Mapping[Weight, int]:
    if root_system.rank == 1:  # the Clebsch–Gordan series |j1 − j2| … j1 + j2
        return MappingProxyType({(j,): 1 for j in range(large[0] - small[0], large[0] + small[0] + 1, 2)})
    weights, counts = weight_system(root_system, small)
    product = multiply(root_system, weights, counts, {large: 1})
    return MappingProxyType(sort_by_dimension(root_system, require_positive(product)))


def multiply(
    root_system: RootSystem, weights: IntArray, counts: IntArray, decomposition: Mapping[Weight, int]
) -> dict[Weight, int]:
    """The product of a Weyl-invariant character with Σ_ν m_ν V_ν.

    Parameters
    ----------
    weights, counts: integers [n, rank + extra] and [n]; the character, Weyl-invariant in its first `rank` columns.
    decomposition: {highest weight (rank + extra entries): multiplicity}.

    Multiplicities of virtual characters may be negative; zeros are left out.
    """
    rank = root_system.rank
    tops = np.array(list(decomposition), dtype=np.int64).reshape(len(decomposition), weights.shape[1])
    tops[:, :rank] += 1
    total: dict[Weight, int] = {}
    for top, count in zip(tops, decomposition.values(), strict=True):
        for start in range(0, len(weights), _ROWS):
            rows = weights[start : start + _ROWS] + top
            heads, signs = reflect_to_dominant(root_system, rows[:, :rank])
            inside = (heads > 0).all(axis=1)
            rows = np.concatenate([heads - 1, rows[:, rank:]], axis=1)[inside]
            for row, value in sum_rows(rows, (signs * counts[start : start + _ROWS])[inside]):
                total[row] = total.get(row, 0) + count * value
    return {row: value for row, value in total.items() if value}


def sum_rows(rows: IntArray, values: IntArray) -> Iterator[tuple[Weight, int]]:
    """The distinct rows, each with the sum of its values."""
    if not len(rows):
        return
    low = rows.min(axis=0)
    spans = (rows.max(axis=0) - low + 1).tolist()
    radix = [1]
    for span in spans[:0:-1]:
        radix.append(radix[-1] * span)
    if radix[-1] * max(spans, default=1) < 2**62:  # one integer key a row: much faster than comparing rows
        keys = (rows - low) @ np.array(radix[::-1][: rows.shape[1]], dtype=np.int64)
        _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    else:
        _, first, inverse = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    sums = np.zeros(len(first), dtype=np.int64)
    np.add.at(sums, inverse.reshape(-1), values)
    for row, value in zip(rows[first].tolist(), sums.tolist(), strict=True):
        yield tuple(row), value


def decompose_character(root_system: RootSystem, weights: IntArray, counts: IntArray) -> dict[Weight, int]:
    """The irreps in a representation given by all its weights [n, rank + extra] with multiplicities [n].

    Raises RepresentationError if the weights are not those of a representation.
    """
    found = require_positive(multiply(root_system, weights, counts, {(0,) * weights.shape[1]: 1}))
    rank = root_system.rank
    size = sum(m * weyl_dimension(root_system, label[:rank]) for label, m in found.items())
    if size != int(counts.sum()):
        raise RepresentationError(
            "these weights are not those of a representation",
            received=f"irreps of total dimension {size} for {int(counts.sum())} weights",
            expected="a set of weights that the Weyl group maps to itself",
        )
    return sort_by_dimension(root_system, found)


def require_positive(decomposition: Mapping[Weight, int]) -> dict[Weight, int]:
    """The same dict; raises RepresentationError if a multiplicity is negative (a virtual character)."""
    negative = {label: m for label, m in decomposition.items() if m < 0}
    if negative:
        raise RepresentationError("a character with negative multiplicities is not a representation", received=negative)
    return dict(decomposition)


def sort_by_dimension(root_system: RootSystem, decomposition: Mapping[Weight, int]) -> dict[Weight, int]:
    """By dimension, then lexically from the largest label."""
    rank = root_system.rank

    def key(label: Weight) -> tuple[int, tuple[int, ...]]:
        return weyl_dimension(root_system, label[:rank]), tuple(-x for x in label)

    return {label: decomposition[label] for label in sorted(decomposition, key=key)}
