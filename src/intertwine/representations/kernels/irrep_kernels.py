"""Steerable kernels between irreps: Hom_G(functions ⊗ ρ_in, ρ_out) by Clebsch–Gordan maps.

Source of the construction: Lang and Weiler (2010.10952), a Wigner–Eckart theorem for steerable kernels.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from intertwine.groups.theory import RealArray
from intertwine.representations.irrep import Irrep
from intertwine.representations.kernels.function_space import FunctionSpace
from intertwine.representations.real_clebsch_gordan import clebsch_gordan, product_labels


def irrep_kernels(
    functions: Sequence[FunctionSpace], pairs: Iterable[tuple[Irrep, Irrep]]
) -> dict[tuple[Irrep, Irrep], RealArray]:
    """[d_out, d_in, points, n] for every (irrep in, irrep out): all kernels with scalar parts from `functions`.

    Each is scaled to Σ K² = d_out; those that vanish on the points are left out.
    """
    by_irreps = _by_irreps(functions)
    points = functions[0].samples.shape[-1]
    return {(one, other): _between(by_irreps, one, other, points) for one, other in pairs}


def _by_irreps(functions: Sequence[FunctionSpace]) -> list[tuple[Irrep, RealArray]]:
    """Every irrep among the functions, with its functions [copies, radial, irrep.real_dim, points]."""
    found = []
    for rep, samples in functions:
        to_irreps = rep.change_of_basis.from_basis
        for (copies, irrep), where in zip(rep.blocks, rep.slices, strict=True):
            rows = to_irreps[where].reshape(irrep.real_dim, copies, rep.dim).transpose(1, 0, 2)
            found.append((irrep, rows[:, None] @ samples))
    return found


def _between(functions: list[tuple[Irrep, RealArray]], irrep_in: Irrep, irrep_out: Irrep, points: int) -> RealArray:
    d_in, d_out = irrep_in.real_dim, irrep_out.real_dim
    parts = [np.zeros((0, d_out * d_in * points))]
    for irrep, values in functions:
        if irrep_out.label in product_labels(irrep, irrep_in):
            table = clebsch_gordan(irrep, irrep_in, irrep_out)  # [n, k, i, o]
            maps = table.transpose(0, 3, 2, 1).reshape(len(table), 1, 1, d_out * d_in, irrep.real_dim)
            parts.append((maps @ values).reshape(-1, d_out * d_in * points))
    kernels = np.concatenate(parts)
    size = np.sqrt(np.einsum("nk,nk->n", kernels, kernels) / d_out)
    kept = size > 1e-6
    found: RealArray = (kernels[kept] / size[kept, None]).T.reshape(d_out, d_in, points, -1)
    return np.ascontiguousarray(found)
