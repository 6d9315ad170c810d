"""Symmetric and antisymmetric powers of a real representation, with their change of basis to irreps.

Sym^n ⊂ Sym^{n-1} ⊗ V: every irrep of the product is projected and, by Schur's lemma, what is left of it is either zero
or one more copy, found by Gram–Schmidt over the commutant. The number of copies comes from the trace of the projector.
"""

from __future__ import annotations

from itertools import combinations, combinations_with_replacement
from math import factorial, prod

import numpy as np

from intertwine.errors import RepresentationError
from intertwine.groups.theory import RealArray
from intertwine.representations.gram_schmidt import orthogonal_images
from intertwine.representations.irrep import Irrep
from intertwine.representations.rep import ChangeOfBasis, Rep


def tensor_power(rep: Rep, n: int, *, symmetric: bool) -> Rep:
    """Sym^n or Λ^n of a representation, on orthonormal monomials in lexicographic order.

    Coordinates: the monomial x_i x_j … (i ≤ j ≤ …) stands for the normalised symmetrised tensor, x_i ∧ x_j …
    (i < j < …) for the normalised antisymmetrised one. Raises RepresentationError for a negative n.
    """
    if n < 0:
        raise RepresentationError("a power is a whole number", received=n, expected="0, 1, 2, …")
    if n == 0:
        return Rep(rep.group, [(1, rep.group.trivial)])
    if n == 1:
        return rep
    power = rep
    for k in range(2, n + 1):
        power = _next_power(power, rep, k, symmetric)
    return power


def monomials(dim: int, n: int, *, symmetric: bool) -> list[tuple[int, ...]]:
    """The index tuples that label the coordinates of Sym^n or Λ^n."""
    choose = combinations_with_replacement if symmetric else combinations
    return list(choose(range(dim), n))


def _next_power(power: Rep, rep: Rep, n: int, symmetric: bool) -> Rep:
    """Sym^n (Λ^n) from Sym^{n-1} ⊗ V; both factors' features in their own coordinates."""
    if not monomials(rep.dim, n, symmetric=symmetric):
        return Rep(rep.group, [])
    project = _projection(rep.dim, n, symmetric)
    product = power @ rep
    to_basis = product.change_of_basis.to_basis
    orthonormal = rep.is_by_irreps or np.allclose(
        rep.change_of_basis.from_basis, rep.change_of_basis.to_basis.T, atol=1e-12
    )
    blocks: list[tuple[int, Irrep]] = []
    columns: list[RealArray] = []
    for block, where in zip(product.blocks, product.slices, strict=True):
        d, m = block.irrep.real_dim, block.multiplicity
        images = (project @ to_basis[:, where]).reshape(-1, d, m)
        onto = project.T @ images.reshape(len(images), d * m)
        trace = float(np.einsum("ij,ji->", product.change_of_basis.from_basis[where], onto))
        copies = round(trace / d)
        if copies == 0:
            continue
        if orthonormal:
            kept = np.stack(orthogonal_images(list(np.moveaxis(images, 2, 0)), copies), axis=2)
        else:
            kept = images[:, :, _independent(images, copies)]
        blocks.append((copies, block.irrep))
        columns.append(kept.reshape(len(kept), d * copies))
    Q = np.concatenate(columns, axis=1)
    change = ChangeOfBasis(Q, Q.T) if orthonormal else ChangeOfBasis(Q, np.linalg.inv(Q).astype(np.float64))
    return Rep(rep.group, blocks, lambda: change)


def _independent(images: RealArray, copies: int) -> list[int]:
    """Which copies to keep where the basis is not orthonormal: pivoted by what each adds to those kept already."""
    kept: list[int] = []
    left = images.copy()
    for _ in range(copies):
        sizes = np.linalg.norm(left, axis=(0, 1))
        best = int(np.flatnonzero(sizes >= sizes.max() * (1 - 1e-6))[0])
        kept.append(best)
        basis, _ = np.linalg.qr(images[:, :, kept].reshape(len(images), -1))
        flat = images.reshape(len(images), -1)
        left = (flat - basis @ (basis.T @ flat)).reshape(images.shape)
    return kept


def _projection(dim: int, n: int, symmetric: bool) -> RealArray:
    """[monomials of degree n, monomials of degree n−1 × dim]: the partial isometry P^{n-1} ⊗ V → P^n, P P† = 1."""
    before = monomials(dim, n - 1, symmetric=symmetric)
    after = {one: i for i, one in enumerate(monomials(dim, n, symmetric=symmetric))}
    P = np.zeros((len(after), len(before), dim))
    for row, known in enumerate(before):
        for i in range(dim):
            if symmetric:
                target = tuple(sorted((*known, i)))
                # ⟨normalised monomial of degree n, (normalised monomial of degree n−1) ⊗ e_i⟩
                P[after[target], row, i] = np.sqrt(_orderings(known) / _orderings(target))
            elif i not in known:
                target = tuple(sorted((*known, i)))
                sign = (-1) ** sum(other > i for other in known)
                P[after[target], row, i] = sign / np.sqrt(n)
    return P.reshape(len(after), -1)


def _orderings(indices: tuple[int, ...]) -> int:
    return factorial(len(indices)) // prod(factorial(indices.count(i)) for i in set(indices))
