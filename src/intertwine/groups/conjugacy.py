"""Conjugacy classes and power maps of a finite group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from intertwine.groups.stabiliser_chain import compose, inverse

if TYPE_CHECKING:
    from intertwine.groups.finite_group import FiniteGroup


@dataclass(frozen=True, eq=False)
class ConjugacyClasses:
    """The classes in a fixed order: by element order, then size, then smallest index; class 0 is the unit.

    Attributes
    ----------
    of : [order], the class of every element.
    representatives : [n], the smallest index in each class.
    sizes, orders : [n], number of elements, and the order of each of them.
    powers : per class, the classes of g⁰, g¹, … g^(m−1).
    inverses : [n], the class of g⁻¹.
    generators : [k], the class of each generator.
    """

    of: NDArray[np.intp]
    representatives: NDArray[np.intp]
    sizes: NDArray[np.intp]
    orders: NDArray[np.intp]
    powers: tuple[NDArray[np.intp], ...]
    inverses: NDArray[np.intp]
    generators: NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.sizes)


def _orbits(maps: NDArray[np.int64]) -> NDArray[np.intp]:
    """Labels [order] of the orbits of the maps [k, order], numbered by first appearance."""
    label = np.full(maps.shape[1], -1, dtype=np.intp)
    count = 0
    for start in range(maps.shape[1]):
        if label[start] >= 0:
            continue
        frontier = np.array([start])
        while frontier.size:
            label[frontier] = count
            images = np.unique(maps[:, frontier])
            frontier = images[label[images] < 0]
        count += 1
    return label


def conjugacy_classes(group: FiniteGroup) -> ConjugacyClasses:
    """The classes of a group that can be listed."""
    p = group.all_permutations
    maps = np.array([group.chain.indices(compose(s, compose(p, inverse(s)))) for s in group.permutations])
    label = _orbits(maps)
    _, first, sizes = np.unique(label, return_index=True, return_counts=True)
    cycles = _powers(group, first)
    orders = np.array([len(c) for c in cycles])
    order = np.lexsort((first, sizes, orders))
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    of = rank[label]
    powers = tuple(of[cycles[i]] for i in order)
    return ConjugacyClasses(
        of=of,
        representatives=first[order].astype(np.intp),
        sizes=sizes[order].astype(np.intp),
        orders=orders[order].astype(np.intp),
        powers=powers,
        inverses=np.array([c[-1] for c in powers], dtype=np.intp),
        generators=of[[g.index for g in group.generators]],
    )


def _powers(group: FiniteGroup, indices: NDArray[np.intp]) -> list[NDArray[np.int64]]:
    """Per element, the indices of g⁰, g¹, …, g^(m−1)."""
    images = group.all_permutations[indices]
    rows = np.arange(len(indices))[:, None]
    points = np.broadcast_to(np.array(group.chain.base, dtype=np.intp), (len(indices), len(group.chain.base)))
    steps = [np.zeros(len(indices), dtype=np.int64)]
    orders = np.zeros(len(indices), dtype=np.intp)
    while np.any(orders == 0):
        points = images[rows, points]
        step = group.chain.indices_of_base_images(points)
        orders[(orders == 0) & (step == 0)] = len(steps)
        steps.append(step)
    table = np.array(steps)
    return [table[:m, i] for i, m in enumerate(orders)]
