"""The invariant bilinear form of a real irrep; the only source of invariants of non-compact groups.

It is the bilinear equivariant map W × W → 1. There is none where the dual of W is another irrep:
SL(4,R)'s 4, SO(1,9)'s 16, E6(6)'s 27.
"""

from __future__ import annotations

import numpy as np

from intertwine.groups.theory import RealArray
from intertwine.representations.canonical_basis import first_positive
from intertwine.representations.irrep import Irrep
from intertwine.representations.real_clebsch_gordan import clebsch_gordan


def invariant_form(irrep: Irrep) -> RealArray | None:
    """M [d, d] with ρ(g)ᵀ M ρ(g) = M and MᵀM = 1, symmetric if possible, else antisymmetric; None if there is none.

    Its first entry above 1e-6 of the largest is positive: (+, −, −, −) for four-vectors.
    """
    forms = clebsch_gordan(irrep, irrep, irrep.group.trivial)[..., 0]  # symmetric ones come first
    if not len(forms):
        return None
    return first_positive(np.sqrt(irrep.real_dim) * forms[0])
