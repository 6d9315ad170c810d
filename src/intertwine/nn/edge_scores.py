"""EdgeScores: the invariant products of a node's query with a key on each of its edges, head by head."""

from __future__ import annotations

from math import sqrt

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from intertwine.errors import RepresentationError
from intertwine.nn.constant import Constant
from intertwine.nn.full_precision import widened
from intertwine.nn.invariant_forms import invariant_forms
from intertwine.nn.linear import Linear
from intertwine.representations import Rep


class EdgeScores(nn.Module):
    """⟨q_i, k_e⟩/√D of queries q = W x of the nodes and given keys on the edges that end at them.

    ⟨·,·⟩ is the invariant form of each irrep that nodes and keys share, of either sign for non-compact groups.
    Channels are dealt out to the heads.

    Raises
    ------
    RepresentationError
        Where nodes and keys share no irrep with an invariant form.
    """

    def __init__(
        self,
        rep_node: Rep,
        rep_key: Rep,
        heads: int,
        *,
        dtype: torch.dtype | None = None,
        device: torch.device | str | None = None,
    ) -> None:
        super().__init__()
        self.heads, self.parts = heads, []
        self.forms = nn.ModuleList()
        queries = []
        for block, where in zip(rep_key.blocks, rep_key.slices, strict=True):
            forms = invariant_forms(block.irrep).all
            if block.irrep in rep_node.irreps and len(forms):
                queries.append((block.multiplicity, block.irrep))
                self.parts.append((where, block.irrep.real_dim))
                self.forms.append(Constant(forms[0], dtype=dtype, device=device))
        if not queries:
            raise RepresentationError(
                "nodes and keys share no irrep with an invariant form", received=f"{rep_node} and {rep_key}",
                fix="keep invariants among the hidden irreps",
            )  # fmt: skip
        self.query = Linear(rep_node, Rep(rep_node.group, queries), bias=False, dtype=dtype, device=device)

    def forward(
        self,
        x: Float[Tensor, "nodes features"],
        keys: Float[Tensor, "edges channels"],
        receivers: Int[Tensor, " edges"],
    ) -> Float[Tensor, "edges heads"]:
        """[nodes, rep_node.dim] and [edges, rep_key.dim] → [edges, heads]."""
        queries, start, size = widened(self.query(x)), 0, 0
        total = keys.new_zeros(len(keys), self.heads)
        for (where, d), form in zip(self.parts, self.forms, strict=True):
            width = where.stop - where.start
            q = queries[:, start : start + width].unflatten(-1, (d, -1))
            turned = (form().to(q.dtype).T @ q).index_select(0, receivers)
            product = (turned * keys[:, where].unflatten(-1, (d, -1))).sum(1)
            total = total + product.unflatten(-1, (self.heads, -1)).sum(-1)
            start, size = start + width, size + width // self.heads
        return total / sqrt(size)
