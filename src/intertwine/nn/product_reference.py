"""The reference backend: the plan as plain einsums, differentiable to any order, on any device."""

from __future__ import annotations

import torch
from torch import Tensor

from intertwine.nn.product_plan import ProductPlan


def reference_product(plan: ProductPlan, x1: Tensor, x2: Tensor, weight: Tensor) -> Tensor:
    """[..., rep_1.dim], [..., rep_2.dim], weights [..., n] or [n] → [..., rep_out.dim]."""
    blocks: list[Tensor | None] = [None] * len(plan.rep_out.blocks)
    for path in plan.paths:
        d1, d2, _ = path.maps.shape
        left = x1[..., plan.rep_1.slices[path.block_1]].unflatten(-1, (d1, -1))
        right = x2[..., plan.rep_2.slices[path.block_2]].unflatten(-1, (d2, -1))[..., path.channel_2]
        C = torch.from_numpy(path.maps).to(x1)
        term = torch.einsum("...iu,...j,ijk->...ku", left, right, C) * weight[..., None, path.weights]
        known = blocks[path.block_out]
        blocks[path.block_out] = term if known is None else known + term
    return torch.cat([block.flatten(-2) for block in blocks if block is not None], dim=-1)
