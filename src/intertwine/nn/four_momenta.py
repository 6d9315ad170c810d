"""Minkowski products of four-momenta that keep their digits when a jet is boosted: differences first, in float64."""

from __future__ import annotations

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from intertwine.errors import ConfigurationError

MASSLESS = 16 * torch.finfo(torch.float64).eps  # |E − |p|| ≤ this × E is rounding: the particle is massless


def require_double(p: Tensor, what: str = "p") -> None:
    """Raise ConfigurationError unless `p` holds four-vectors [..., 4] in float64."""
    if p.dtype != torch.float64 or p.ndim < 1 or p.shape[-1] != 4:
        raise ConfigurationError(
            f"{what} does not hold four-momenta in float64",
            received=f"{p.dtype} of shape {tuple(p.shape)}",
            expected="torch.float64, [..., 4] with (E, px, py, pz)",
            fix="read the momenta in float64; p.double() of float32 momenta keeps their rounding as spurious masses",
        )


def polar(p: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """(|p|, p/|p|, E − |p|), shapes [...], [..., 3], [...]; for |p| = 0 the direction is 0.

    An excess E − |p| of either sign that is within the rounding of a boost, 16 ε E, is set to 0: massless constituents
    stay massless. Its derivative is that of E − |p|.
    """
    energy, momentum = p[..., 0], p[..., 1:]
    squared = momentum.square().sum(-1)
    moving = squared > 0
    length = torch.where(moving, squared, 1.0).sqrt()
    direction = momentum / length.unsqueeze(-1)
    length = torch.where(moving, length, 0.0)
    excess = energy - length
    rounding = excess.detach().abs() <= MASSLESS * energy.detach().abs()
    return length, direction, torch.where(rounding, excess - excess.detach(), excess)


def minkowski_products(
    p: Float[Tensor, "*batch n 4"], q: Float[Tensor, "*batch m 4"] | None = None
) -> Float[Tensor, "*batch n m"]:
    """p_i · q_j = E_i E_j − p_i · q_j of all pairs, in float64, as sums of terms that do not cancel.

    With a = E − |p|, k = |p| and n = p/|p|: p_i · q_j = a_i k_j + a_j k_i + a_i a_j + k_i k_j |n_i − n_j|²/2.
    Where E ≥ |p| every term is ≥ 0, and the relative error of a massless pair at angle θ is ε/θ instead of ε/θ².
    A mass m, however, is known from E and p to ε E²/m² only. Gradients are those of E E' − p · p', to any order.

    Parameters
    ----------
    p, q:
        Four-momenta (E, px, py, pz), float64; q is p by default.

    Raises
    ------
    ConfigurationError
        For another dtype or shape.
    """
    require_double(p)
    if q is not None:
        require_double(q, "q")
    product: Tensor = _Products.apply(p, p if q is None else q)  # type: ignore[no-untyped-call]
    return product


class _Products(torch.autograd.Function):
    """The form above in the forward pass; Σ_j G_ij g q_j in the backward pass, which needs no [n, m, 3]."""

    @staticmethod
    def forward(ctx: Any, p: Tensor, q: Tensor) -> Tensor:
        ctx.save_for_backward(p, q)
        k, n, a = polar(p)
        k2, n2, a2 = (k, n, a) if q is p else polar(q)
        angle = torch.zeros((), dtype=p.dtype, device=p.device)
        for axis in range(3):
            angle = angle + (n[..., :, None, axis] - n2[..., None, :, axis]).square_()
        angle *= 0.5 * k2.unsqueeze(-2)
        angle += a2.unsqueeze(-2)
        angle *= k.unsqueeze(-1)
        # k_i (a_j + k_j |n_i − n_j|²/2) + a_i (k_j + a_j)
        return angle.add_(a.unsqueeze(-1) * (k2 + a2).unsqueeze(-2))

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor]:
        p, q = ctx.saved_tensors
        (gradient,) = gradients
        sign = torch.tensor([1.0, -1.0, -1.0, -1.0], dtype=p.dtype, device=p.device)
        return gradient @ (q * sign), gradient.transpose(-1, -2) @ (p * sign)


def minkowski_squares(p: Float[Tensor, "*batch 4"]) -> Float[Tensor, "*batch"]:
    """p · p = (E − |p|)(E + |p|), float64; 0 within the rounding of a boost."""
    require_double(p)
    k, _, a = polar(p)
    return a * (a + 2 * k)
