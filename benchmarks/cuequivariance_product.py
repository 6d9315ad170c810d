"""cuEquivariance's tensor products on the CPU, and the way there and back from ours.

Its kernels are for CUDA: on CPUs it runs method "naive", torch operations. Layout [d, m], which it prefers as we do.
"""

from __future__ import annotations

import cuequivariance as cue
import cuequivariance_torch
import torch
from cuequivariance.group_theory.experimental.e3nn import O3_e3nn
from torch import Tensor

from e3nn_product import CHANNELS, NAMES, Border, summed
from intertwine.nn import ChannelwiseProduct

HIDDEN = cue.Irreps(O3_e3nn, "+".join(f"{CHANNELS}x{name}" for name in NAMES))
SPHERE = cue.Irreps(O3_e3nn, "+".join(NAMES))


class Channelwise:
    """The same 11 paths, each into a block of its own: the only way that the library has.

    `order` [weights] and `factors` [weights]: their weights = (ours · factors)[order], found by comparing every path
    with every path on one sample; raises where that is not a permutation.
    """

    def __init__(self, ours: ChannelwiseProduct, left: Border, right: Border) -> None:
        self.module = cuequivariance_torch.ChannelWiseTensorProduct(
            HIDDEN, SPHERE, [irrep for _, irrep in HIDDEN], layout=cue.ir_mul, shared_weights=False, method="naive",
            dtype=torch.float32,
        )  # fmt: skip
        self.into = [irrep.l for _, irrep in self.module.irreps_out]
        draw = torch.Generator().manual_seed(1)
        x1, x2 = torch.randn(1, ours.rep_1.dim, generator=draw), torch.randn(1, ours.rep_2.dim, generator=draw)
        units = torch.eye(len(ours.plan.paths)).repeat_interleave(CHANNELS, dim=1)
        n = len(units)
        one = left.to_theirs(ours(x1.expand(n, -1), x2.expand(n, -1), units))
        theirs = self.module(left.to_theirs(x1).expand(n, -1), right.to_theirs(x2).expand(n, -1), units)
        two = summed(theirs, self.into)
        dots = one @ two.T
        same = dots.square() > (1 - 1e-6) * one.square().sum(1)[:, None] * two.square().sum(1)[None]
        if not (same.sum(0) == 1).all() or not (same.sum(1) == 1).all():
            raise RuntimeError("the paths are not the same ones")
        partner = same.T.int().argmax(1)  # ours, for each of theirs
        scale = (dots / two.square().sum(1)[None])[same]  # row by row: by our path
        self.factors = scale.repeat_interleave(CHANNELS)
        self.order = (partner[:, None] * CHANNELS + torch.arange(CHANNELS)).flatten()

    def weights_to_theirs(self, weight: Tensor) -> Tensor:
        return (weight * self.factors)[:, self.order].contiguous()

    def gradient_to_ours(self, gradient: Tensor) -> Tensor:
        found = torch.empty_like(gradient)
        found[:, self.order] = gradient
        return found * self.factors


class FullyConnected:
    """All pairs of channels mixed with shared weights [paths, 64, 64], the module's argument."""

    def __init__(self, units: list[Tensor], x1: Tensor, x2: Tensor) -> None:
        """`units`: each of our paths' output on the sample x1, x2, without weights and in their basis, [1, 64 d]."""
        self.module = cuequivariance_torch.FullyConnectedTensorProduct(
            HIDDEN, SPHERE, HIDDEN, layout=cue.ir_mul, shared_weights=True, internal_weights=False, method="naive",
            dtype=torch.float32,
        )  # fmt: skip
        paths = len(units)
        blocks = {2 * d + 1: slice(CHANNELS * d**2, CHANNELS * (d + 1) ** 2) for d in range(len(NAMES))}
        self.order, factors = [], []
        for p in range(paths):
            weight = torch.zeros(1, paths, CHANNELS, CHANNELS)
            weight[0, p] = torch.eye(CHANNELS)
            unit = self.module(x1, x2, weight.flatten(1))
            for q, one in enumerate(units):
                two = unit[:, blocks[one.shape[1] // CHANNELS]]
                if float(two.norm()) and abs(torch.cosine_similarity(one, two)) > 1 - 1e-6:
                    self.order.append(q)
                    factors.append(float((one * two).sum() / two.square().sum()))
        if sorted(self.order) != list(range(paths)):
            raise RuntimeError("the paths are not the same ones")
        self.factors = torch.tensor(factors)[:, None, None]

    def weights_to_theirs(self, weight: Tensor) -> Tensor:
        """[paths, 64, 64] ours → [1, paths 64 64]."""
        return (weight[self.order] * self.factors).flatten()[None].contiguous()

    def gradient_to_ours(self, gradient: Tensor) -> Tensor:
        found = gradient.view(-1, CHANNELS, CHANNELS) * self.factors
        return found[torch.tensor(self.order).argsort()]
