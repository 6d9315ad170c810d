"""Bases of steerable kernels between two units, assembled from those between their irreps."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from intertwine.errors import ConfigurationError
from intertwine.groups.theory import RealArray
from intertwine.representations.irrep import Irrep
from intertwine.representations.kernels.function_space import FunctionSpace
from intertwine.representations.kernels.irrep_kernels import irrep_kernels
from intertwine.representations.rep import Rep

MAX_ENTRIES = 2**28  # of one basis: 2 GiB

Pair = tuple[Irrep, Irrep]


class KernelBasis(NamedTuple):
    """Kernels K with K(g x) ρ_in(g) = ρ_out(g) K(x), sampled on the points.

    Attributes
    ----------
    kernels:
        [d_out, d_in, points, n], contiguous; each is scaled to Σ K² = dimension of the irrep of ρ_out that it reaches.
    block:
        int [n]: which block of ρ_out that is.
    """

    kernels: RealArray
    block: NDArray[np.intp]


def kernel_basis(functions: Sequence[FunctionSpace], rep_in: Rep, rep_out: Rep) -> KernelBasis:
    """The kernels ρ_in → ρ_out with scalar parts from `functions`.

    Kernels that vanish on the points are left out. Raises ConfigurationError for a basis of more than 2²⁸ numbers.
    """
    return assembled(irrep_kernels(functions, pairs_of_irreps([(rep_in, rep_out)])), rep_in, rep_out)


def pairs_of_irreps(pairs: Iterable[tuple[Rep, Rep]]) -> tuple[Pair, ...]:
    """The different pairs (irrep in, irrep out) of pairs of units, in order."""
    return tuple(
        dict.fromkeys(
            (one.irrep, other.irrep) for rep_in, rep_out in pairs for other in rep_out.blocks for one in rep_in.blocks
        )
    )


def assembled(parts: Mapping[Pair, RealArray], rep_in: Rep, rep_out: Rep) -> KernelBasis:
    """The kernels between two units from those between their irreps, [d_out, d_in, points, n] each."""
    points = next((part.shape[2] for part in parts.values()), 0)
    counts = [[m * parts[one, other].shape[3] for m, one in rep_in.blocks] for _, other in rep_out.blocks]
    total = sum(sum(row) * copies for row, (copies, _) in zip(counts, rep_out.blocks, strict=True))
    if total * rep_in.dim * rep_out.dim * points > MAX_ENTRIES:
        raise ConfigurationError(
            "a kernel basis too large to hold",
            received=f"{rep_in.dim} × {rep_out.dim} features, {points} points, {total} kernels",
            fix="use fields by irreps (rep.by_irreps()), whose blocks are expanded one by one",
        )
    full = np.zeros((rep_out.dim, rep_in.dim, points, total))
    blocks = np.zeros(total, dtype=np.intp)
    to_basis = None if rep_out.is_by_irreps else rep_out.change_of_basis.to_basis
    start = 0
    for block, (copies, irrep_out) in enumerate(rep_out.blocks):
        n, where = sum(counts[block]), rep_out.slices[block]
        of_block = slice(start, start := start + n * copies)
        blocks[of_block] = block
        if copies == 1 and to_basis is None:
            _fill(full[where, ..., of_block], parts, rep_in, irrep_out)
            continue
        row = np.zeros((irrep_out.real_dim, rep_in.dim, points, n))
        _fill(row, parts, rep_in, irrep_out)
        for copy in range(copies):
            features = slice(where.start + copy, where.stop, copies)
            moved = row if to_basis is None else np.tensordot(to_basis[:, features], row, axes=1)
            target = full[features if to_basis is None else slice(None), ..., of_block]
            for first, last in _runs(counts[block] if copies > 1 else [n]):  # by irreps of ρ_in
                shift = copy * (last - first) + first * (copies - 1)
                target[..., first + shift : last + shift] = moved[..., first:last]
    return KernelBasis(full, blocks)


def _runs(counts: Sequence[int]) -> list[tuple[int, int]]:
    """Where runs of these lengths start and stop, one after the other."""
    return list(itertools.pairwise(itertools.accumulate(counts, initial=0)))


def _fill(row: RealArray, parts: Mapping[Pair, RealArray], rep_in: Rep, irrep_out: Irrep) -> None:
    """Into zeros [irrep_out.real_dim, rep_in.dim, points, n]: the kernels that reach one copy of an irrep."""
    start = 0
    for (copies, irrep_in), where in zip(rep_in.blocks, rep_in.slices, strict=True):
        part = parts[irrep_in, irrep_out]
        for copy in range(copies):
            row[:, where.start + copy : where.stop : copies, :, start : start + part.shape[3]] = part
            start += part.shape[3]
    if not rep_in.is_by_irreps:
        row[:] = (rep_in.change_of_basis.from_basis.T @ row.reshape(len(row), rep_in.dim, -1)).reshape(row.shape)
