"""e3nn's tensor products of 64x(0+1+2) ⊗ (0+1+2) → 64x(0+1+2) in O(3), and the way there and back from ours."""

from __future__ import annotations

import sys
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

import intertwine as tw
from intertwine.nn import ChannelwiseProduct

try:
    from e3nn import o3
except ModuleNotFoundError:
    sys.exit("this benchmark measures e3nn beside us: pip install intertwine[peers]")

CHANNELS, DEGREES = 64, (0, 1, 2)
NAMES = ("0e", "1o", "2e")
WIDTHS = [2 * degree + 1 for degree in DEGREES]


def bases() -> list[Tensor]:
    """Orthogonal Q_l with Q_l ρ_ours(g) = D_e3nn(g) Q_l, from the representation matrices alone."""
    group, rng, found = tw.group("O(3)"), np.random.default_rng(0), []
    elements = [group.sample(rng) for _ in range(4)]
    for name, width in zip(NAMES, WIDTHS, strict=True):
        equations = []
        for g in elements:
            rotation = torch.from_numpy(group.irrep("1o").matrix(g))
            ours = group.irrep(name).matrix(g)
            theirs = o3.Irrep(name).D_from_matrix(rotation).numpy()
            equations.append(np.kron(theirs, np.eye(width)) - np.kron(np.eye(width), ours.T))
        _, singular, rows = np.linalg.svd(np.concatenate(equations))
        assert singular[-1] < 1e-6, "no change of basis"
        assert width == 1 or singular[-2] > 1e-2, "more than one change of basis"
        found.append(torch.from_numpy(rows[-1].reshape(width, width) * np.sqrt(width)).float())
    return found


class Border:
    """Features from our basis and layout [d, m] to e3nn's basis, as [m, d] or, `channels_last`, [d, m]; and back."""

    def __init__(self, channels: int, *, channels_last: bool = False) -> None:
        self.Q, self.channels, self.theirs = bases(), channels, "iu" if channels_last else "ui"

    def to_theirs(self, x: Tensor) -> Tensor:
        turned = [
            torch.einsum(f"ij,...ju->...{self.theirs}", Q, part.unflatten(-1, (d, -1)))
            for Q, part, d in zip(self.Q, self._blocks(x), WIDTHS, strict=True)
        ]
        return torch.cat([p.flatten(-2) for p in turned], dim=-1).contiguous()

    def to_ours(self, x: Tensor) -> Tensor:
        shapes = [(d, -1) if self.theirs == "iu" else (-1, d) for d in WIDTHS]
        turned = [
            torch.einsum(f"ij,...{self.theirs}->...ju", Q, part.unflatten(-1, shape))
            for Q, part, shape in zip(self.Q, self._blocks(x), shapes, strict=True)
        ]
        return torch.cat([p.flatten(-2) for p in turned], dim=-1).contiguous()

    def _blocks(self, x: Tensor) -> tuple[Tensor, ...]:
        return x.split([self.channels * d for d in WIDTHS], dim=-1)


def apart(x: Tensor, into: list[int]) -> Tensor:
    """Features, or cotangents, repeated for every path by itself; `into`: the degree of each path."""
    blocks = x.split([CHANNELS * d for d in WIDTHS], dim=-1)
    return torch.cat([blocks[k] for k in into], dim=-1)


def summed(x: Tensor, into: list[int]) -> Tensor:
    """The paths' outputs added up degree by degree."""
    blocks = x.split([CHANNELS * WIDTHS[k] for k in into], dim=-1)
    return torch.cat([sum(b for b, k in zip(blocks, into, strict=True) if k == out) for out in range(3)], dim=-1)


def channelwise(paths: list[tuple[int, int, int]], *, separate: bool) -> o3.TensorProduct:
    """e3nn's product of the same paths; separate: each into an output block of its own."""
    left = o3.Irreps([(CHANNELS, name) for name in NAMES])
    out = [(CHANNELS, NAMES[k]) for _, _, k in paths] if separate else left
    instructions = [(i, j, p if separate else k, "uvu", True) for p, (i, j, k) in enumerate(paths)]
    return o3.TensorProduct(
        left, o3.Irreps([(1, name) for name in NAMES]), o3.Irreps(out), instructions, shared_weights=False,
        internal_weights=False, irrep_normalization="none", path_normalization="none",
    )  # fmt: skip


def path_factors(ours: ChannelwiseProduct, theirs: Callable[..., Tensor], left: Border, right: Border) -> Tensor:
    """[weights]: their weight = factor · ours, path by path (signs and normalisation of the coefficients)."""
    draw = torch.Generator().manual_seed(1)
    x1, x2 = torch.randn(1, ours.rep_1.dim, generator=draw), torch.randn(1, ours.rep_2.dim, generator=draw)
    factors = torch.empty(ours.weight_numel)
    for path in ours.plan.paths:
        weight = torch.zeros(1, ours.weight_numel)
        weight[:, path.weights] = 1.0
        one, two = left.to_theirs(ours(x1, x2, weight)), theirs(left.to_theirs(x1), right.to_theirs(x2), weight)
        factors[path.weights] = (one * two).sum() / (two * two).sum()
    return factors
