"""ElementwiseProduct: channel u of one feature times channel u of the other, to every irrep of the product."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from intertwine.errors import RepresentationError
from intertwine.nn.constant import Constant
from intertwine.nn.equivariant_module import EquivariantModule
from intertwine.nn.full_precision import in_full_precision
from intertwine.nn.native_elementwise_product import native_runs, product
from intertwine.nn.product_plan import require_one_group
from intertwine.representations import Irrep, Rep, product_maps
from intertwine.representations.tensor_product import product_irreps

ZERO = 1e-12  # coefficients below are rounding


class ElementwiseProduct(EquivariantModule):
    """out[k, u] = Σ_ij C_p[i, j, k] x1[i, u] x2[j, u]: no weights, each map to channels of its own.

    Parameters
    ----------
    rep_1, rep_2:
        By irreps of one group; block n of rep_1 and block n of rep_2 have as many channels and are multiplied.
    irreps:
        The irreps of the output to keep; None keeps all. rep_out holds them block by block in the order of the
        blocks, then of the irreps.

    Shape: [..., rep_1.dim], [..., rep_2.dim] → [..., rep_out.dim]. Under autocast it is made in float32.

    Raises
    ------
    RepresentationError
        For different groups, channels that do not pair up, or where nothing is kept.
    """

    def __init__(
        self,
        rep_1: Rep,
        rep_2: Rep,
        *,
        irreps: Sequence[Irrep] | None = None,
        dtype: torch.dtype | None = None,
        device: torch.device | str | None = None,
    ) -> None:
        require_one_group(rep_1, rep_2)
        pairs = [(one.multiplicity, two.multiplicity) for one, two in zip(rep_1.blocks, rep_2.blocks, strict=False)]
        if len(rep_1.blocks) != len(rep_2.blocks) or any(m != n for m, n in pairs):
            raise RepresentationError(
                "the channels of an elementwise product do not pair up",
                received=f"{rep_1} and {rep_2}",
                expected="as many blocks on both sides, with equal multiplicities",
            )
        found: list[tuple[int, Irrep]] = []
        self_maps: list[Constant] = []
        for one, two in zip(rep_1.blocks, rep_2.blocks, strict=True):
            targets = [c for c in sorted(product_irreps(one.irrep, two.irrep)) if irreps is None or c in irreps]
            parts = [product_maps(one.irrep, two.irrep, c) for c in targets]
            found += [(len(maps) * one.multiplicity, c) for maps, c in zip(parts, targets, strict=True)]
            # [d_1 d_2, n, d_out] → rows (d_out, n): channels of the n maps side by side
            rows = [C.transpose(3, 0, 1, 2).reshape(-1, C.shape[1] * C.shape[2]) for C in parts]
            flat = np.concatenate([np.zeros((0, one.irrep.real_dim * two.irrep.real_dim)), *rows])
            self_maps.append(Constant(flat, dtype=dtype, device=device))
        if not found:
            raise RepresentationError(
                "nothing is left of the elementwise product", received=irreps, expected=f"irreps in {rep_1 @ rep_2}"
            )
        super().__init__(rep_1, Rep(rep_1.group, found))
        self.rep_1, self.rep_2 = rep_1, rep_2
        self.maps = torch.nn.ModuleList(self_maps)
        self.terms, self.coefficients = _sparse(rep_1, rep_2, [one.exact for one in self_maps])

    @property
    def reps_in(self) -> tuple[Rep, ...]:
        """Those of both factors."""
        return (self.rep_1, self.rep_2)

    def forward(
        self, x1: Float[Tensor, "*batch left"], x2: Float[Tensor, "*batch right"]
    ) -> Float[Tensor, "*batch out"]:
        if x1.shape[-1] != self.rep_1.dim or x2.shape[-1] != self.rep_2.dim or x1.shape[:-1] != x2.shape[:-1]:
            raise RepresentationError(
                "the features do not fit the product",
                received=f"shapes {tuple(x1.shape)} and {tuple(x2.shape)}",
                expected=f"[..., {self.rep_1.dim}] and [..., {self.rep_2.dim}] with equal leading axes",
            )
        return in_full_precision(self._product, x1, x2)

    def _product(self, x1: Tensor, x2: Tensor) -> Tensor:
        if native_runs(x1, x2):
            return product(x1, x2, self.terms, self.coefficients, self.rep_out.dim)
        parts = []
        lefts = x1.split([block.dim for block in self.rep_1.blocks], dim=-1)
        rights = x2.split([block.dim for block in self.rep_2.blocks], dim=-1)
        for maps, one, two, x, y in zip(self.maps, self.rep_1.blocks, self.rep_2.blocks, lefts, rights, strict=True):
            left = x.unflatten(-1, (one.irrep.real_dim, 1, -1))
            right = y.unflatten(-1, (1, two.irrep.real_dim, -1))
            pairs = (left * right).flatten(-3, -2)  # [..., d_1 d_2, m]
            parts.append((maps().to(pairs) @ pairs).flatten(-2))
        return torch.cat(parts, dim=-1)

    def extra_repr(self) -> str:
        """Both factors and the product."""
        return f"{self.rep_out.group.name}: {self.rep_1} ∘ {self.rep_2} → {self.rep_out}"


def _sparse(
    rep_1: Rep, rep_2: Rep, maps: Sequence[NDArray[np.float64]]
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """(out, left, right, width) [n, 4]: where the channels of each non-zero coefficient [n] begin."""
    terms, coefficients, out = [], [], 0
    for exact, one, two, at_1, at_2 in zip(maps, rep_1.blocks, rep_2.blocks, rep_1.slices, rep_2.slices, strict=True):
        m = one.multiplicity
        for row, column in zip(*np.nonzero(np.abs(exact) > ZERO), strict=True):
            i, j = divmod(int(column), two.irrep.real_dim)
            terms.append((out + int(row) * m, at_1.start + i * m, at_2.start + j * m, m))
            coefficients.append(exact[row, column])
        out += len(exact) * m
    return np.array(terms, dtype=np.int32).reshape(-1, 4), np.array(coefficients, dtype=np.float64)
