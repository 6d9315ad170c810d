"""TensorSquare: every pair of channels of one feature, each pair once, mixed to every channel of the output."""

from __future__ import annotations

from math import sqrt
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from intertwine.errors import RepresentationError
from intertwine.groups.theory import RealArray
from intertwine.nn.blockwise import blockwise
from intertwine.nn.constant import Constant
from intertwine.nn.equivariant_module import EquivariantModule
from intertwine.nn.feature_checks import check_features, require_by_irreps
from intertwine.nn.full_precision import in_full_precision
from intertwine.nn.linear import Linear
from intertwine.nn.product_plan import require_one_group
from intertwine.representations import Irrep, Rep, product_maps, square_maps

_CACHED = 1 << 22  # bytes of one block of separate paths


class _Pairs(NamedTuple):
    """Channels u of block i with channels v of block j, and the maps of irrep_i ⊗ irrep_j to one irrep."""

    i: int
    j: int
    maps: RealArray  # [n, d_i, d_j, d_out]
    u: list[int]
    v: list[int]


class TensorSquare(EquivariantModule):
    """out[k, w] = Σ_paths Σ_{u ≤ v} W_p[u, v, w] Σ_ij C_p[i, j, k] x[i, u] x[j, v]: all of Hom_G(Sym² rep_in, rep_out).

    Of x ⊗ x only the symmetric half is not 0 or double: different channels by every map, a channel with itself by the
    symmetric maps only. About half the weights and products of a FullyConnectedProduct of x with itself.

    Parameters
    ----------
    rep_in, rep_out:
        Representations of one group, by irreps, any multiplicities.

    Shape: [..., rep_in.dim] → [..., rep_out.dim]. Second moments of 1 stay 1. Under autocast it is made in float32.

    Raises
    ------
    RepresentationError
        Where an irrep of rep_out is out of reach, or representations do not match.
    """

    def __init__(
        self, rep_in: Rep, rep_out: Rep, *, dtype: torch.dtype | None = None, device: torch.device | str | None = None
    ) -> None:
        super().__init__(rep_in, rep_out)
        require_by_irreps(rep_in, "TensorSquare")
        require_one_group(rep_in, rep_out)
        self.pairs: list[_Pairs] = []
        self.tables = nn.ModuleList()  # [d_out n, d_i d_j] for each of them
        self.targets: list[int] = []  # and which irrep of rep_out they go to
        counts: list[tuple[int, Irrep]] = []
        for target, irrep in enumerate(rep_out.irreps):
            found = [pairs for pairs in _pairs(rep_in, irrep) if len(pairs.maps) and pairs.u]
            if not found:
                raise RepresentationError(
                    f"no path reaches the irrep {irrep} of rep_out",
                    received=f"the square of {rep_in}",
                    fix="drop it from rep_out",
                )
            for pairs in found:
                rows = pairs.maps.transpose(3, 0, 1, 2).reshape(-1, pairs.maps.shape[1] * pairs.maps.shape[2])
                self.tables.append(Constant(rows, dtype=dtype, device=device))
            self.pairs += found
            self.targets += [target] * len(found)
            counts.append((sum(len(pairs.maps) * len(pairs.u) for pairs in found), irrep))
        self.rep_pairs = Rep(rep_in.group, counts)
        self.mix = Linear(self.rep_pairs, rep_out, bias=False, dtype=dtype, device=device)

    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        """Draw the weights anew."""
        self.mix.reset_parameters(generator)

    def forward(self, x: Float[Tensor, "*batch features"]) -> Float[Tensor, "*batch out"]:
        check_features(x, self.rep_in)
        return in_full_precision(self._square, x)

    def _square(self, x: Tensor) -> Tensor:
        flat = x.reshape(-1, self.rep_in.dim)
        size = max(_CACHED // (max(self.rep_pairs.dim, 1) * x.element_size()), 16)
        y = blockwise(self._mixed, (flat,), (self.mix.weight,), size)
        return y.reshape(*x.shape[:-1], self.rep_out.dim)

    def _mixed(self, x: Tensor, weight: Tensor) -> Tensor:
        blocks = [
            x[..., where].unflatten(-1, (block.irrep.real_dim, block.multiplicity))
            for block, where in zip(self.rep_in.blocks, self.rep_in.slices, strict=True)
        ]
        channels: list[list[Tensor]] = [[] for _ in self.rep_pairs.blocks]
        for pairs, table, target in zip(self.pairs, self.tables, self.targets, strict=True):
            left, right = blocks[pairs.i][..., pairs.u], blocks[pairs.j][..., pairs.v]
            products = (left.unsqueeze(-2) * right.unsqueeze(-3)).flatten(-3, -2)  # [..., d_i d_j, pairs]
            channels[target].append((table().to(products) @ products).unflatten(-2, (-1, len(pairs.maps))).flatten(-2))
        squares = torch.cat([torch.cat(parts, dim=-1).flatten(-2) for parts in channels], dim=-1)
        mixed: Tensor = torch.func.functional_call(self.mix, {"weight": weight}, (squares,))
        return mixed


def _pairs(rep: Rep, irrep: Irrep) -> list[_Pairs]:
    """All pairs of channels, each once, scaled so that second moments of 1 give 1."""
    found: list[_Pairs] = []
    for i, one in enumerate(rep.blocks):
        m = one.multiplicity
        symmetric = square_maps(one.irrep, irrep, symmetric=True)
        upper = np.triu_indices(m, 1)
        different = (upper[0].tolist(), upper[1].tolist())
        found.append(_Pairs(i, i, _with_itself(symmetric), list(range(m)), list(range(m))))
        found.append(_Pairs(i, i, symmetric, *different))
        found.append(_Pairs(i, i, square_maps(one.irrep, irrep, symmetric=False), *different))
        for j in range(i + 1, len(rep.blocks)):
            n = rep.blocks[j].multiplicity
            u, v = np.divmod(np.arange(m * n), n)
            found.append(_Pairs(i, j, product_maps(one.irrep, rep.blocks[j].irrep, irrep), u.tolist(), v.tolist()))
    return found


def _with_itself(maps: RealArray) -> RealArray:
    """Symmetric maps, scaled for x ⊗ x with standard normal x: E (xᵀ M x)² = 2 |M|² + (tr M)²."""
    scaled = [C * sqrt(C.shape[2] / (2 * (C**2).sum() + (np.trace(C) ** 2).sum())) for C in maps]
    return np.array(scaled).reshape(maps.shape)
