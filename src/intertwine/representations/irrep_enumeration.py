"""All irreps of a semisimple algebra up to a dimension, vectorised."""

from __future__ import annotations

from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from intertwine.errors import RepresentationError
from intertwine.representations.weights import Weight, weyl_dimension

if TYPE_CHECKING:
    from collections.abc import Mapping

    from intertwine.groups.root_system import RootSystem

MOST_LABELS = 200_000
_ROUNDING_IS_EXACT = 1e11  # below this the floating-point Weyl dimension is right to far better than 1/2


@lru_cache(maxsize=256)
def irreps_by_dimension(root_system: RootSystem, bound: int) -> Mapping[int, tuple[Weight, ...]]:
    """{dimension: Dynkin labels} of all irreps up to dimension `bound` ≥ 1; dimensions ascend, labels descend.

    Dimensions grow with every label, so a search that adds one to a label at a time, never left of the last one that is
    not zero, meets each irrep once and may stop at the bound. Raises RepresentationError beyond 200 000 irreps.
    """
    if not root_system.rank:
        return MappingProxyType({1: ((),)})
    coroots = root_system.positive_coroots
    offset = np.log(coroots.sum(axis=1)).sum()
    frontier = np.zeros((1, root_system.rank), dtype=np.int64)
    found: dict[int, list[Weight]] = {1: [(0,) * root_system.rank]}
    total = 1
    while len(frontier):
        last = np.where(frontier.any(axis=1), root_system.rank - 1 - (frontier[:, ::-1] != 0).argmax(axis=1), 0)
        children = []
        for node in range(root_system.rank):
            block = frontier[last <= node].copy()
            block[:, node] += 1
            children.append(block)
        frontier = np.concatenate(children)
        approximate = np.exp(np.log((frontier + 1) @ coroots.T).sum(axis=1) - offset)
        keep = approximate <= bound * (1 + 1e-9) + 0.5
        frontier, approximate = frontier[keep], approximate[keep]
        inside = np.ones(len(frontier), dtype=bool)
        for row, (label, size) in enumerate(zip(frontier.tolist(), approximate.tolist(), strict=True)):
            weight = tuple(label)
            exact = round(size) if size < _ROUNDING_IS_EXACT else weyl_dimension(root_system, weight)
            inside[row] = exact <= bound
            if exact <= bound:
                found.setdefault(exact, []).append(weight)
        frontier = frontier[inside]
        total += len(frontier)
        if total > MOST_LABELS:
            raise RepresentationError(
                f"more than {MOST_LABELS} irreps of {root_system.type_name} up to dimension {bound}",
                fix="ask for a smaller dimension, or give Dynkin labels",
            )
    return MappingProxyType({d: tuple(sorted(found[d], reverse=True)) for d in sorted(found)})
