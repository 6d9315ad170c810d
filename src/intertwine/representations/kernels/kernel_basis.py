"""Bases of steerable kernels between two units: Hom_G(functions ⊗ ρ_in, ρ_out) by Clebsch–Gordan maps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from intertwine.errors import ConfigurationError
from intertwine.groups.theory import RealArray
from intertwine.representations.irrep import Irrep
from intertwine.representations.kernels.function_space import FunctionSpace
from intertwine.representations.real_clebsch_gordan import clebsch_gordan, product_labels
from intertwine.representations.rep import Rep

MAX_ENTRIES = 2**28  # of one basis: 2 GiB


class KernelBasis(NamedTuple):
    """Kernels K with K(g x) ρ_in(g) = ρ_out(g) K(x), sampled on the points.

    Attributes
    ----------
    kernels:
        [n, d_out, d_in, points]; each is scaled to Σ K² = dimension of the irrep of ρ_out that it reaches.
    block:
        int [n]: which block of ρ_out that is.
    """

    kernels: RealArray
    block: NDArray[np.intp]


def kernel_basis(functions: Sequence[FunctionSpace], rep_in: Rep, rep_out: Rep) -> KernelBasis:
    """The kernels ρ_in → ρ_out with scalar parts from `functions`; source of the construction: Lang and Weiler
    (2010.10952), a Wigner–Eckart theorem for steerable kernels.

    Kernels that vanish on the points are left out. Raises ConfigurationError for a basis of more than 2²⁸ numbers.
    """
    points = functions[0].samples.shape[-1]
    by_irreps = _by_irreps(functions)
    known: dict[tuple[Irrep, Irrep], RealArray] = {}
    parts: list[RealArray] = []
    blocks: list[int] = []
    placed: list[tuple[slice, slice]] = []
    entries = 0
    for o, (copies_out, irrep_out) in enumerate(rep_out.blocks):
        for i, (copies_in, irrep_in) in enumerate(rep_in.blocks):
            pair = irrep_in, irrep_out
            if pair not in known:
                known[pair] = _irrep_kernels(by_irreps, irrep_in, irrep_out, points)
            found = known[pair]
            if not len(found):
                continue
            entries += len(found) * copies_in * copies_out * rep_in.dim * rep_out.dim * points
            if entries > MAX_ENTRIES:
                raise ConfigurationError(
                    "a kernel basis too large to hold",
                    received=f"{rep_in.dim} × {rep_out.dim} features, {points} points",
                    fix="use fields by irreps (rep.by_irreps()), whose blocks are expanded one by one",
                )
            for p in range(copies_out):
                for q in range(copies_in):
                    parts.append(found)
                    blocks += [o] * len(found)
                    placed.append((_copy(rep_out.slices[o], p, copies_out), _copy(rep_in.slices[i], q, copies_in)))
    full = np.zeros((len(blocks), rep_out.dim, rep_in.dim, points))
    start = 0
    for part, (rows, columns) in zip(parts, placed, strict=True):
        full[start : start + len(part), rows, columns] = part
        start += len(part)
    if not rep_in.is_by_irreps:
        full = rep_in.change_of_basis.from_basis.T @ full
    if not rep_out.is_by_irreps:
        n, d_out, d_in, _ = full.shape
        full = (rep_out.change_of_basis.to_basis @ full.reshape(n, d_out, -1)).reshape(n, -1, d_in, points)
    return KernelBasis(full, np.array(blocks, dtype=np.intp))


def _by_irreps(functions: Sequence[FunctionSpace]) -> list[tuple[Irrep, RealArray]]:
    """Every irrep among the functions, with its functions [copies, radial, irrep.real_dim, points]."""
    found = []
    for rep, samples in functions:
        to_irreps = rep.change_of_basis.from_basis
        for (copies, irrep), where in zip(rep.blocks, rep.slices, strict=True):
            rows = to_irreps[where].reshape(irrep.real_dim, copies, rep.dim).transpose(1, 0, 2)
            found.append((irrep, rows[:, None] @ samples))
    return found


def _irrep_kernels(
    functions: list[tuple[Irrep, RealArray]], irrep_in: Irrep, irrep_out: Irrep, points: int
) -> RealArray:
    d_in, d_out = irrep_in.real_dim, irrep_out.real_dim
    parts = [np.zeros((0, d_out, d_in, points))]
    for irrep, values in functions:
        if irrep_out.label in product_labels(irrep, irrep_in):
            table = clebsch_gordan(irrep, irrep_in, irrep_out)  # [n, k, i, o]
            maps = table.transpose(0, 3, 2, 1).reshape(len(table), 1, 1, d_out * d_in, irrep.real_dim)
            parts.append((maps @ values).reshape(-1, d_out, d_in, points))
    kernels = np.concatenate(parts)
    size = np.sqrt((kernels**2).sum((1, 2, 3)) / d_out)
    kept = size > 1e-6
    found: RealArray = kernels[kept] / size[kept, None, None, None]
    return found


def _copy(where: slice, copy: int, copies: int) -> slice:
    """One copy of a block [d, copies]."""
    return slice(where.start + copy, where.stop, copies)
