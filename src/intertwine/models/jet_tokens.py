"""Jets in their rest frame, in the dtype of a network: momenta as features, invariants of particles and of pairs."""

from __future__ import annotations

import torch
from torch import Tensor

from intertwine.models.jet_network import Jets
from intertwine.nn.four_momenta import minkowski_products, minkowski_squares
from intertwine.nn.jet_axes import jet_axes
from intertwine.nn.rest_frame import RestFrame


def at_rest(jets: Jets) -> tuple[Tensor, Tensor]:
    """[batch, points, 4]: all points in the particles' rest frame; [batch]: the jet's mass. Float64, in config.unit.

    Along the jet's own axes there, for networks that respect rotations: rounded to a network's precision they are then
    the same numbers in every frame.
    """
    particles = slice(None, jets.particles)
    frame = RestFrame(jets.p[:, particles], jets.mask[:, particles])
    momenta = frame.to_rest(jets.p)
    axes = jet_axes(momenta[:, particles], jets.mask[:, particles])
    return torch.cat([momenta[..., :1], momenta[..., 1:] @ axes.mT], dim=-1), frame.mass


def rest_frame_momenta(jets: Jets, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """`at_rest` in the dtype of a network."""
    momenta, mass = at_rest(jets)
    return momenta.to(dtype), mass.to(dtype)


def signed_log(x: Tensor) -> Tensor:
    """sgn(x) log(1 + |x|), with its derivative 1 at 0 (that of sgn(x) · … is 0 there)."""
    size = x.abs().clamp(min=1e-30)
    return x * (size.log1p() / size)


def point_invariants(jets: Jets, dtype: torch.dtype) -> Tensor:
    """[batch, points, 3]: log(1 + ·) of p·P, of p·p and of P·P of each point; computed in float64.

    P itself has lost M² to a part in ε γ²: p·P is M times the energy at rest.
    """
    momenta, mass = at_rest(jets)
    along = momenta[..., 0] * mass.unsqueeze(-1)
    whole = mass.square().unsqueeze(-1).expand_as(along)
    found = signed_log(torch.stack([along, minkowski_squares(jets.p), whole], dim=-1))
    return found.masked_fill(~jets.mask.unsqueeze(-1), 0.0).to(dtype)


def pair_invariants(jets: Jets, dtype: torch.dtype) -> Tensor:
    """[batch, points, points, 1]: log(1 + p_i · p_j), computed in float64."""
    return signed_log(minkowski_products(jets.p)).to(dtype).unsqueeze(-1)


def tokens(jets: Jets, dtype: torch.dtype) -> Tensor:
    """[batch, points, 3 + labels + 2·4]: invariants, scalars, then p and P in the rest frame, channels fastest.

    Vectors are divided by the mean energy M/n of a particle there, kept above 1: an invariant, so that it costs no
    symmetry.
    """
    momenta, mass = rest_frame_momenta(jets, dtype)
    count = jets.mask[:, : jets.particles].sum(1).clamp(min=1).to(dtype)
    scale = (mass / count).clamp(min=1.0)[:, None, None]
    total = torch.zeros_like(momenta)
    total[..., 0] = (mass / count)[:, None]
    vectors = torch.stack([momenta, total], dim=-1).flatten(-2) / scale
    return torch.cat([point_invariants(jets, dtype), jets.scalars, vectors], dim=-1)
