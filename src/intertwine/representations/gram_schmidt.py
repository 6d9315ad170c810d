"""Gram–Schmidt over a division algebra: equivariant maps W → X with mutually orthogonal images.

By Schur's lemma FᵀG of two maps W → X lies in the commutant of W (ℝ, ℂ or ℍ), so that
G − F (FᵀG) is again equivariant and orthogonal to F's whole orbit under that commutant.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from intertwine.errors import AccuracyError
from intertwine.groups.theory import RealArray

ACCEPT = 1e-3


def orthogonal_images(maps: Sequence[RealArray], rank: int) -> list[RealArray]:
    """`rank` isometries [dim_x, d] with orthogonal images, in the span of maps [dim_x, d] under the commutant.

    A map is accepted, in the order given, when what is left of it exceeds 1e-3 of the largest map's norm. Raises
    AccuracyError when fewer than rank are.
    """
    accepted: list[RealArray] = []
    largest = max((float(np.linalg.norm(F)) for F in maps), default=0.0)
    for F in maps:
        if len(accepted) == rank:
            break
        left = _without(F / largest, accepted)
        remainder = float(np.linalg.norm(left))
        if remainder <= ACCEPT:
            continue
        left = _without(left / remainder, accepted)
        accepted.append(left * (np.sqrt(F.shape[1]) / np.linalg.norm(left)))
    if len(accepted) != rank:
        raise AccuracyError(
            "equivariant maps span fewer copies than the multiplicity", received=len(accepted), expected=rank
        )
    return accepted


def _without(F: RealArray, accepted: list[RealArray]) -> RealArray:
    for known in accepted:
        F = F - known @ (known.T @ F)
    return F
