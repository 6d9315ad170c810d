"""An embedding H ⊂ G of Lie groups as the projection of G's weights onto H's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

import numpy as np

from intertwine.errors import GroupError, RepresentationError
from intertwine.groups.lie_spec import LieLabel, LieSpec
from intertwine.groups.root_system import RootSystem
from intertwine.representations.lie.racah_speiser import decompose_character
from intertwine.representations.lie.weights import Weight, weight_system

Labels = tuple[LieLabel, ...]  # one for each factor of a product


@dataclass(frozen=True)
class Embedding:
    """H ⊂ G, both products of named Lie groups.

    Attributes
    ----------
    group, subgroup: the factors of G and H.
    projection: rational [columns of H, columns of G]; columns are, factor by factor, Dynkin labels and then charges.

    Weights of G are columns of G, their images under `projection` weights of H.
    """

    group: tuple[LieSpec, ...]
    subgroup: tuple[LieSpec, ...]
    projection: tuple[tuple[Fraction, ...], ...]

    def branch(self, labels: Labels) -> dict[Labels, int]:
        """The irreps of H in one irrep of G, with multiplicities; exact. By dimension, then by label, largest first.

        Raises RepresentationError if the projection is not that of an embedding.
        """
        weights, counts, denominator = product_weights(self.group, labels)
        scale = lcm(*(x.denominator for row in self.projection for x in row), 1) * denominator
        matrix = np.array([[int(x * scale) for x in row] for row in self.projection], dtype=np.int64)
        # charges in `weights` carry a denominator, Dynkin labels do not
        units = np.array([1 if is_root else denominator for is_root in columns(self.group)], dtype=np.int64)
        scaled = (weights * (denominator // units)) @ matrix.T
        is_root = np.array(columns(self.subgroup), dtype=bool)
        step = scale * denominator
        if (scaled[:, is_root] % step).any():
            raise RepresentationError(
                f"weights of {_name(self.group)} do not project onto weights of {_name(self.subgroup)}",
                received="fractional Dynkin labels",
                fix="check the rows of the projection matrix, or use the covering group",
            )
        rows = np.concatenate([scaled[:, is_root] // step, scaled[:, ~is_root]], axis=1)
        system = sum_of_systems(self.subgroup)
        return {self._split(row, system.rank, step): m for row, m in decompose_character(system, rows, counts).items()}

    def _split(self, row: Weight, rank: int, step: int) -> Labels:
        labels, root, charge = [], 0, rank
        for spec in self.subgroup:
            r, t = spec.root_system.rank, spec.torus_rank
            label = row[root : root + r], tuple(Fraction(x, step) for x in row[charge : charge + t])
            spec.check(label)
            labels.append(label)
            root, charge = root + r, charge + t
        return tuple(labels)

    def branch_all(self, representation: Mapping[Labels, int]) -> dict[Labels, int]:
        """The irreps of H in a sum of irreps of G."""
        total: dict[Labels, int] = {}
        for labels, m in representation.items():
            for found, n in self.branch(labels).items():
                total[found] = total.get(found, 0) + m * n
        return total

    def check(self) -> None:
        """Raises GroupError unless the adjoint of G is a representation of H that contains the adjoint of H."""
        names = f"{_name(self.subgroup)} in {_name(self.group)}"
        shape = (len(columns(self.subgroup)), len(columns(self.group)))
        if len(self.projection) != shape[0] or any(len(row) != shape[1] for row in self.projection):
            received = (len(self.projection), sorted({len(row) for row in self.projection}))
            raise GroupError(f"the projection matrix of {names} has the wrong shape", received=received, expected=shape)
        rank = np.linalg.matrix_rank(np.array([[float(x) for x in row] for row in self.projection])) if shape[0] else 0
        if rank < shape[0]:
            raise GroupError(
                f"a singular projection is not an embedding of {names}",
                received=f"rank {rank}",
                expected=f"rank {shape[0]}",
            )
        inside: dict[Labels, int] = {}
        try:
            for adjoint, m in adjoints(self.group).items():
                for labels, n in self.branch(adjoint).items():
                    inside[labels] = inside.get(labels, 0) + m * n
        except RepresentationError as error:
            raise GroupError(f"not an embedding of {names}: {error}", fix="check the projection matrix") from error
        missing = [labels for labels, m in adjoints(self.subgroup).items() if inside.get(labels, 0) < m]
        if missing:
            raise GroupError(
                f"not an embedding of {names}",
                received=f"an adjoint of the group without {missing}",
                expected="the adjoint of the group to contain that of the subgroup",
            )


def columns(specs: Sequence[LieSpec]) -> list[bool]:
    """For each column of a product's weights whether it is a Dynkin label (True) or a charge."""
    return [x for spec in specs for x in [True] * spec.root_system.rank + [False] * spec.torus_rank]


def sum_of_systems(specs: Sequence[LieSpec]) -> RootSystem:
    """The root system of a product."""
    rank = sum(spec.root_system.rank for spec in specs)
    cartan = np.zeros((rank, rank), dtype=np.int64)
    start = 0
    for spec in specs:
        stop = start + spec.root_system.rank
        cartan[start:stop, start:stop] = spec.root_system.cartan
        start = stop
    return RootSystem(cartan)


def product_weights(specs: Sequence[LieSpec], labels: Labels) -> tuple[np.ndarray, np.ndarray, int]:
    """Weights [n, columns] (charges times the last return value) and multiplicities [n] of one irrep of a product."""
    denominator = lcm(1, *(q.denominator for _, charges in labels for q in charges))
    weights, counts = np.zeros((1, 0), dtype=np.int64), np.ones(1, dtype=np.int64)
    for spec, (dynkin, charges) in zip(specs, labels, strict=True):
        block, multiplicities = weight_system(spec.root_system, dynkin)
        scaled = np.array([int(q * denominator) for q in charges], dtype=np.int64)
        block = np.concatenate([block, np.tile(scaled, (len(block), 1))], axis=1)
        weights = np.concatenate([np.repeat(weights, len(block), axis=0), np.tile(block, (len(weights), 1))], axis=1)
        counts = np.repeat(counts, len(block)) * np.tile(multiplicities, len(counts))
    return weights, counts, denominator


def adjoints(specs: Sequence[LieSpec]) -> dict[Labels, int]:
    """The adjoint representation of a product: the highest root of each simple part, a singlet for each charge."""
    trivial = tuple(spec.trivial for spec in specs)
    found: dict[Labels, int] = {}
    for k, spec in enumerate(specs):
        system = spec.root_system
        for component in system.components:
            roots = [root for root in system.positive_roots if any(root[i] for i in component.nodes)]
            highest = tuple(int(x) for x in roots[-1] @ system.cartan)
            found[(*trivial[:k], (highest, trivial[k][1]), *trivial[k + 1 :])] = 1
        if spec.torus_rank:
            found[trivial] = found.get(trivial, 0) + spec.torus_rank
    return found


def _name(specs: Sequence[LieSpec]) -> str:
    return "x".join(spec.name for spec in specs)
