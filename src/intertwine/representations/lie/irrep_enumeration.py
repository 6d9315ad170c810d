"""All irreps of a semisimple algebra up to a dimension, vectorised."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from intertwine.errors import RepresentationError
from intertwine.groups.cartan import IntArray
from intertwine.groups.root_system import RootSystem
from intertwine.representations.lie.weights import Weight, weyl_dimension

MOST_LABELS = 50_000
_ROUNDING_IS_EXACT = 1e11  # below this the floating-point Weyl dimension is right to far better than 1/2


@lru_cache(maxsize=256)
def irreps_by_dimension(root_system: RootSystem, bound: int) -> Mapping[int, tuple[Weight, ...]]:
    """{dimension: Dynkin labels} of all irreps up to dimension `bound` ≥ 1; dimensions ascend, labels descend.

    Raises RepresentationError beyond 50 000 irreps.
    """
    table = _enumerate(root_system, bound)
    if table is None:
        raise RepresentationError(
            f"more than {MOST_LABELS} irreps of {root_system.type_name} up to dimension {bound}",
            fix="ask for a smaller dimension, or give Dynkin labels",
        )
    found: dict[int, list[Weight]] = {}
    for label, size in zip(map(tuple, table[0].tolist()), table[1].tolist(), strict=True):
        found.setdefault(size, []).append(label)
    return MappingProxyType({d: tuple(sorted(found[d], reverse=True)) for d in sorted(found)})


def irreps_of_exactly(root_system: RootSystem, dimension: int) -> tuple[Weight, ...] | None:
    """The irreps of one dimension, labels descending; None if there are more than 50 000 smaller ones."""
    if dimension < 1:
        return ()
    # one table serves all dimensions up to the next power of two
    table = _enumerate(root_system, 1 << max(10, (dimension - 1).bit_length()))
    if table is None:
        return None
    return tuple(sorted(map(tuple, table[0][table[1] == dimension].tolist()), reverse=True))


@lru_cache(maxsize=256)
def _enumerate(root_system: RootSystem, bound: int) -> tuple[IntArray, NDArray[np.object_]] | None:
    """Labels [n, rank] and exact dimensions [n], or None beyond MOST_LABELS.

    Dimensions grow with every label, so a search that adds one to a label at a time, never left of the last one that is
    not zero, meets each irrep once and may stop at the bound.
    """
    if bound > 4096 and _enumerate(root_system, bound // 16) is None:  # too many already, and known to be
        return None
    rank = root_system.rank
    frontier = np.zeros((1, rank), dtype=np.int64)
    labels, sizes = [frontier], [np.array([1], dtype=object)]
    coroots = root_system.positive_coroots
    offset = np.log(coroots.sum(axis=1)).sum()
    total = 1
    while len(frontier) and rank:
        last = np.where(frontier.any(axis=1), rank - 1 - (frontier[:, ::-1] != 0).argmax(axis=1), 0)
        children = []
        for node in range(rank):
            block = frontier[last <= node].copy()
            block[:, node] += 1
            children.append(block)
        frontier = np.concatenate(children)
        approximate = np.exp(np.log((frontier + 1) @ coroots.T).sum(axis=1) - offset)
        keep = approximate <= bound * (1 + 1e-9) + 0.5
        frontier, approximate = frontier[keep], approximate[keep]
        total += len(frontier)
        if total > MOST_LABELS:
            return None
        exact = np.array([round(x) for x in approximate.tolist()], dtype=object)
        for row in np.flatnonzero(approximate >= _ROUNDING_IS_EXACT).tolist():
            exact[row] = weyl_dimension(root_system, tuple(frontier[row].tolist()))
        inside = np.array(exact <= bound, dtype=bool)
        frontier = frontier[inside]
        labels.append(frontier)
        sizes.append(exact[inside])
    return np.concatenate(labels), np.concatenate(sizes)
