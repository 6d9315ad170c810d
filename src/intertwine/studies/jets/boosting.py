"""Boosts of jets: along an axis of the laboratory, and in random directions."""

from __future__ import annotations

import torch
from torch import Tensor


def boost_matrices(rapidity: Tensor, direction: Tensor) -> Tensor:
    """[n, 4, 4] in float64, acting on (E, px, py, pz): rapidity [n] along unit vectors direction [n, 3].

    Λ = 1 + sinh(η) K + (cosh(η) - 1) K² with K the generator along the direction; cosh(η) - 1 as 2 sinh²(η/2).
    """
    direction, rapidity = direction.double(), rapidity.double()
    generator = direction.new_zeros(len(direction), 4, 4)
    generator[:, 0, 1:] = direction
    generator[:, 1:, 0] = direction
    sinh, versed = torch.sinh(rapidity), 2 * torch.sinh(rapidity / 2).square()
    identity = torch.eye(4, dtype=torch.float64, device=direction.device)
    return identity + sinh[:, None, None] * generator + versed[:, None, None] * (generator @ generator)


def random_directions(n: int, generator: torch.Generator) -> Tensor:
    """[n, 3], uniform on the sphere."""
    normal = torch.randn(n, 3, generator=generator, dtype=torch.float64)
    lengths: Tensor = normal.norm(dim=1, keepdim=True)
    return normal / lengths


def boosted(momenta: Tensor, rapidity: Tensor, direction: Tensor) -> Tensor:
    """Jets [n, particles, 4], each with its own rapidity [n] along its own direction [n, 3], in float64.

    p⁺ and p⁻ along the direction, each a sum of terms that do not cancel, are multiplied by e^η and e^−η. A product
    with the matrix would lose ε γ² of what moves against the boost.
    """
    from intertwine.nn.four_momenta import polar

    momenta, axis, rapidity = momenta.double(), direction.double().unsqueeze(1), rapidity.double().unsqueeze(1)
    length, unit, excess = polar(momenta)
    plus = excess + 0.5 * length * (unit + axis).square().sum(-1)
    minus = excess + 0.5 * length * (unit - axis).square().sum(-1)
    plus, minus = plus * rapidity.exp(), minus * (-rapidity).exp()
    along = (momenta[..., 1:] * axis).sum(-1, keepdim=True)
    vector = momenta[..., 1:] + (0.5 * (plus - minus).unsqueeze(-1) - along) * axis
    return torch.cat([0.5 * (plus + minus).unsqueeze(-1), vector], dim=-1)


def along_x(n: int) -> Tensor:
    """[n, 3], the x axis."""
    return torch.tensor([1.0, 0.0, 0.0], dtype=torch.float64).expand(n, 3)
