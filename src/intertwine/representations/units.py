"""Units of a representation: what its channels are copies of. Sums and multiples keep them."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np

from intertwine.groups.group import Group
from intertwine.groups.theory import RealArray

if TYPE_CHECKING:
    from intertwine.representations.rep import Rep

Units = tuple[tuple[int, "Rep"], ...]


def units_of(rep: Rep) -> Units:
    """(copies, unit) with features [unit.dim, copies]; neighbouring blocks of one multiplicity are one unit."""
    from intertwine.representations.rep import Rep

    if rep._units is not None:
        return rep._units
    if not rep.is_by_irreps:
        return ((1, rep),)
    return tuple(
        (copies, Rep(rep.group, [(1, block.irrep) for block in blocks]))
        for copies, blocks in groupby(rep.blocks, key=lambda block: block.multiplicity)
    )


def multiply(rep: Rep, copies: int) -> Rep:
    """`copies` channels of every feature, channels fastest; Q becomes Q ⊗ 1."""
    from intertwine.representations.rep import ChangeOfBasis, Rep

    blocks = [(block.multiplicity * copies, block.irrep) for block in rep.blocks]
    if rep.is_by_irreps or copies == 0:
        return Rep(rep.group, blocks)

    def change() -> ChangeOfBasis:
        one = np.eye(copies)
        to_basis, from_basis = rep.change_of_basis
        return ChangeOfBasis(np.kron(to_basis, one).astype(np.float64), np.kron(from_basis, one).astype(np.float64))

    product = Rep(rep.group, blocks, change)
    product._units = tuple((count * copies, unit) for count, unit in rep.units)
    return product


def direct_sum(first: Rep, second: Rep) -> Rep:
    """The features of both, one after the other."""
    from intertwine.representations.rep import ChangeOfBasis, Rep

    blocks = [*first.blocks, *second.blocks]
    if first.is_by_irreps and second.is_by_irreps:
        return Rep(first.group, blocks)

    def change() -> ChangeOfBasis:
        pairs = zip(first.change_of_basis, second.change_of_basis, strict=True)
        return ChangeOfBasis(*(_block_diagonal(x, y) for x, y in pairs))

    total = Rep(first.group, blocks, change)
    total._units = (*first.units, *second.units)
    return total


def _block_diagonal(x: RealArray, y: RealArray) -> RealArray:
    full = np.zeros((x.shape[0] + y.shape[0], x.shape[1] + y.shape[1]))
    full[: x.shape[0], : x.shape[1]] = x
    full[x.shape[0] :, x.shape[1] :] = y
    return full


def restrict_fields(rep: Rep, subgroup: Group | str, embedding: Any = None) -> Rep:
    """The same features under a subgroup, unit by unit: `16 * regular("C8")` stays 16 copies of a unit of C4.

    With `embedding` as in `Rep.restrict`, which loses the units. Give the next layer `vector.restrict(subgroup)` too.
    """
    parts = [unit.restrict(subgroup, embedding) * copies for copies, unit in rep.units]
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total
