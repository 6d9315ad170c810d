"""Lifting: functions of points become functions on a group, at every point a value for each of a set of elements."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from intertwine.errors import ConfigurationError
from intertwine.groups.element import GroupElement
from intertwine.groups.finite_group import FiniteGroup
from intertwine.groups.group import Group
from intertwine.nn.constant import Constant
from intertwine.nn.graph_batch import GraphBatch
from intertwine.representations import Rep


def lifting_elements(group: Group, count: int, seed: int = 0) -> list[GroupElement]:
    """All elements of a finite group that has at most `count`; else `count` Haar elements, drawn with the seed.

    Raises
    ------
    ConfigurationError
        For a non-compact group, which has no average: give elements of your own.
    """
    if not group.is_compact:
        raise ConfigurationError(
            "no average over a non-compact group", received=group.name, fix="give the elements to lift to"
        )
    if isinstance(group, FiniteGroup) and group.order <= count:
        return list(group.elements)
    rng = np.random.default_rng(seed)
    return [group.sample(rng) for _ in range(count)]


class Lifting(nn.Module):
    """Points x_i of R^n under translations and a group H of matrices, lifted to pairs u = (x_i, h_k).

    A pair u, v is told apart by u⁻¹v = (h_k⁻¹(x_j − x_i), h_k⁻¹h_l) alone: whatever is computed from that and from
    features brought to the frame, ρ(h_k)⁻¹ f_i, does not change when H and the translations act on everything (Finzi et
    al. 2002.12880, section 4). Its average over k, turned back by ρ(h_k), is equivariant: exactly where the elements
    are a group, or move along; for elements drawn at random in the mean only.

    h_k⁻¹h_l enters as the matrix by which it acts on the vectors; the original's logarithm has no continuous choice.

    Parameters
    ----------
    rep_in, rep_out, vector:
        Of the features of the points, of the results, and of the points.
    elements:
        h_1 … h_L.
    """

    def __init__(
        self,
        rep_in: Rep,
        rep_out: Rep,
        vector: Rep,
        elements: Sequence[GroupElement],
        *,
        dtype: torch.dtype | None = None,
        device: torch.device | str | None = None,
    ) -> None:
        super().__init__()
        if not elements:
            raise ConfigurationError("lifting needs elements", received="none", expected="at least the identity")
        self.size = len(elements)
        inverses = [h.inverse() for h in elements]
        frames = np.array([vector.matrix(h) for h in inverses])
        turns = np.einsum("kij,lmj->klim", frames, np.linalg.inv(frames).transpose(0, 2, 1))
        self.frames = Constant(frames, dtype=dtype, device=device)
        self.turns = Constant(turns.reshape(self.size, self.size, -1), dtype=dtype, device=device)
        self.down = Constant([rep_in.matrix(h) for h in inverses], dtype=dtype, device=device)
        self.up = Constant([rep_out.matrix(h) for h in elements], dtype=dtype, device=device)
        self.relative_dim = vector.dim + vector.dim**2

    def lift(self, x: Float[Tensor, "nodes features"]) -> Float[Tensor, "lifted features"]:
        """[nodes, rep_in.dim] → [nodes · L, rep_in.dim]: element k of node i is row i L + k."""
        return torch.einsum("kij,nj->nki", self.down().to(x.dtype), x).flatten(0, 1)

    def lower(self, y: Float[Tensor, "lifted out"]) -> Float[Tensor, "nodes out"]:
        """[nodes · L, rep_out.dim] → [nodes, rep_out.dim]: turned back, and averaged."""
        return torch.einsum("kij,nkj->ni", self.up().to(y.dtype), y.unflatten(0, (-1, self.size))) / self.size

    def pairs(
        self, graph: GraphBatch
    ) -> tuple[Float[Tensor, "pairs relative"], Int[Tensor, " pairs"], Int[Tensor, " pairs"]]:
        """u⁻¹v of all lifted edges [edges · L², n + n²], senders and receivers among the lifted nodes.

        A node is its own neighbour: its elements see each other.
        """
        nodes, L = len(graph.positions), self.size
        own = torch.arange(nodes, device=graph.senders.device)
        sender, receiver = torch.cat([graph.senders, own]), torch.cat([graph.receivers, own])
        vectors = graph.vectors()
        vectors = torch.cat([vectors, vectors.new_zeros(nodes, vectors.shape[1])])
        seen = torch.einsum("kij,ej->eki", self.frames().to(vectors.dtype), vectors)
        shape = (len(sender), L, L)
        relative = torch.cat(
            [seen.unsqueeze(2).expand(*shape, -1), self.turns().to(vectors.dtype).expand(*shape, -1)], dim=-1
        )
        element = torch.arange(L, device=sender.device)
        receivers = (receiver[:, None, None] * L + element[:, None]).expand(shape)
        senders = (sender[:, None, None] * L + element).expand(shape)
        return relative.flatten(0, 2), senders.flatten(), receivers.flatten()
