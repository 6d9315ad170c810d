"""Invariants: the quadratic invariants of features, by the invariant forms of their irreps."""

from __future__ import annotations

from itertools import combinations, combinations_with_replacement
from math import sqrt
from typing import Literal

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from intertwine.errors import ConfigurationError
from intertwine.nn.constant import Constant
from intertwine.nn.equivariant_module import EquivariantModule
from intertwine.nn.feature_checks import check_features, require_by_irreps
from intertwine.nn.invariant_forms import InvariantForms, gram, invariant_forms, pairings, quadratic
from intertwine.representations import Irrep, Rep, clebsch_gordan


class Invariants(EquivariantModule):
    """⟨x_u, x_v⟩ of the channels u, v of each irrep; copies of the trivial irrep pass as they are.

    Every invariant form of the irrep counts, indefinite ones and both of a two-form (F·F and F·*F) included. An
    antisymmetric form (symplectic irreps, Im of a Hermitian form) gives invariants of two different channels only. An
    irrep without a form (SL(3,R)'s 3) gives none by itself, but pairs with the channels of its dual (3bar), if rep_in
    holds them.

    Shape: [..., rep_in.dim] → [..., rep_out.dim]: first the trivial channels of rep_in, then by irrep (in the order of
    rep_in.irreps), form and pair, then the pairs of an irrep and its dual. Each is divided by the root of its second
    moment on standard normal features.

    Parameters
    ----------
    rep_in:
        The features, by irreps.
    pairs:
        "all": u ≤ v (u < v for antisymmetric forms), which is every quadratic invariant but products of trivial
        channels; "same": u = v only, one number a channel and symmetric form.
    """

    def __init__(
        self,
        rep_in: Rep,
        *,
        pairs: Literal["all", "same"] = "all",
        dtype: torch.dtype | None = None,
        device: torch.device | str | None = None,
    ) -> None:
        require_by_irreps(rep_in, "Invariants")
        if pairs not in ("all", "same"):
            raise ConfigurationError("unknown pairs", received=repr(pairs), expected='"all" or "same"')
        self_forms = {irrep: invariant_forms(irrep) for irrep in rep_in.irreps if not irrep.is_trivial}
        count = rep_in.multiplicity(rep_in.group.trivial)
        for irrep, forms in self_forms.items():
            m = rep_in.multiplicity(irrep)
            if pairs == "same":
                count += len(forms.symmetric) * m
            else:
                count += len(forms.symmetric) * (m * (m + 1) // 2) + len(forms.antisymmetric) * (m * (m - 1) // 2)
        duals = _dual_pairs(self_forms) if pairs == "all" else []
        for one, two in duals:
            n = len(clebsch_gordan(one, two, rep_in.group.trivial))
            count += n * rep_in.multiplicity(one) * rep_in.multiplicity(two)
        super().__init__(rep_in, Rep(rep_in.group, [(count, rep_in.group.trivial)]))
        self.pairs = pairs
        self.duals = duals
        self.groups: list[tuple[Irrep, int, int, bool]] = []  # irrep, symmetric and antisymmetric forms, definite
        self.constants = nn.ModuleDict()
        for irrep, forms in self_forms.items():
            used = forms.symmetric if pairs == "same" else forms.all
            n_antisymmetric = len(used) - len(forms.symmetric)
            if not len(used):
                continue
            index = str(len(self.groups))
            self.groups.append((irrep, len(forms.symmetric), n_antisymmetric, forms.is_definite))
            self.constants[f"forms_{index}"] = Constant(used, dtype=dtype, device=device)
            factors = _factors(forms, rep_in.multiplicity(irrep), pairs)
            self.constants[f"factors_{index}"] = Constant(factors, dtype=dtype, device=device)
        for number, (one, two) in enumerate(duals):
            pairing = clebsch_gordan(one, two, rep_in.group.trivial)[..., 0]  # normalised: second moment 1
            self.constants[f"pairing_{number}"] = Constant(pairing, dtype=dtype, device=device)

    def forward(self, x: Float[Tensor, "*batch features"]) -> Float[Tensor, "*batch out"]:
        check_features(x, self.rep_in)
        parts = [x[..., where] for block, where in self._blocks() if block.is_trivial]
        for index, (irrep, n_symmetric, n_antisymmetric, is_definite) in enumerate(self.groups):
            features = self._channels(x, irrep)
            forms = self.constants[f"forms_{index}"]()
            factors = self.constants[f"factors_{index}"]()
            if self.pairs == "same":
                found = [quadratic(features, None if is_definite and k == 0 else forms[k]) for k in range(n_symmetric)]
                values = torch.cat(found, dim=-1)
            else:
                m = features.shape[-1]
                products = gram(features, forms)
                lower = torch.triu_indices(m, m, device=x.device)
                strict = torch.triu_indices(m, m, 1, device=x.device)
                symmetric = products[..., :n_symmetric, lower[0], lower[1]].flatten(-2)
                antisymmetric = products[..., n_symmetric:, strict[0], strict[1]].flatten(-2)
                values = torch.cat([symmetric, antisymmetric], dim=-1) if n_antisymmetric else symmetric
            parts.append((values * factors.to(values.dtype)).to(x.dtype))
        for index, (one, two) in enumerate(self.duals):
            left, right = self._channels(x, one), self._channels(x, two)
            products = pairings(left, right, self.constants[f"pairing_{index}"]())
            parts.append(products.flatten(-3).to(x.dtype))
        return torch.cat(parts, dim=-1) if parts else x[..., :0]

    def _channels(self, x: Tensor, irrep: Irrep) -> Tensor:
        """[..., d, m]: all copies of an irrep."""
        return torch.cat(
            [x[..., w].unflatten(-1, (irrep.real_dim, -1)) for one, w in self._blocks() if one == irrep], dim=-1
        )

    def _blocks(self) -> list[tuple[Irrep, slice]]:
        return [(block.irrep, w) for block, w in zip(self.rep_in.blocks, self.rep_in.slices, strict=True)]

    def extra_repr(self) -> str:
        """The representations and which pairs."""
        return f"{super().extra_repr()}, pairs={self.pairs!r}"


def _dual_pairs(forms: dict[Irrep, InvariantForms]) -> list[tuple[Irrep, Irrep]]:
    """The irreps without a form whose dual is there too, each pair once."""
    alone = [irrep for irrep, known in forms.items() if not len(known.all)]
    return [(one, two) for one, two in combinations(alone, 2) if len(clebsch_gordan(one, two, one.group.trivial))]


def _factors(forms: InvariantForms, m: int, pairs: str) -> np.ndarray:
    """1/√E ⟨x_u, x_v⟩² on standard normal features, in the order of the values: E = d, or (tr M)² + 2d for u = v."""
    found = []
    for M in forms.symmetric:
        same = 1 / sqrt(float(np.trace(M)) ** 2 + 2 * len(M))
        if pairs == "same":
            found += [same] * m
        else:
            found += [same if u == v else 1 / sqrt(len(M)) for u, v in combinations_with_replacement(range(m), 2)]
    if pairs == "all":
        found += [1 / sqrt(len(M)) for M in forms.antisymmetric for _ in combinations(range(m), 2)]
    return np.array(found)
