"""RestFrame: the frame of a jet in which its total momentum is at rest, reached without losing digits."""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from intertwine.nn.four_momenta import polar, require_double

LIGHTLIKE = 1e-20  # M² ≤ this × E²: no rest frame
SLOW = 0.1  # |P| ≤ this × E: no component of p is small by cancellation, and the axis has no derivative at P = 0


class RestFrame:
    """The boost along the total momentum P = Σ_i p_i that takes P to (M, 0, 0, 0).

    Written in light-cone components along n̂ = P/|P|: p⁻ = E − p·n̂ = (E − |p|) + |p| |n − n̂|²/2, a sum of terms
    that do not cancel, p⁺ = E + p·n̂ and the transverse p_T = |p| (n − n̂ + n̂ |n − n̂|²/2). The boost multiplies
    p⁻ by r and p⁺ by 1/r with r² = P⁺/P⁻. The relative error is ε γ of the jet, where multiplying by the matrix of the
    boost has ε γ². Where the jet is slow, |P| ≤ E/10, nothing cancels and p⁻ has nothing to offer: there the boost is
    E* = (E_P E − P·p)/M, p* = p − P (E + E*)/(E_P + M), which is smooth at P = 0, where n̂ is not.

    It is a boost without a rotation: the same jet seen from another frame comes out turned by its Wigner angle, so that
    what looks at its result must respect rotations.

    Lightlike jets. When Σ p⁻ ≤ ε Σ p⁺, M² ≤ ε E² with ε = 1e-20 (one massless particle, several in one direction, no
    particle), or when the sum is not timelike, there is no rest frame, and every vector goes to 0: the limit M → 0,
    since Σ E* = M. All products p_i · p_j vanish there, so that this is Lorentz invariant.

    Parameters
    ----------
    p [..., particles, 4]:
        Four-momenta, float64; entries that a mask leaves out are not looked at.
    mask [..., particles]:
        Which particles there are; all by default.

    Attributes
    ----------
    exists [...]:
        Whether there is a rest frame.
    mass [...]:
        M in the unit of p; 0 where there is no rest frame.
    axis [..., 3]:
        n̂; (0, 0, 1) where P is at rest already.
    """

    def __init__(
        self, p: Float[Tensor, "*batch particles 4"], mask: Bool[Tensor, "*batch particles"] | None = None
    ) -> None:
        require_double(p)
        if mask is not None:
            p = p.masked_fill(~mask.unsqueeze(-1), 0.0)
        self.total = p.sum(-2)
        length, axis, _ = polar(self.total)
        self.slow = length.detach() <= SLOW * self.total[..., 0].detach()
        upward = torch.zeros_like(axis)
        upward[..., 2] = 1.0
        self.axis = torch.where((length > 0).unsqueeze(-1), axis, upward)
        along, against, _ = self._light_cone(p)
        plus, minus = along.sum(-1), against.sum(-1)
        self.exists = (minus > LIGHTLIKE * plus) & (plus > 0)
        one = torch.ones_like(plus)
        slowly = self.total[..., 0].square() - self.total[..., 1:].square().sum(-1)
        squared = torch.where(self.slow, slowly, plus * minus)
        self.mass = torch.where(self.exists, squared, one).sqrt() * self.exists
        self.ratio = (torch.where(self.exists, plus, one) / torch.where(self.exists, minus, one)).sqrt()

    def to_rest(self, v: Float[Tensor, "*batch vectors 4"]) -> Float[Tensor, "*batch vectors 4"]:
        """Four-vectors from the laboratory to the rest frame; 0 where there is none."""
        require_double(v, "v")
        plus, minus, transverse = self._light_cone(v)
        ratio = self.ratio.unsqueeze(-1)
        boosted = self._vector(plus / ratio, minus * ratio, transverse)
        boosted = torch.where(self.slow[..., None, None], self._slowly(v, -1.0), boosted)
        return boosted.masked_fill(~self.exists[..., None, None], 0.0)

    def to_laboratory(self, v: Float[Tensor, "*batch vectors 4"]) -> Float[Tensor, "*batch vectors 4"]:
        """Four-vectors from the rest frame to the laboratory, in float64; 0 where there is no rest frame."""
        v = v.double()
        along = (v[..., 1:] * self.axis.unsqueeze(-2)).sum(-1)
        transverse = v[..., 1:] - along.unsqueeze(-1) * self.axis.unsqueeze(-2)
        ratio = self.ratio.unsqueeze(-1)
        boosted = self._vector((v[..., 0] + along) * ratio, (v[..., 0] - along) / ratio, transverse)
        boosted = torch.where(self.slow[..., None, None], self._slowly(v, 1.0), boosted)
        return boosted.masked_fill(~self.exists[..., None, None], 0.0)

    def _slowly(self, v: Tensor, sign: float) -> Tensor:
        """The boost by P/M (sign 1) or −P/M (sign −1) without an axis; whatever where P is 0."""
        there = (self.exists & self.slow).unsqueeze(-1)
        mass = torch.where(there, self.mass.unsqueeze(-1), 1.0)
        total = self.total.unsqueeze(-2)
        energy, momentum = total[..., 0], sign * total[..., 1:]
        boosted = (energy * v[..., 0] + (momentum * v[..., 1:]).sum(-1)) / mass
        share = (v[..., 0] + boosted) / torch.where(there, energy + mass, 1.0)
        return torch.cat([boosted.unsqueeze(-1), v[..., 1:] + momentum * share.unsqueeze(-1)], dim=-1)

    def _light_cone(self, p: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """p⁺ [...], p⁻ [...] and p_T [..., 3] of four-vectors along the axis."""
        k, n, a = polar(p)
        axis = self.axis.unsqueeze(-2)
        difference = n - axis
        turn = 0.5 * difference.square().sum(-1)  # 1 − cos θ
        minus = a + k * turn
        plus = p[..., 0] + k * (1 - turn)
        return plus, minus, k.unsqueeze(-1) * (difference + turn.unsqueeze(-1) * axis)

    def _vector(self, plus: Tensor, minus: Tensor, transverse: Tensor) -> Tensor:
        energy, along = 0.5 * (plus + minus), 0.5 * (plus - minus)
        return torch.cat([energy.unsqueeze(-1), transverse + along.unsqueeze(-1) * self.axis.unsqueeze(-2)], dim=-1)
