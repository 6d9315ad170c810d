"""EdgeFrameProduct: products with harmonics of an edge, contracted in the frame where the edge is the z axis."""

from __future__ import annotations

from functools import partial

import numpy as np
import torch
from torch import Tensor, nn

from intertwine.errors import ConfigurationError, RepresentationError
from intertwine.nn.edge_rotation import EdgeRotation
from intertwine.nn.frame_rotation import FrameRotation
from intertwine.nn.product_backend import check_device, choose_channelwise_backend
from intertwine.nn.product_plan import ProductPath, ProductPlan
from intertwine.nn.product_reference import reference_product
from intertwine.nn.product_transforms import fused_product
from intertwine.nn.rotation_polynomials import rotation_polynomials
from intertwine.representations import Irrep, Rep

_TOLERANCE = 1e-3  # of x2's length: harmonics in float32 are off by far less, those of another direction by far more


class EdgeFrameProduct(nn.Module):
    """D(n) Σ_p w_p C_p[i, 0, k] (D(n)ᵀ x1)_i: in the frame x2 has one component, m = 0, and |m| is kept.

    Rotations into the frame and back take O(l²) operations a channel and pair of degrees that are equal, the
    contraction O(l) a path instead of O(l²) (Passaro, Zitnick 2302.03655; here with a weight for every Clebsch–Gordan
    path, equal to the other backends). n is the direction of the first l = 1 channel of x2; where that vanishes, x2
    may hold l = 0 only, and derivatives with respect to n are zero. Derivatives with respect to x2 are those along
    the harmonics: right for everything that x2 was made from, not for components that harmonics cannot have.

    The parts run on the fused backend where a compiler is found and features lie on a CPU; on GPUs rotations are matrix
    products, and the contraction is triton's where that is found.

    Raises
    ------
    RepresentationError
        For other groups than SO(3) and O(3), and an x2 without a vector.
    """

    def __init__(self, plan: ProductPlan, device: torch.device | str | None = None) -> None:
        super().__init__()
        group, rep_2 = plan.rep_2.group, plan.rep_2
        vector = next((i for i, block in enumerate(rep_2.blocks) if block.irrep.real_dim == 3), None)
        if group.name not in ("SO(3)", "O(3)") or vector is None:
            raise RepresentationError(
                "the so2 product is one of features of SO(3) or O(3) with harmonics of a direction, l = 1 among them",
                received=f"{group.name}, rep_2 = {rep_2}",
                fix='use backend="fused" or "reference"',
            )
        m = rep_2.blocks[vector].multiplicity
        self.vector = slice(rep_2.slices[vector].start, rep_2.slices[vector].start + 2 * m + 1, m)
        self.inner = choose_channelwise_backend(None, device)
        by_dim: dict[int, Irrep] = {}
        for rep in (plan.rep_1, rep_2, plan.rep_out):
            for block in rep.blocks:
                by_dim.setdefault(block.irrep.real_dim, block.irrep)
        dims = sorted(by_dim)
        sparse = self.inner == "fused"
        self.matrices = EdgeRotation([by_dim[d] for d in dims], sparse=sparse, device=device)
        rotation = partial(FrameRotation, dims=dims, sparse=sparse)
        self.into_1, self.into_2 = rotation(plan.rep_1, inverse=True), rotation(rep_2, inverse=True)
        self.back = rotation(plan.rep_out, inverse=False)
        self.plan, self.axis = in_frame(plan)
        self.others = sorted(set(range(rep_2.dim)) - set(self.axis))
        self._words = torch.from_numpy(self.plan.words)
        self._coefficients = torch.from_numpy(self.plan.coefficients)

    def forward(
        self, x1: Tensor, x2: Tensor, weight: Tensor, sender: Tensor | None, receiver: Tensor | None, rows: int
    ) -> Tensor:
        """[nodes or n, dim_1], [n, dim_2], weights [n, w] or [w], indices of edges or None → [rows, dim_out].

        Raises
        ------
        ConfigurationError
            Where x2 is not made of harmonics of one direction. Numbers are not looked at on GPUs, under torch.compile
            and in torch.func's transforms: there the samples concerned become NaN.
        """
        check_device(x1, self.inner)
        samples = x2.shape[0]
        D = self.matrices(self._direction(x2)).to(x1.dtype)
        turned_2 = self.into_2(x2, D, None, None, samples)
        left = self.into_1(x1, D, sender, None, samples)
        turned = self._contracted(left, self._lengths(turned_2), weight)
        return self.back(turned, D, None, receiver, rows)  # type: ignore[no-any-return]

    def _direction(self, x2: Tensor) -> Tensor:
        n = x2[:, self.vector].double()
        square = n.square().sum(dim=-1, keepdim=True)
        somewhere = square > 0
        z = n.new_tensor([0.0, 0.0, 1.0])
        return torch.where(somewhere, n / torch.where(somewhere, square, 1.0).sqrt(), z)

    def _lengths(self, turned: Tensor) -> Tensor:
        """The m = 0 components, if there are no others."""
        off = turned[:, self.others].detach().square().sum(dim=-1, keepdim=True)
        right = off <= _TOLERANCE**2 * turned.detach().square().sum(dim=-1, keepdim=True)
        lengths = turned[:, self.axis]
        transformed = torch._C._functorch.peek_interpreter_stack() is not None
        if transformed or torch.compiler.is_compiling() or turned.device.type != "cpu":
            return torch.where(right, lengths, torch.nan)
        if not bool(right.all()):
            raise ConfigurationError(
                "the so2 product needs harmonics of one direction a sample",
                received=f"x2 with {float(off.max()) ** 0.5:.1e} off the harmonics of its vector",
                expected="every channel of x2 a number times Y_l(n), n the direction of its first l = 1 channel",
                fix='make x2 by Harmonics of one vector, or use backend="fused" or "reference"',
            )
        return lengths

    def _contracted(self, left: Tensor, lengths: Tensor, weight: Tensor) -> Tensor:
        if self.inner == "reference":
            return reference_product(self.plan, left, lengths, weight)
        plan = (self._words, self._coefficients, self.plan.rep_out.dim)
        return fused_product(left, lengths, weight, None, None, left.shape[0], *plan)


def in_frame(plan: ProductPlan) -> tuple[ProductPlan, list[int]]:
    """The plan for an x2 that has m = 0 components only, one a channel, and where in x2 these are."""
    rep_2 = plan.rep_2
    first: list[int] = []
    axis: list[int] = []
    zero = [int(np.flatnonzero(rotation_polynomials(b.irrep).orders == 0)[0]) for b in rep_2.blocks]
    for block, where, m in zip(rep_2.blocks, rep_2.slices, zero, strict=True):
        first.append(len(axis))
        axis += [where.start + m * block.multiplicity + v for v in range(block.multiplicity)]
    paths = []
    for path in plan.paths:
        maps = path.maps[:, zero[path.block_2], None, :].copy()
        maps[np.abs(maps) < 1e-13 * np.abs(path.maps).max()] = 0.0
        channel = first[path.block_2] + path.channel_2
        paths.append(ProductPath(path.block_1, 0, channel, path.block_out, maps, path.weights, path.channel_out))
    lengths = Rep(rep_2.group, [(len(axis), rep_2.group.trivial)])
    return ProductPlan(plan.rep_1, lengths, plan.rep_out, paths), axis
