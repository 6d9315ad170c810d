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
from intertwine.nn.linear import Linear, joint
from intertwine.representations import Irrep, Rep, clebsch_gordan

FAR = 1e30  # below every score: the exponential is exactly 0


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
        if context is None:
            asked, offered, carried = joint([self.query, self.key, self.value], x)
        else:
            (asked,) = joint([self.query], x)
            offered, carried = joint([self.key, self.value], other)
        absent = None
        if mask is not None:
            # what is masked may be infinite or NaN, and 0 · NaN is NaN; where all is masked the values must be 0
            absent = ~mask.unsqueeze(-1)
            offered, carried = ([y.masked_fill(absent.unsqueeze(-1), 0.0) for y in kind] for kind in (offered, carried))
        weights = torch.softmax(self._scores(x, self._with_forms(asked), offered, absent, bias), dim=-1).to(x.dtype)
        mixed = self._from_heads((weights @ self._by_head(carried)).to(x.dtype))
        y: Tensor = self.out(mixed)
        return y

    def _scores(
        self, x: Tensor, asked: list[Tensor], offered: list[Tensor], absent: Tensor | None, bias: Tensor | None
    ) -> Tensor:
        """[..., heads, points, keys]; the mask is one more component of queries and keys: no pass over the scores."""
        scale = 1 / sqrt(sum(block.dim for block in self.query.rep_out.blocks) // self.heads)
        asked = [widened(y) * scale for y in asked]
        offered = [widened(y) for y in offered]
        if absent is not None:
            shape = (*absent.shape[:-2], x.shape[-2], 1, self.heads)
            asked = [*asked, asked[0].new_ones(()).expand(shape)]
            far = absent.to(offered[0].dtype) * -FAR
            offered = [*offered, far.unsqueeze(-1).expand(*absent.shape, self.heads)]
        queries, keys = self._by_head(asked), self._by_head(offered).transpose(-1, -2)
        with without_autocast(x):
            if bias is None or bias.shape[:-2] != queries.shape[:-2] or bias.dtype != queries.dtype:
                scores = queries @ keys
                summed: Tensor = scores if bias is None else scores + bias
                return summed
            one = torch.baddbmm(bias.flatten(0, -3), queries.flatten(0, -3), keys.flatten(0, -3))
            return one.view(*queries.shape[:-1], keys.shape[-1])

    def _with_forms(self, blocks: list[Tensor]) -> list[Tensor]:
        """Queries [..., d, m] times the form of their irrep."""
        found = []
        for index, block in enumerate(blocks):
            if str(index) in self.forms:
                form = self.forms[str(index)]().to(block.dtype)
                block = form.unsqueeze(-1) * block if form.ndim == 1 else form.T @ block
            found.append(block)
        return found

    def _by_head(self, blocks: list[Tensor]) -> Tensor:
        """Blocks [..., points, d, m] → [..., heads, points, Σ d m/heads]; channels of a block dealt out by head."""
        # component by component: views of the blocks, so that everything is copied once
        parts = [part for block in blocks for part in block.unflatten(-1, (self.heads, -1)).unbind(-3)]
        return torch.cat([part.transpose(-2, -3) for part in parts], dim=-1)

    def _from_heads(self, y: Tensor) -> Tensor:
        """The inverse of `_by_head` for values, side by side."""
        blocks = self.value.rep_out.blocks
        parts = []
        for block, part in zip(blocks, y.split([block.dim // self.heads for block in blocks], dim=-1), strict=True):
            parts.append(part.unflatten(-1, (block.irrep.real_dim, -1)).movedim(-4, -2).flatten(-3))
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
