"""What a detector's frame sees of a jet: coordinates relative to the jet's axis and logarithms of momenta."""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float
from torch import Tensor

TINY = 1e-8


def relative_coordinates(
    p: Float[Tensor, "batch particles 4"], mask: Bool[Tensor, "batch particles"]
) -> Float[Tensor, "batch particles 2"]:
    """(Δη, Δφ) of each particle from the jet's axis, in float64; 0 for what is masked.

    From the tangent of half the angles, without a logarithm of small numbers: sinh η = pz/pT.
    """
    jet = p.sum(1, keepdim=True)
    eta, axis = pseudorapidity(p), pseudorapidity(jet)
    cross = jet[..., 1] * p[..., 2] - jet[..., 2] * p[..., 1]
    along = jet[..., 1] * p[..., 1] + jet[..., 2] * p[..., 2]
    found = torch.stack([eta - axis, torch.atan2(cross, along)], dim=-1)
    return found.masked_fill(~mask.unsqueeze(-1), 0.0)


def pseudorapidity(p: Tensor) -> Tensor:
    """asinh(pz/pT), with pT kept away from 0."""
    return torch.asinh(p[..., 3] / transverse_momentum(p))


def transverse_momentum(p: Tensor) -> Tensor:
    """√(px² + py²) ≥ 1e-8 in the unit of p; differentiable at 0."""
    return (p[..., 1].square() + p[..., 2].square() + TINY**2).sqrt()


def laboratory_features(
    p: Float[Tensor, "batch particles 4"], mask: Bool[Tensor, "batch particles"]
) -> Float[Tensor, "batch particles 7"]:
    """Δη, Δφ, log pT, log E, log pT/pT(jet), log E/E(jet), ΔR: ParticleNet's inputs (1902.08570, table 2)."""
    jet = p.sum(1, keepdim=True)
    place = relative_coordinates(p, mask)
    transverse, energy = transverse_momentum(p), p[..., 0].clamp(min=TINY)
    features = torch.stack(
        [
            place[..., 0],
            place[..., 1],
            transverse.log(),
            energy.log(),
            (transverse / transverse_momentum(jet)).log(),
            (energy / jet[..., 0].clamp(min=TINY)).log(),
            (place.square().sum(-1) + TINY**2).sqrt(),
        ],
        dim=-1,
    )
    return features.masked_fill(~mask.unsqueeze(-1), 0.0)
