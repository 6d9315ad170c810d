"""Axes that a jet has of its own, so that two views of it are rounded alike."""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float
from torch import Tensor


def jet_axes(
    p: Float[Tensor, "*batch particles 4"], mask: Bool[Tensor, "*batch particles"] | None = None
) -> Float[Tensor, "*batch 3 3"]:
    """A rotation, its rows three axes: z along the most energetic particle, x towards the one farthest from that line.

    p: in the jet's rest frame. What commutes with rotations does not depend on them; but its rounding errors do: a
    boost leaves the rest frame turned, all components are other numbers, and where one goes through the kink of a
    rectifier a gradient jumps. In these axes components are the same numbers in every frame, to the precision of p.
    Exact ties may be resolved differently in two frames, which costs that advantage and nothing else. Without
    particles, or in one line: the axes of p. They carry no derivative; where the result is invariant there is none.
    """
    p = p.detach()
    if mask is not None:
        p = p.masked_fill(~mask.unsqueeze(-1), 0.0)
    z, found_z = _longest(p[..., 1:])
    x, found_x = _longest(p[..., 1:] - (p[..., 1:] * z).sum(-1, keepdim=True) * z)
    axes = torch.cat([x, torch.linalg.cross(z, x), z], dim=-2)
    return torch.where((found_z & found_x)[..., None, None], axes, torch.eye(3, dtype=p.dtype, device=p.device))


def _longest(q: Tensor) -> tuple[Tensor, Tensor]:
    """[..., 1, 3]: direction of the longest of [..., particles, 3]; [...]: whether there is one."""
    if not q.shape[-2]:
        return q.new_zeros(*q.shape[:-2], 1, 3), torch.zeros(q.shape[:-2], dtype=torch.bool, device=q.device)
    lengths = torch.linalg.vector_norm(q, dim=-1)
    length, which = lengths.max(-1)
    one = torch.take_along_dim(q, which[..., None, None], dim=-2)
    return one / length.clamp(min=torch.finfo(q.dtype).tiny)[..., None, None], length > 0
