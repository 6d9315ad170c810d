"""RMSNorm: the channels of each irrep brought to size 1 by an invariant of theirs."""

from __future__ import annotations

from math import sqrt

import torch
from jaxtyping import Float
from torch import Tensor, nn

from intertwine.errors import ConfigurationError
from intertwine.groups.theory import RealArray
from intertwine.nn.constant import Constant
from intertwine.nn.equivariant_module import EquivariantModule
from intertwine.nn.feature_checks import check_features, require_by_irreps
from intertwine.nn.full_precision import widened
from intertwine.nn.invariant_forms import gram, invariant_forms
from intertwine.nn.kernels.native import runs_natively
from intertwine.nn.native_rms_norm import NormPlan, normalised
from intertwine.representations import Rep


class RMSNorm(EquivariantModule):
    """x_u ↦ w_u x_u / √N, block by block, with N an invariant of all the channels of the block.

    - Definite form (compact and finite groups, invariants): N = mean over channels and components of x² + ε².
    - Indefinite or antisymmetric forms: ⟨x_u, x_u⟩ can vanish or be negative for x ≠ 0, so its mean is no size. There
      N² = mean over the irrep's forms and all pairs (u, v) of ⟨x_u, x_v⟩² / d + ε². For a single channel this is
      √N = (⟨x, x⟩²/d + ε²)^¼, smooth across the light cone; with several it vanishes only where every product does.
    - No form (SL(3,R)'s 3), or a single channel with nothing but antisymmetric forms: no invariant, no normalisation;
      the block is multiplied by w alone.

    Shape: [..., rep.dim] → [..., rep.dim]. Sizes are computed in float32 at least.

    Parameters
    ----------
    rep:
        The features, by irreps.
    epsilon:
        ε > 0. At the light cone features grow by up to ε^(−1/2).
    affine:
        Whether channels have weights w (initially 1); 1 otherwise.
    """

    subtracts_mean = False

    def __init__(
        self,
        rep: Rep,
        *,
        epsilon: float = 1e-2,
        affine: bool = True,
        dtype: torch.dtype | None = None,
        device: torch.device | str | None = None,
    ) -> None:
        require_by_irreps(rep, type(self).__name__)
        super().__init__(rep, rep)
        if not epsilon > 0:
            raise ConfigurationError("a norm needs ε > 0", received=epsilon, fix="epsilon=1e-2")
        self.epsilon = epsilon
        self.kinds: list[str] = []  # "definite", "gram" or "none"
        tables: list[RealArray | None] = []
        self.forms = nn.ModuleDict()
        for index, block in enumerate(rep.blocks):
            forms = invariant_forms(block.irrep)
            usable = forms.symmetric if block.multiplicity == 1 else forms.all
            self.kinds.append("definite" if forms.is_definite else "gram" if len(usable) else "none")
            tables.append(usable if self.kinds[-1] == "gram" else None)
            if self.kinds[-1] == "gram":
                self.forms[str(index)] = Constant(usable, dtype=dtype, device=device)
        self.plan = NormPlan(rep, self.kinds, tables)
        channels = sum(block.multiplicity for block in rep.blocks)
        trivial = sum(block.multiplicity for block in rep.blocks if block.irrep.is_trivial)
        self.weight = nn.Parameter(torch.ones(channels, dtype=dtype, device=device)) if affine else None
        self.bias = (
            nn.Parameter(torch.zeros(trivial, dtype=dtype, device=device)) if affine and self.subtracts_mean else None
        )

    def forward(self, x: Float[Tensor, "*batch features"]) -> Float[Tensor, "*batch features"]:
        check_features(x, self.rep_in)
        weight = self.weight
        if self.subtracts_mean or weight is None or weight.dtype != x.dtype or not runs_natively(x):
            return self._formula(x, weight)
        return normalised(x, weight, self.plan, self.epsilon, self._formula)

    def _formula(self, x: Tensor, weight: Tensor | None) -> Tensor:
        parts: list[Tensor] = []
        channel = trivial = 0
        pieces = x.split([block.dim for block in self.rep_in.blocks], dim=-1)
        for index, (block, piece) in enumerate(zip(self.rep_in.blocks, pieces, strict=True)):
            m = block.multiplicity
            y = widened(piece.unflatten(-1, (block.irrep.real_dim, m)))
            if self.subtracts_mean and block.irrep.is_trivial:
                y = y - y.mean(-1, keepdim=True)
            y = y * self._inverse_size(index, y)
            if weight is not None:
                y = y * weight[channel : channel + m]
            if self.bias is not None and block.irrep.is_trivial:
                y = y + self.bias[trivial : trivial + m]
                trivial += m
            channel += m
            parts.append(y.flatten(-2).to(x.dtype))
        return torch.cat(parts, dim=-1) if parts else x

    def _inverse_size(self, index: int, y: Tensor) -> Tensor | float:
        """1/√N, [..., 1, 1]."""
        if self.kinds[index] == "none":
            return 1.0
        if self.kinds[index] == "definite":
            return (y.square().mean((-2, -1), keepdim=True) + self.epsilon**2).rsqrt()
        products = gram(y, self.forms[str(index)]()) / sqrt(y.shape[-2])
        squared = products.square().mean((-3, -2, -1))[..., None, None]
        return (squared + self.epsilon**2).pow(-0.25)

    def extra_repr(self) -> str:
        """The representation and ε."""
        return f"{super().extra_repr()}, epsilon={self.epsilon:g}"
