"""Attention: points exchange features with weights that are functions of invariants."""

from __future__ import annotations

from math import ceil, sqrt

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from intertwine.errors import ConfigurationError, RepresentationError
from intertwine.groups.theory import RealArray
from intertwine.nn.constant import Constant
from intertwine.nn.equivariant_module import EquivariantModule
from intertwine.nn.feature_checks import check_features, require_by_irreps
from intertwine.nn.full_precision import widened, without_autocast
from intertwine.nn.invariant_forms import invariant_forms
from intertwine.nn.linear import Linear
from intertwine.representations import Irrep, Rep, clebsch_gordan


class Attention(EquivariantModule):
    """y_i = W Σ_j softmax_j(⟨q_i, k_j⟩/√D + b_ij) v_j with queries, keys and values linear in the features.

    ⟨·,·⟩ is the invariant form of each irrep, of either sign for non-compact groups, antisymmetric where there is
    nothing else (a query and a key are different vectors, so that it counts); an irrep without a form meets the keys of
    its dual, if rep_in holds it, and otherwise is carried by the values alone. Scores are invariants, so the weights
    are, and the output is equivariant (Fuchs et al. 2006.10503 for SO(3), Vaswani et al. 1706.03762 for the trivial
    group).

    Shape: [..., points, rep_in.dim] → [..., points, rep_out.dim].

    Parameters
    ----------
    rep_in, rep_out:
        Features by irreps; rep_out is rep_in by default.
    heads:
        Number of attention patterns. Each has ⌈m/heads⌉ channels of every irrep with m channels.

    Forward arguments
    -----------------
    x:
        The points that ask.
    mask [..., points]:
        Which points answer. A point that nobody answers gets 0 values.
    bias [..., heads, points, points]:
        Further invariants b_ij, functions of distances for instance.
    context [..., points', rep_in.dim]:
        The points that answer, if others than x; mask and bias are then theirs.

    Raises
    ------
    ConfigurationError
        For less than one head.
    RepresentationError
        Where nothing in rep_in gives a score, or a Linear cannot reach rep_out.
    """

    def __init__(
        self,
        rep_in: Rep,
        rep_out: Rep | None = None,
        *,
        heads: int = 4,
        dtype: torch.dtype | None = None,
        device: torch.device | str | None = None,
    ) -> None:
        require_by_irreps(rep_in, "Attention")
        rep_out = rep_in if rep_out is None else rep_out
        require_by_irreps(rep_out, "Attention")
        super().__init__(rep_in, rep_out)
        if isinstance(heads, bool) or heads < 1:
            raise ConfigurationError("a number of heads", received=heads, expected="1, 2, …")
        self.heads = heads
        pairs = _score_pairs(rep_in)
        if not pairs:
            raise RepresentationError(
                "nothing in rep_in gives an invariant score", received=repr(rep_in), fix="add invariants to rep_in"
            )
        channels = [heads * ceil(rep_in.multiplicity(irrep) / heads) for irrep, _, _ in pairs]
        rep_query = Rep(rep_in.group, [(m, irrep) for m, (irrep, _, _) in zip(channels, pairs, strict=True)])
        rep_key = Rep(rep_in.group, [(m, dual) for m, (_, dual, _) in zip(channels, pairs, strict=True)])
        rep_value = Rep(rep_in.group, [(heads * ceil(b.multiplicity / heads), b.irrep) for b in rep_out.blocks])
        self.query = Linear(rep_in, rep_query, dtype=dtype, device=device)
        self.key = Linear(rep_in, rep_key, dtype=dtype, device=device)
        self.value = Linear(rep_in, rep_value, dtype=dtype, device=device)
        self.out = Linear(rep_value, rep_out, bias=False, dtype=dtype, device=device)
        forms = {
            str(index): form
            for index, (_, _, form) in enumerate(pairs)
            if not (_is_diagonal(form) and np.allclose(np.diag(form), 1.0))
        }
        self.exact_tables = {f"forms.{index}": form for index, form in forms.items()}  # whole, however they are applied
        self.forms = nn.ModuleDict(
            {
                index: Constant(np.diag(form) if _is_diagonal(form) else form, dtype=dtype, device=device)
                for index, form in forms.items()
            }
        )

    def forward(
        self,
        x: Float[Tensor, "*batch points features"],
        mask: Bool[Tensor, "*batch keys"] | None = None,
        bias: Float[Tensor, "*#batch heads points keys"] | None = None,
        context: Float[Tensor, "*batch keys features"] | None = None,
    ) -> Float[Tensor, "*batch points out"]:
        check_features(x, self.rep_in)
        other = x if context is None else context
        check_features(other, self.rep_in, "rep_in (context)")
        if mask is not None:
            # what is masked may be infinite or NaN, and 0 · NaN is NaN
            other = other.masked_fill(~mask.unsqueeze(-1), 0.0)
        queries = widened(self._by_head(self.query(x), self.query.rep_out, with_forms=True))
        keys = widened(self._by_head(self.key(other), self.key.rep_out))
        with without_autocast(x):
            scores = queries @ keys.transpose(-1, -2) / sqrt(queries.shape[-1])
        if bias is not None:
            scores = scores + bias
        if mask is not None:
            scores = scores.masked_fill(~mask[..., None, None, :], torch.finfo(scores.dtype).min)
        weights = torch.softmax(scores, dim=-1).to(x.dtype)
        carried = self.value(other)
        if mask is not None:  # where everything is masked all weights are equal
            carried = carried.masked_fill(~mask.unsqueeze(-1), 0.0)
        values = self._by_head(carried, self.value.rep_out)
        mixed = self._from_heads((weights @ values).to(x.dtype))
        y: Tensor = self.out(mixed)
        return y

    def _by_head(self, y: Tensor, rep: Rep, with_forms: bool = False) -> Tensor:
        """[..., points, rep.dim] → [..., heads, points, rep.dim / heads]; channels of a block dealt out by head."""
        parts = []
        for index, (block, where) in enumerate(zip(rep.blocks, rep.slices, strict=True)):
            part = y[..., where].unflatten(-1, (block.irrep.real_dim, block.multiplicity))
            if with_forms and str(index) in self.forms:
                form = self.forms[str(index)]().to(part.dtype)
                part = form.unsqueeze(-1) * part if form.ndim == 1 else form.T @ part
            parts.append(part.unflatten(-1, (self.heads, -1)).movedim(-2, -4).flatten(-2))
        return torch.cat(parts, dim=-1)

    def _from_heads(self, y: Tensor) -> Tensor:
        """The inverse of `_by_head` for values."""
        parts, start = [], 0
        for block in self.value.rep_out.blocks:
            size = block.dim // self.heads
            part = y[..., start : start + size].unflatten(-1, (block.irrep.real_dim, -1))
            parts.append(part.movedim(-4, -2).flatten(-3))
            start += size
        return torch.cat(parts, dim=-1) if parts else y[..., 0, :, :0]

    def extra_repr(self) -> str:
        """The representations and heads."""
        return f"{super().extra_repr()}, heads={self.heads}"


def _is_diagonal(form: RealArray) -> bool:
    return form.shape[0] == form.shape[1] and np.array_equal(form, np.diag(np.diag(form)))


def _score_pairs(rep: Rep) -> list[tuple[Irrep, Irrep, RealArray]]:
    """(irrep of the query, irrep of the key, form [d, d'] of second moment d) for every irrep that has a partner."""
    found: list[tuple[Irrep, Irrep, RealArray]] = []
    for irrep in rep.irreps:
        own = invariant_forms(irrep).all
        if len(own):
            found.append((irrep, irrep, own[0]))
            continue
        for dual in rep.irreps:
            forms = clebsch_gordan(irrep, dual, rep.group.trivial)[..., 0]
            if len(forms):
                found.append((irrep, dual, sqrt(irrep.real_dim) * forms[0]))
                break
    return found
