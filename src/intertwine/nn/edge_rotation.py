"""EdgeRotation: the matrices that take the z axis to each edge's direction, in irreps of SO(3)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor, nn

from intertwine.groups.theory import RealArray
from intertwine.nn.constant import Constant
from intertwine.nn.rotation_polynomials import rotation_polynomials
from intertwine.representations import Irrep

_EDGES = 64  # edges side by side, as channels are elsewhere


class EdgeRotation(nn.Module):
    """Directions [edges, 3], of length 1 → [edges, Σ d²]: the matrices D of each irrep, row by row.

    D(n) takes the components in the frame where the edge is the z axis to those in the space's frame. Which rotation
    about the axis comes first is arbitrary and jumps at n_z = 0; what is equivariant does not depend on it. Made
    in float64, whatever the features: its polynomials cancel, by factors that grow as 2^l.

    On the fused backend edges are the channels of one sparse product, V (powers of n_x + i n_y) times F
    (polynomials in n_z), with its own first and second derivatives; on the reference backend it is a matrix product.
    """

    def __init__(self, irreps: Sequence[Irrep], *, sparse: bool, device: torch.device | str | None = None) -> None:
        super().__init__()
        self.degree = max((irrep.real_dim - 1) // 2 for irrep in irreps)
        table, which = _joined(tuple(irreps))
        self.dim = which.shape[1]
        self.sparse = sparse
        if sparse:
            words, coefficients = _packed(tuple(irreps))
            self._words, self._coefficients = torch.from_numpy(words), torch.from_numpy(coefficients)
        else:
            self.table = Constant(table.transpose(0, 2, 1), dtype=torch.float64, device=device)
            self.register_buffer("which", torch.from_numpy(which).to(device), persistent=False)

    def forward(self, direction: Tensor) -> Tensor:
        edges = direction.shape[0]
        padded = nn.functional.pad(direction.double(), (0, 0, 0, -edges % _EDGES))
        x, y, z = padded.reshape(-1, _EDGES, 3).unbind(-1)  # [blocks, edges of a block]
        turned = torch.where(z < 0, -1.0, 1.0).to(z)
        y, z = y * turned, z * turned
        c = ((1 + z) / 2).sqrt()
        V = torch.cat(_powers(x / (2 * c), y / (2 * c), 2 * self.degree), dim=1)
        T = _chebyshev(2 * z - 1, self.degree)
        c, turned = c.unsqueeze(1), turned.unsqueeze(1)
        F = torch.cat([T, c * T, turned * T, turned * c * T], dim=1)
        matrices = self._sparse(V, F) if self.sparse else self._dense(V, F)
        return matrices.transpose(1, 2).reshape(-1, self.dim)[:edges]

    def _dense(self, V: Tensor, F: Tensor) -> Tensor:
        which = self.get_buffer("which")
        parts: list[Tensor] = [V[:, which[two]] * (self.table()[two].to(F) @ F) for two in (0, 1)]
        return parts[0] + parts[1]

    def _sparse(self, V: Tensor, F: Tensor) -> Tensor:
        from intertwine.nn.product_transforms import fused_product

        blocks, one = F.shape[0], F.new_ones(F.shape[0], 1)
        plan = (self._words, self._coefficients, self.dim * _EDGES)
        flat = fused_product(F.flatten(1), one, V.flatten(1), None, None, blocks, *plan)
        return flat.reshape(blocks, self.dim, _EDGES)


def _powers(re: Tensor, im: Tensor, n: int) -> tuple[Tensor, Tensor]:
    """Real and imaginary parts of (re + i im)^0 … ^n, [blocks, n + 1, edges], by doubling."""
    a, b = torch.stack([torch.ones_like(re), re], dim=1), torch.stack([torch.zeros_like(re), im], dim=1)
    while a.shape[1] <= n:
        c, d = a[:, -1:], b[:, -1:]
        a, b = torch.cat([a, a[:, 1:] * c - b[:, 1:] * d], dim=1), torch.cat([b, a[:, 1:] * d + b[:, 1:] * c], dim=1)
    return a[:, : n + 1], b[:, : n + 1]


def _chebyshev(t: Tensor, n: int) -> Tensor:
    """T_0(t) … T_n(t), [blocks, n + 1, edges], by T_(m+k) = 2 T_m T_k − T_(m−k)."""
    T = torch.stack([torch.ones_like(t), t], dim=1)
    while T.shape[1] <= n:
        T = torch.cat([T, 2 * T[:, -1:] * T[:, 1:] - T[:, :-1].flip(1)], dim=1)
    return T[:, : n + 1]


@lru_cache(maxsize=32)
def _joined(irreps: tuple[Irrep, ...]) -> tuple[RealArray, np.ndarray]:
    """Coefficients [2, features F, entries] and which power of v each takes, [2, entries], all irreps in a row."""
    degree = max((irrep.real_dim - 1) // 2 for irrep in irreps)
    size, tables, choices = degree + 1, [], []
    for irrep in irreps:
        found, d = rotation_polynomials(irrep), irrep.real_dim
        table = np.zeros((2, 4, size, d, d))
        kind = found.odd + 2 * np.broadcast_to(found.signs[:, None] < 0, (d, d))
        for k in range(4):
            table[:, k, : found.chebyshev.shape[1]] = found.chebyshev * (kind == k)[:, None]
        tables.append(table.reshape(2, 4 * size, d * d))
        imaginary, power = np.divmod(found.which, d)
        choices.append((power + imaginary * (2 * degree + 1)).reshape(2, d * d))
    return np.concatenate(tables, axis=2), np.concatenate(choices, axis=1)


@lru_cache(maxsize=32)
def _packed(irreps: tuple[Irrep, ...]) -> tuple[np.ndarray, RealArray]:
    """The same sum as channelwise.cpp reads it: F as x1, V as weights, edges as channels."""
    table, which = _joined(irreps)
    table = np.where(np.abs(table) < 1e-15 * np.abs(table).max(axis=(0, 1)), 0, table)
    powers = 2 * (2 * max((irrep.real_dim - 1) // 2 for irrep in irreps) + 1)
    path_row, path_weight, row_entry, row_out, entry_x1, coefficients = [0], [], [0], [], [], []
    for k in range(powers):
        for two, entry in np.argwhere(which == k):
            features = np.flatnonzero(table[two, :, entry])
            if features.size:
                entry_x1 += (features * _EDGES).tolist()
                coefficients += table[two, features, entry].tolist()
                row_entry.append(len(entry_x1))
                row_out.append(int(entry) * _EDGES)
        path_row.append(len(row_out))
        path_weight.append(k * _EDGES)
    n = len(entry_x1)
    counts = [powers, len(row_out), n, n, table.shape[1] * _EDGES, 1, powers * _EDGES, table.shape[2] * _EDGES]
    lists = [path_row, path_weight, [_EDGES] * powers, row_entry, row_out, list(range(n + 1)), entry_x1, [0] * n]
    words = np.array([*counts, *(word for one in lists for word in one)], dtype=np.int32)
    return words, np.array(coefficients, dtype=np.float64)
