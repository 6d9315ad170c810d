"""Embeddings in products: diagonal subgroups, electroweak breaking, and factor by factor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

from intertwine.errors import GroupError
from intertwine.groups.lie_spec import LieSpec
from intertwine.representations.branching.embedding import Embedding

Row = tuple[Fraction, ...]
Known = Callable[[Sequence[LieSpec], Sequence[LieSpec]], Embedding]
_ELECTROWEAK = (["SU(3)", "SU(2)", "U(1)"], ["SU(3)", "U(1)"])


def product_embedding(group: Sequence[LieSpec], subgroup: Sequence[LieSpec], known: Known) -> Embedding | None:
    """H in G = G_1 × G_2 × …, or None.

    The diagonal where all factors of G are equal to H; SU(3)xSU(2)xU(1) ⊃ SU(3)xU(1) with the electric charge
    Q = T_3 + Y; otherwise consecutive factors of H in consecutive factors of G by `known`, every factor used.
    """
    names, wanted = [spec.name for spec in group], [spec.name for spec in subgroup]
    if len(subgroup) == 1 and all(spec == subgroup[0] for spec in group) and len(group) > 1:
        width = _width(subgroup[0])
        rows = tuple(tuple(Fraction(int(j % width == i)) for j in range(width * len(group))) for i in range(width))
        return Embedding(tuple(group), tuple(subgroup), rows)
    if (names, wanted) == _ELECTROWEAK:
        zero, one, half = Fraction(0), Fraction(1), Fraction(1, 2)
        charges = ((one, zero, zero, zero), (zero, one, zero, zero), (zero, zero, half, one))
        return Embedding(tuple(group), tuple(subgroup), charges)
    blocks = _blocks(group, subgroup, known) if len(group) > 1 else None
    if blocks is None:
        return None
    total = sum(map(_width, group))
    projection: list[Row] = []
    start = 0
    for spec, block in zip(group, blocks, strict=True):
        stop = start + _width(spec)
        projection += [(Fraction(0),) * start + row + (Fraction(0),) * (total - stop) for row in block.projection]
        start = stop
    return Embedding(tuple(group), tuple(subgroup), tuple(projection))


def _width(spec: LieSpec) -> int:
    return spec.root_system.rank + spec.torus_rank


def _blocks(group: Sequence[LieSpec], subgroup: Sequence[LieSpec], known: Known) -> list[Embedding] | None:
    """One embedding for each factor of G, its subgroup as many of the next factors of H as possible."""
    if not group:
        return None if subgroup else []
    for size in range(len(subgroup) - len(group) + 1, 0, -1):
        try:
            head = known(group[:1], subgroup[:size])
        except GroupError:
            continue
        rest = _blocks(group[1:], subgroup[size:], known)
        if rest is not None:
            return [head, *rest]
    return None
