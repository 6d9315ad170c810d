"""The invariant bilinear forms of an irrep and their values on features; the only source of invariants in layers."""

from __future__ import annotations

from math import sqrt
from typing import NamedTuple

import numpy as np
from torch import Tensor

from intertwine.groups.theory import RealArray
from intertwine.nn.full_precision import widened, without_autocast
from intertwine.representations import Irrep, clebsch_gordan, invariant_form


class InvariantForms(NamedTuple):
    """All forms M with ρ(g)ᵀ M ρ(g) = M, orthogonal to each other, MᵀM = 1, the one of `rep.metric` first."""

    symmetric: RealArray  # [n, d, d]
    antisymmetric: RealArray  # [n, d, d]

    @property
    def all(self) -> RealArray:
        """[n, d, d], the symmetric ones first."""
        return np.concatenate([self.symmetric, self.antisymmetric])

    @property
    def is_definite(self) -> bool:
        """Whether ⟨x, x⟩ = |x|²: irreps of compact and finite groups, trivial irreps."""
        return bool(len(self.symmetric)) and bool(np.allclose(self.symmetric[0], np.eye(self.symmetric.shape[1])))


def invariant_forms(irrep: Irrep) -> InvariantForms:
    """The forms of an irrep.

    Compact types R, C, H: one symmetric form |x|² and 0, 1, 3 antisymmetric ones. Non-compact: the symmetric ones are
    indefinite, there may be several (F·F and F·*F of a two-form), or none (Sp(4,R)'s 4, SL(3,R)'s 3).
    """
    found = sqrt(irrep.real_dim) * clebsch_gordan(irrep, irrep, irrep.group.trivial)[..., 0]
    is_symmetric = np.array([np.allclose(M, M.T, atol=1e-9) for M in found], dtype=bool)
    symmetric, antisymmetric = found[is_symmetric], found[~is_symmetric]
    leading = invariant_form(irrep)  # its sign is the convention's: (+, −, −, −)
    if leading is not None:
        first = symmetric if len(symmetric) else antisymmetric
        first[0] = leading
    return InvariantForms(symmetric, antisymmetric)


def quadratic(x: Tensor, form: Tensor | None) -> Tensor:
    """⟨x_u, x_u⟩ [..., m] of features x [..., d, m] by one form [d, d]; None stands for the identity."""
    x = widened(x)
    if form is None:
        return x.square().sum(-2)
    with without_autocast(x):
        return (x * (form.to(x.dtype) @ x)).sum(-2)


def pairings(x: Tensor, y: Tensor, forms: Tensor) -> Tensor:
    """⟨x_u, y_v⟩ [..., n, m, m'] of features x [..., d, m] and y [..., d', m'] by n forms [n, d, d']."""
    x, y = widened(x), widened(y)
    with without_autocast(x):
        # one product of matrices for all samples and forms, then one small one a sample
        lowered = y.transpose(-1, -2) @ forms.to(x.dtype).permute(2, 0, 1).flatten(1)  # [..., m', n·d]
        lowered = lowered.unflatten(-1, forms.shape[:2]).flatten(-3, -2)  # [..., m'·n, d]
        right = x.transpose(-1, -2)
        one = x.shape[-1] == 1
        found = (lowered * right).sum(-1).unsqueeze(-2) if one else right @ lowered.transpose(-1, -2)
        by_form: Tensor = found.unflatten(-1, (-1, len(forms))).movedim(-1, -3)
        return by_form


def gram(x: Tensor, forms: Tensor) -> Tensor:
    """⟨x_u, x_v⟩ [..., n, m, m] of features x [..., d, m] by n forms [n, d, d]."""
    return pairings(x, x, forms)
