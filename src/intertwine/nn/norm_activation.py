"""NormActivation: every channel scaled by a smooth function of its own invariant ⟨x, x⟩."""

from __future__ import annotations

from math import sqrt

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from intertwine.nn.constant import Constant
from intertwine.nn.equivariant_module import EquivariantModule
from intertwine.nn.feature_checks import check_features, require_by_irreps
from intertwine.nn.invariant_forms import invariant_forms, quadratic
from intertwine.nn.scalar_functions import ScalarFunction, Scaled, scalar_function
from intertwine.representations import Rep

_GROWTH = 2**0.1  # of |x|² on the light cone, in one layer


class NormActivation(EquivariantModule):
    """x_u ↦ c x_u σ(w_u r(q_u) + v_u q_u + b_u), q = ⟨x_u, x_u⟩/k, on non-trivial irreps, s ↦ f(s) on invariants.

    ⟨·,·⟩ is the symmetric invariant form of `rep.metric`: |x|² for compact groups, of either sign for the others. It
    enters as it is, without a root of it, so that the map is smooth everywhere and defined on space-like, light-like
    and time-like vectors alike. For a definite form r(q) = q and v is absent; for an indefinite one
    r(q) = √(1 + q²) − 1 measures how far x is from the light cone, on either side, and v_u tells the sides apart. An
    irrep without a symmetric form (Sp(4,R)'s 4, SL(3,R)'s 3) has no ⟨x, x⟩ and passes unchanged: use a Gate for it.

    Shape: [..., rep.dim] → [..., rep.dim]. k and c keep second moments at 1 when built, with v = b = 0 and w = −1: a
    sigmoid damps long vectors, so that a deep network does not blow up. On the light cone nothing can damp a vector (a
    boost makes it as long as one likes, and q = 0): there c σ(0) > 1 is the growth of a layer, and for indefinite forms
    w starts at the value, about −0.1, with which ten layers double |x|² at most.

    Parameters
    ----------
    rep:
        The features, by irreps.
    function:
        σ, by name or as a function of a tensor.
    activation:
        f, for the invariants.
    """

    def __init__(
        self,
        rep: Rep,
        *,
        function: str | ScalarFunction = "sigmoid",
        activation: str | ScalarFunction = "elu",
        dtype: torch.dtype | None = None,
        device: torch.device | str | None = None,
    ) -> None:
        require_by_irreps(rep, "NormActivation")
        super().__init__(rep, rep)
        self.function = scalar_function(function)
        self.activation = Scaled(activation)
        self.forms = nn.ModuleDict()
        self.factors: list[tuple[float, float] | None] = []  # 1/k and c of every block
        starts: list[float] = []  # of w, channel by channel
        for index, block in enumerate(rep.blocks):
            forms = invariant_forms(block.irrep)
            if block.irrep.is_trivial or not len(forms.symmetric):
                self.factors.append(None)
                continue
            plus = round((block.irrep.real_dim + float(np.trace(forms.symmetric[0]))) / 2)
            w = _first_weight(self.function, plus, block.irrep.real_dim - plus)
            self.factors.append(_factors(self.function, plus, block.irrep.real_dim - plus, w))
            starts += [w] * block.multiplicity
            if not forms.is_definite:
                self.forms[str(index)] = Constant(forms.symmetric[0], dtype=dtype, device=device)
        kind = torch.get_default_dtype() if dtype is None else dtype
        self.weight = nn.Parameter(torch.tensor(starts, dtype=kind, device=device))
        signed = sum(b.multiplicity for i, b in enumerate(rep.blocks) if str(i) in self.forms)
        self.signed_weight = nn.Parameter(torch.zeros(signed, dtype=dtype, device=device)) if signed else None
        self.bias = nn.Parameter(torch.zeros(len(starts), dtype=dtype, device=device))

    def forward(self, x: Float[Tensor, "*batch features"]) -> Float[Tensor, "*batch features"]:
        check_features(x, self.rep_in)
        parts: list[Tensor] = []
        start = signed = 0
        for index, (block, where) in enumerate(zip(self.rep_in.blocks, self.rep_in.slices, strict=True)):
            factors = self.factors[index]
            if factors is None:
                parts.append(self.activation(x[..., where]) if block.irrep.is_trivial else x[..., where])
                continue
            channels = x[..., where].unflatten(-1, (block.irrep.real_dim, block.multiplicity))
            form = self.forms[str(index)]() if str(index) in self.forms else None
            mine = slice(start, start + block.multiplicity)
            q = factors[0] * quadratic(channels, form)
            if form is None or self.signed_weight is None:
                inside = self.weight[mine] * q + self.bias[mine]
            else:
                sides = self.signed_weight[signed : signed + block.multiplicity] * q
                inside = self.weight[mine] * _distance(q) + sides + self.bias[mine]
                signed += block.multiplicity
            scale = (factors[1] * self.function(inside)).to(x.dtype)
            parts.append((channels * scale.unsqueeze(-2)).flatten(-2))
            start += block.multiplicity
        return torch.cat(parts, dim=-1) if parts else x


def _distance(q: Tensor) -> Tensor:
    """√(1 + q²) − 1, without the cancellation at small q."""
    return q.square() / (1 + (1 + q.square()).sqrt())


def _first_weight(function: ScalarFunction, plus: int, minus: int) -> float:
    """w = −1 for a definite form, else as far below 0 as light-like vectors allow, −1 at most.

    Those have q = 0 however long they are, and grow by c σ(0) a layer. Ten layers may at most double |x|².
    """
    if not minus:
        return -1.0
    at_cone = float(function(torch.zeros(())))

    def growth(w: float) -> float:
        return _factors(function, plus, minus, w)[1] ** 2 * at_cone**2

    w = -1.0
    while w < -1e-3 and at_cone and growth(w) > _GROWTH:
        w /= 1.1
    return w


def _factors(function: ScalarFunction, plus: int, minus: int, w: float) -> tuple[float, float]:
    """1/k with k² = E ⟨x,x⟩², and c with E |x|² c² σ(w r)² = d, for standard normal x.

    ⟨x, x⟩ = a − b with a, b of χ² distributions with `plus` and `minus` degrees of freedom: Gauss–Laguerre quadrature.
    """
    a, weight_a = _chi_square(plus)
    b, weight_b = _chi_square(minus)
    weight = weight_a[:, None] * weight_b
    per_k = 1 / sqrt((plus - minus) ** 2 + 2 * (plus + minus))
    with torch.no_grad():
        q = torch.from_numpy(per_k * (a[:, None] - b))
        values = function(w * (_distance(q) if minus else q)).double().numpy()
    moment = float((weight * (a[:, None] + b) * values**2).sum()) / (plus + minus)
    return per_k, 1 / sqrt(moment)


def _chi_square(degrees: int) -> tuple[np.ndarray, np.ndarray]:
    """Nodes and weights, of sum 1, of the χ² distribution."""
    if degrees == 0:
        return np.zeros(1), np.ones(1)
    from scipy.special import roots_genlaguerre

    nodes, weights = roots_genlaguerre(40, degrees / 2 - 1)
    weights = np.asarray(weights) / np.sum(weights)
    return 2 * np.asarray(nodes), weights
