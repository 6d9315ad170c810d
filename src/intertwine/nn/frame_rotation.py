"""FrameRotation: features turned, edge by edge, by the matrices of EdgeRotation."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from intertwine.nn.product_transforms import fused_product
from intertwine.representations import Rep


class FrameRotation(nn.Module):
    """out[r(e)] += D(e) x[s(e)] on every block of a representation of SO(3) or O(3), or with Dᵀ: into the frame.

    `dims` are the dimensions of the irreps whose matrices D holds, in their order. With sparse=True the kernel of the
    fused product does it, gather and scatter included; else it is a batched matrix product.
    """

    def __init__(self, rep: Rep, dims: Sequence[int], *, inverse: bool, sparse: bool) -> None:
        super().__init__()
        self.rep, self.inverse, self.sparse = rep, inverse, sparse
        starts = np.cumsum([0, *(d * d for d in dims)])
        self.dim_matrices = int(starts[-1])
        self.starts = [int(starts[dims.index(block.irrep.real_dim)]) for block in rep.blocks]
        self.widest = max((block.multiplicity for block in rep.blocks), default=1)
        words = self._packed()
        self._words = torch.from_numpy(words)
        self._coefficients = torch.ones(int(words[3]), dtype=torch.float64)

    def forward(self, x: Tensor, matrices: Tensor, sender: Tensor | None, receiver: Tensor | None, rows: int) -> Tensor:
        """x [nodes or n, rep.dim], matrices [n, Σ d²] → [rows, rep.dim]."""
        if self.sparse:
            ones = x.new_ones(self.widest)
            plan = (self._words, self._coefficients, self.rep.dim)
            return fused_product(x, matrices, ones, sender, receiver, rows, *plan)
        x = x if sender is None else x.index_select(0, sender)
        parts = []
        for block, where, start in zip(self.rep.blocks, self.rep.slices, self.starts, strict=True):
            d = block.irrep.real_dim
            D = matrices[..., start : start + d * d].unflatten(-1, (d, d))
            parts.append(((D.mT if self.inverse else D) @ x[..., where].unflatten(-1, (d, -1))).flatten(-2))
        out = torch.cat(parts, dim=-1)
        return out if receiver is None else out.new_zeros(rows, out.shape[-1]).index_add(0, receiver, out)

    def _packed(self) -> np.ndarray:
        """One path a block, for channelwise.cpp: the matrices are x2, coefficients and weights are 1."""
        path_row, row_entry, row_out = [0], [0], []
        entry_x1: list[int] = []
        term_x2: list[int] = []
        for block, where, start in zip(self.rep.blocks, self.rep.slices, self.starts, strict=True):
            d, m = block.irrep.real_dim, block.multiplicity
            for k in range(d):
                entry_x1 += [where.start + i * m for i in range(d)]
                term_x2 += [start + (i * d + k if self.inverse else k * d + i) for i in range(d)]
                row_entry.append(len(entry_x1))
                row_out.append(where.start + k * m)
            path_row.append(len(row_out))
        n, paths = len(entry_x1), len(self.rep.blocks)
        counts = [paths, len(row_out), n, n, self.rep.dim, self.dim_matrices, self.widest, self.rep.dim]
        channels = [block.multiplicity for block in self.rep.blocks]
        lists = [path_row, [0] * paths, channels, row_entry, row_out, list(range(n + 1)), entry_x1, term_x2]
        return np.array([*counts, *(word for one in lists for word in one)], dtype=np.int32)
