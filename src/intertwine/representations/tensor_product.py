"""The tensor product of two real representations: its irreps by labels, its change of basis by Clebsch–Gordan maps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from intertwine.groups.theory import RealArray
from intertwine.representations.gram_schmidt import orthogonal_images
from intertwine.representations.irrep import Irrep
from intertwine.representations.real_clebsch_gordan import clebsch_gordan, real_multiplicity

if TYPE_CHECKING:
    from intertwine.representations.rep import ChangeOfBasis, Rep


def product_irreps(a: Irrep, b: Irrep) -> dict[Irrep, int]:
    """Multiplicities of the real irreps in W_a ⊗ W_b, from labels alone, in order."""
    group, theory = a.group, a.group.theory
    found: set[Irrep] = set()
    for alpha in {a.label, theory.conjugate(a.label)}:
        found.update(Irrep(group, label) for label in theory.decompose(alpha, b.label))
    return {c: real_multiplicity(a, b, c) // c.commutant_dim for c in sorted(found)}


def product_maps(a: Irrep, b: Irrep, c: Irrep) -> RealArray:
    """[n, a.real_dim, b.real_dim, c.real_dim]: isometries of c into a ⊗ b with orthogonal images, n the multiplicity.

    One map of each orbit of c's commutant among `clebsch_gordan(a, b, c)`.
    """
    C = clebsch_gordan(a, b, c)
    if c.commutant_dim == 1:
        return C
    if not len(C):
        return C
    columns = orthogonal_images([one.reshape(-1, c.real_dim) for one in C], len(C) // c.commutant_dim)
    return np.array(columns).reshape(-1, a.real_dim, b.real_dim, c.real_dim)


def square_maps(a: Irrep, c: Irrep, *, symmetric: bool) -> RealArray:
    """[n, a.real_dim, a.real_dim, c.real_dim]: the maps of `product_maps(a, a, c)` from Sym² a, or from Λ² a.

    C[…, i, j, k] = ±C[…, j, i, k]; both together span what product_maps spans.
    """
    C = clebsch_gordan(a, a, c)
    swapped = C.swapaxes(1, 2)
    parts = C + swapped if symmetric else C - swapped
    rank = int(np.linalg.matrix_rank(parts.reshape(len(C), C[:1].size), tol=1e-6)) if len(C) else 0
    if not rank:
        return C[:0]
    images = orthogonal_images([one.reshape(-1, c.real_dim) for one in parts], rank // c.commutant_dim)
    return np.array(images).reshape(-1, a.real_dim, a.real_dim, c.real_dim)


def tensor_product(left: Rep, right: Rep) -> Rep:
    """left ⊗ right in the Kronecker basis; blocks sorted, one for each irrep."""
    from intertwine.representations.rep import Rep

    counts: dict[Irrep, int] = {}
    for x in left.blocks:
        for y in right.blocks:
            for c, n in product_irreps(x.irrep, y.irrep).items():
                counts[c] = counts.get(c, 0) + n * x.multiplicity * y.multiplicity
    total = Rep(left.group, [(counts[c], c) for c in sorted(counts)])
    return Rep(left.group, total.blocks, lambda: _change_of_basis(left, right, total))


def _change_of_basis(left: Rep, right: Rep, total: Rep) -> ChangeOfBasis:
    """Q columns ordered as the total's features by irreps, rows as np.kron of the factors' features."""
    from intertwine.representations.rep import ChangeOfBasis

    Q = np.zeros((left.dim, right.dim, total.dim))
    filled = {block.irrep: 0 for block in total.blocks}
    where = {block.irrep: (start, block) for block, start in zip(total.blocks, total.slices, strict=True)}
    for x, rows in zip(left.blocks, left.slices, strict=True):
        for y, columns in zip(right.blocks, right.slices, strict=True):
            m, n = x.multiplicity, y.multiplicity
            part = Q[rows, columns].reshape(x.irrep.real_dim, m, y.irrep.real_dim, n, total.dim)
            for c in product_irreps(x.irrep, y.irrep):
                maps = product_maps(x.irrep, y.irrep, c)
                start, block = where[c]
                target = part[..., start].reshape(*part.shape[:4], c.real_dim, block.multiplicity)
                for p in range(m):
                    for q in range(n):
                        stop = filled[c] + len(maps)
                        target[:, p, :, q, :, filled[c] : stop] = maps.transpose(1, 2, 3, 0)
                        filled[c] = stop
                part[..., start] = target.reshape(*part.shape[:4], -1)
            Q[rows, columns] = part.reshape(x.dim, y.dim, total.dim)
    flat: RealArray = Q.reshape(left.dim * right.dim, total.dim)
    if left.is_by_irreps and right.is_by_irreps:
        return ChangeOfBasis(flat, flat.T)
    to_left, from_left = left.change_of_basis
    to_right, from_right = right.change_of_basis
    return ChangeOfBasis(_kron_apply(to_left, to_right, flat), _kron_apply(from_left.T, from_right.T, flat).T)


def _kron_apply(A: RealArray, B: RealArray, Q: RealArray) -> RealArray:
    """kron(A, B) @ Q without the Kronecker product."""
    n = Q.shape[1]
    first = np.tensordot(A, Q.reshape(A.shape[1], B.shape[1], n), axes=(1, 0))
    return np.ascontiguousarray(np.matmul(B, first).reshape(-1, n))
