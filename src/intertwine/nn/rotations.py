"""Rotations by angles, quaternions and axes, as tensors: the ways in to Wigner matrices.

Everything is active and right-handed, on vectors (x, y, z): a rotation about z by a small positive angle turns x
towards y. Quaternions are (w, x, y, z) with w = cos(θ/2).
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor


def rotation_from_angles(
    alpha: Float[Tensor, "*batch"], beta: Float[Tensor, "*batch"], gamma: Float[Tensor, "*batch"]
) -> Float[Tensor, "*batch 3 3"]:
    """R_z(α) R_y(β) R_z(γ): Euler angles in the z-y-z convention, γ first."""
    return rotation_from_quaternion(quaternion_from_angles(alpha, beta, gamma))


def rotation_from_axis_angle(
    axis: Float[Tensor, "*batch 3"], angle: Float[Tensor, "*batch"]
) -> Float[Tensor, "*batch 3 3"]:
    """The rotation about an axis of any length but 0 by an angle (Rodrigues' formula)."""
    return rotation_from_quaternion(quaternion_from_axis_angle(axis, angle))


def rotation_from_quaternion(q: Float[Tensor, "*batch 4"]) -> Float[Tensor, "*batch 3 3"]:
    """The rotation v ↦ q v q⁻¹, for a quaternion of any length but 0; q and −q are the same rotation."""
    w, x, y, z = torch.nn.functional.normalize(q, dim=-1).unbind(-1)
    rows = [
        1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y),
        2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x),
        2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y),
    ]  # fmt: skip
    matrix: Tensor = torch.stack(rows, dim=-1).unflatten(-1, (3, 3))
    return matrix


def quaternion_from_angles(
    alpha: Float[Tensor, "*batch"], beta: Float[Tensor, "*batch"], gamma: Float[Tensor, "*batch"]
) -> Float[Tensor, "*batch 4"]:
    """(w, x, y, z) of the element of SU(2) with these z-y-z angles, over the rotation with the same ones."""
    c, s = torch.cos(beta / 2), torch.sin(beta / 2)
    plus, minus = (alpha + gamma) / 2, (alpha - gamma) / 2
    return torch.stack([c * torch.cos(plus), -s * torch.sin(minus), s * torch.cos(minus), c * torch.sin(plus)], dim=-1)


def quaternion_from_axis_angle(
    axis: Float[Tensor, "*batch 3"], angle: Float[Tensor, "*batch"]
) -> Float[Tensor, "*batch 4"]:
    """(cos θ/2, n sin θ/2) for the direction n of the axis."""
    half = (angle / 2).unsqueeze(-1)
    return torch.cat([torch.cos(half), torch.nn.functional.normalize(axis, dim=-1) * torch.sin(half)], dim=-1)


def angles_from_rotation(R: Float[Tensor, "*batch 3 3"]) -> tuple[Tensor, Tensor, Tensor]:
    """α, β, γ [...] with R = R_z(α) R_y(β) R_z(γ), 0 ≤ β ≤ π.

    At β = 0 and π only α ± γ is determined (γ = 0 is taken), and the angles have no gradient there: for gradients use
    `WignerMatrices.from_matrix`.
    """
    sine = torch.hypot(R[..., 0, 2], R[..., 1, 2])
    beta = torch.atan2(sine, R[..., 2, 2])
    regular = sine > 1e-7 if R.dtype == torch.float64 else sine > 1e-4
    alpha = torch.where(
        regular,
        torch.atan2(R[..., 1, 2], R[..., 0, 2]),
        torch.atan2(-R[..., 0, 1], R[..., 1, 1]),
    )
    gamma = torch.where(regular, torch.atan2(R[..., 2, 1], -R[..., 2, 0]), torch.zeros_like(alpha))
    return alpha, beta, gamma
