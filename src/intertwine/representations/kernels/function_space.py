"""FunctionSpace: scalar functions on the points of a kernel that the group mixes among themselves."""

from __future__ import annotations

from typing import NamedTuple

from intertwine.groups.theory import RealArray
from intertwine.representations.rep import Rep


class FunctionSpace(NamedTuple):
    """Functions f_m with f_m(g x) = Σ_m' ρ(g)_mm' f_m'(x), sampled on the points of a kernel.

    Attributes
    ----------
    rep:
        ρ, an orthogonal representation.
    samples:
        [radial, rep.dim, points]: several such sets of one representation (one a ring).
    """

    rep: Rep
    samples: RealArray
