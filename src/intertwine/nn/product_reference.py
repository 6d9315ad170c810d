"""The reference backend: the plan as plain einsums, differentiable to any order, on any device."""

from __future__ import annotations

import torch
from torch import Tensor

from intertwine.nn.product_plan import ProductPlan


def reference_product(plan: ProductPlan, x1: Tensor, x2: Tensor, weight: Tensor) -> Tensor:
    """[..., rep_1.dim], [..., rep_2.dim], weights [..., n] or [n] → [..., rep_out.dim]."""
    found: dict[tuple[int, int], Tensor] = {}
    for path in plan.paths:
        d1, d2, _ = path.maps.shape
        left = x1[..., plan.rep_1.slices[path.block_1]].unflatten(-1, (d1, -1))
        right = x2[..., plan.rep_2.slices[path.block_2]].unflatten(-1, (d2, -1))[..., path.channel_2]
        C = torch.from_numpy(path.maps).to(x1)
        term = torch.einsum("...iu,...j,ijk->...ku", left, right, C) * weight[..., None, path.weights]
        place = (path.block_out, path.channel_out)
        found[place] = found[place] + term if place in found else term
    blocks: list[list[Tensor]] = [[] for _ in plan.rep_out.blocks]
    for place in sorted(found):
        blocks[place[0]].append(found[place])
    return torch.cat([torch.cat(parts, dim=-1).flatten(-2) for parts in blocks], dim=-1)
