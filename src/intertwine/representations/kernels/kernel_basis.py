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
from intertwine.representations.real_clebsch_gordan import clebsch_gordan
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
    parts: list[RealArray] = []
    blocks: list[int] = []
    placed: list[tuple[slice, slice]] = []
    entries = 0
    for o, (copies_out, irrep_out) in enumerate(rep_out.blocks):
        for i, (copies_in, irrep_in) in enumerate(rep_in.blocks):
            found = irrep_kernels(functions, irrep_in, irrep_out)
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
        full = np.einsum("noiy,ij->nojy", full, rep_in.change_of_basis.from_basis, optimize=True)
    if not rep_out.is_by_irreps:
        full = np.einsum("po,noiy->npiy", rep_out.change_of_basis.to_basis, full, optimize=True)
    return KernelBasis(full, np.array(blocks, dtype=np.intp))


def irrep_kernels(functions: Sequence[FunctionSpace], irrep_in: Irrep, irrep_out: Irrep) -> RealArray:
    """[n, d_out, d_in, points] between two irreps."""
    d_in, d_out = irrep_in.real_dim, irrep_out.real_dim
    found = []
    for space in functions:
        maps = _maps(space.rep, irrep_in, irrep_out)
        kernels = np.einsum("nmio,rmx->nroix", maps, space.samples, optimize=True)
        kernels = kernels.reshape(-1, d_out, d_in, kernels.shape[-1])
        size = np.sqrt((kernels**2).sum((1, 2, 3)) / d_out)
        kept = size > 1e-6
        found.append(kernels[kept] / size[kept, None, None, None])
    return np.concatenate(found)


def _maps(functions: Rep, irrep_in: Irrep, irrep_out: Irrep) -> RealArray:
    """[n, functions.dim, d_in, d_out]: a basis of Hom_G(functions ⊗ in, out)."""
    to_irreps = functions.change_of_basis.from_basis
    parts = [np.zeros((0, functions.dim, irrep_in.real_dim, irrep_out.real_dim))]
    for (copies, irrep), where in zip(functions.blocks, functions.slices, strict=True):
        table = clebsch_gordan(irrep, irrep_in, irrep_out)
        if len(table):
            P = to_irreps[where].reshape(irrep.real_dim, copies, -1)
            maps = np.einsum("nkio,kqm->nqmio", table, P, optimize=True)
            parts.append(maps.reshape(-1, *parts[0].shape[1:]))
    return np.concatenate(parts)


def _copy(where: slice, copy: int, copies: int) -> slice:
    """One copy of a block [d, copies]."""
    return slice(where.start + copy, where.stop, copies)
