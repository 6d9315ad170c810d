"""Regular subgroups: simple roots of H among the roots of G (Borel and de Siebenthal; Dynkin).

Deleting nodes of the Dynkin diagram leaves a Levi subgroup with one U(1) for each; deleting one node of the extended
diagram a semisimple subgroup of the same rank. Both are repeated until the type that was asked for is reached.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import permutations, product
from math import gcd

import numpy as np

from intertwine.groups.cartan import IntArray
from intertwine.groups.lie_spec import LieSpec
from intertwine.groups.root_system import RootSystem
from intertwine.representations.branching.embedding import Embedding

_DEPTH = 3


def regular_embeddings(group: LieSpec, subgroup: Sequence[LieSpec]) -> Iterator[Embedding]:
    """All regular embeddings of H in a simple G up to conjugation that the search meets, outer choices included.

    Charges are normalised to coprime integers on the weight lattice of G.
    """
    system = group.root_system
    wanted = sorted((c.letter, c.rank) for spec in subgroup for c in spec.root_system.components)
    torus = sum(spec.torus_rank for spec in subgroup)
    rank = sum(r for _, r in wanted)
    if rank + torus != system.rank:
        return
    for roots in _root_bases(system, rank, torus):
        found = RootSystem(_cartan(system, roots))
        if sorted((c.letter, c.rank) for c in found.components) == wanted:
            yield from _oriented(group, subgroup, roots, found)
            return


def _root_bases(system: RootSystem, rank: int, torus: int) -> Iterator[IntArray]:
    """Bases [rank, rank of G] (in simple roots) of regular subsystems, by repeated deletion, breadth first."""
    start = np.eye(system.rank, dtype=np.int64)
    seen: set[tuple[tuple[int, ...], ...]] = set()
    layer = [start]
    for _ in range(_DEPTH + torus):
        following = []
        for roots in layer:
            key = tuple(sorted(map(tuple, roots.tolist())))
            if key in seen:
                continue
            seen.add(key)
            if len(roots) == rank:
                yield roots
            if len(roots) > rank:
                following += [np.delete(roots, i, axis=0) for i in range(len(roots))]
            following += list(_extended_deletions(system, roots))
        layer = following


def _extended_deletions(system: RootSystem, roots: IntArray) -> Iterator[IntArray]:
    """For each simple part: its lowest root added, one of its own nodes removed."""
    sub = RootSystem(_cartan(system, roots))
    for component in sub.components:
        nodes = list(component.nodes)
        highest = max((r for r in sub.positive_roots.tolist() if any(r[i] for i in nodes)), key=sum)
        lowest = -(np.array(highest) @ roots)
        for node in sorted(nodes):
            if highest[node] > 1:
                changed = roots.copy()
                changed[node] = lowest
                yield changed


def _cartan(system: RootSystem, roots: IntArray) -> IntArray:
    gram = roots @ (system.symmetrizer[:, None] * system.cartan.T) @ roots.T  # (α_i, α_j) = d_j A_ij, symmetric
    matrix: IntArray = 2 * gram // np.diag(gram)[None, :]
    return matrix


def _oriented(group: LieSpec, subgroup: Sequence[LieSpec], roots: IntArray, found: RootSystem) -> Iterator[Embedding]:
    """Every reading of the subsystem as the factors in order: permutations of equal parts, diagram automorphisms."""
    system = group.root_system
    charges = _charges(system, roots)
    targets = [(k, c) for k, spec in enumerate(subgroup) for c in spec.root_system.components]
    parts = found.components
    for order in permutations(range(len(parts))):
        if any(parts[i][:2] != c[:2] for i, (_, c) in zip(order, targets, strict=True)):
            continue
        choices = [_automorphisms(c.letter, c.rank) for _, c in targets]
        for chosen in product(*choices):
            for signs in product((1, -1), repeat=len(charges)):
                rows: list[list[Fraction]] = []
                charge = 0
                for k, spec in enumerate(subgroup):
                    block: dict[int, list[Fraction]] = {}
                    for (owner, c), i, automorphism in zip(targets, order, chosen, strict=True):
                        if owner == k:
                            for place, node in enumerate(c.nodes):
                                root = roots[parts[i].nodes[automorphism[place]]]
                                block[node] = [Fraction(int(x)) for x in _coroot(system, root)]
                    rows += [block[node] for node in sorted(block)]
                    for _ in range(spec.torus_rank):
                        rows.append([signs[charge] * x for x in charges[charge]])
                        charge += 1
                yield Embedding((group,), tuple(subgroup), tuple(map(tuple, rows)))


def _coroot(system: RootSystem, root: IntArray) -> IntArray:
    """2α/(α, α) in simple coroots, so that ⟨μ, α^∨⟩ = Σ_i μ_i coroot_i."""
    half_length = int(root * system.symmetrizer @ (root @ system.cartan)) // 2
    coroot: IntArray = root * system.symmetrizer // half_length
    return coroot


def _charges(system: RootSystem, roots: IntArray) -> list[list[Fraction]]:
    """Functionals that vanish on the subsystem, coprime integers on the weight lattice (a rational null space)."""
    rows = [[Fraction(int(x)) for x in root @ system.cartan] for root in roots]
    n = system.rank
    pivots: list[int] = []
    for column in range(n):
        row = next((r for r in range(len(pivots), len(rows)) if rows[r][column]), None)
        if row is None:
            continue
        k = len(pivots)
        rows[k], rows[row] = rows[row], rows[k]
        rows[k] = [x / rows[k][column] for x in rows[k]]
        for r in range(len(rows)):
            if r != k and rows[r][column]:
                factor = rows[r][column]
                rows[r] = [x - factor * y for x, y in zip(rows[r], rows[k], strict=True)]
        pivots.append(column)
    basis = []
    for free in (c for c in range(n) if c not in pivots):
        vector = [Fraction(int(c == free)) for c in range(n)]
        for k, pivot in enumerate(pivots):
            vector[pivot] = -rows[k][free]
        scale = np.lcm.reduce([x.denominator for x in vector])
        whole = [int(x * int(scale)) for x in vector]
        basis.append([Fraction(x, gcd(*whole)) for x in whole])
    return basis


def _automorphisms(letter: str, rank: int) -> list[tuple[int, ...]]:
    """Automorphisms of a Dynkin diagram in Bourbaki's numbering, the identity first."""
    same = tuple(range(rank))
    if letter == "A" and rank > 1:
        return [same, same[::-1]]
    if letter == "D" and rank == 4:
        return [(p[0], 1, p[1], p[2]) for p in permutations((0, 2, 3))]
    if letter == "D":
        return [same, (*same[:-2], rank - 1, rank - 2)]
    if letter == "E" and rank == 6:
        return [same, (5, 1, 4, 3, 2, 0)]
    return [same]
