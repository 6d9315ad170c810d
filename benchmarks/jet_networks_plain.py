"""The formulas of LorentzNet (2201.08187, equations 3–5) and of LGN's messages on lists of edges."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor, nn

from intertwine.models.jet_graph import jet_graph
from intertwine.models.jet_network import Jets
from intertwine.models.jet_tokens import point_invariants, rest_frame_momenta, tokens
from intertwine.models.lorentz_group_network import LorentzGroupNetwork
from intertwine.models.lorentz_net import LorentzNet
from intertwine.nn.product_plan import ProductPlan


def psi(s: Tensor) -> Tensor:
    return s.sign() * (s.abs() + 1).log()


class PlainLorentzNet(nn.Module):
    """With the parameters, by name, of the network inside of `model`."""

    def __init__(self, model: LorentzNet, p: Tensor, mask: Tensor) -> None:
        super().__init__()
        self.embedding, self.layers, self.readout = model.network.embedding, model.network.layers, model.network.readout
        self.step = model.config.step
        jets = Jets(p, mask, torch.zeros(*mask.shape, 0), p.shape[1])
        self.scalars = point_invariants(jets, torch.float32).flatten(0, 1)
        self.momenta = rest_frame_momenta(jets, torch.float32)[0].flatten(0, 1)
        self.jets, n = mask.shape
        jet, i, j = (~torch.eye(n, dtype=torch.bool)).expand(self.jets, n, n).nonzero(as_tuple=True)
        self.i, self.j, self.neighbours = jet * n + i, jet * n + j, n - 1

    def forward(self) -> Tensor:
        h, x, i, j = self.embedding(self.scalars), self.momenta, self.i, self.j
        metric = torch.tensor([1.0, -1.0, -1.0, -1.0])
        for layer in self.layers:
            apart = x[i] - x[j]
            norms = psi((apart.square() * metric).sum(-1, keepdim=True))
            products = psi((x[i] * x[j] * metric).sum(-1, keepdim=True))
            m = layer.edge_out(layer.edge_in(torch.cat([h[i], h[j], norms, products], dim=-1)))
            gate = torch.sigmoid(layer.attention(m))
            if layer.move is not None:
                steps = (apart * layer.move(m)).clamp(-100, 100)
                x = x + self.step * torch.zeros_like(x).index_add(0, i, steps) / self.neighbours
            sums = torch.zeros_like(h).index_add(0, i, gate * m)
            h = h + layer.node(torch.cat([h, sums, self.scalars], dim=-1))
        return self.readout(h.view(self.jets, -1, h.shape[-1]).mean(1)).squeeze(-1)


class PlainLGN(nn.Module):
    """The network inside of `model`, its messages edge by edge; weights of both directions are made twice."""

    def __init__(self, model: LorentzGroupNetwork, p: Tensor, mask: Tensor) -> None:
        super().__init__()
        self.network, self.head = model.network, model.head
        jets = Jets(p, mask, torch.zeros(*mask.shape, 0), p.shape[1])
        self.features = tokens(jets, torch.float32)[mask]
        self.graph = replace(jet_graph(jets, torch.float32), paired=False)
        for layer in self.network.layers:
            layer.messages.forward = plain_messages(layer.messages.product.plan)

    def forward(self) -> Tensor:
        return self.head(self.network(self.features, self.graph)).squeeze(-1)


def plain_messages(plan: ProductPlan) -> Callable[..., Tensor]:
    """Σ over edges of w C(x_sender ⊗ edge), path by path."""

    def messages(x: Tensor, edge: Tensor, sender: Tensor, receiver: Tensor, weight: Tensor) -> Tensor:
        at_sender, blocks = x[sender], [None] * len(plan.rep_out.blocks)
        for path in plan.paths:
            C = torch.tensor(path.maps, dtype=x.dtype)
            left = at_sender[:, plan.rep_1.slices[path.block_1]].unflatten(-1, (C.shape[0], -1))
            right = edge[:, plan.rep_2.slices[path.block_2]].unflatten(-1, (C.shape[1], -1))[..., path.channel_2]
            term = torch.einsum("eiu,ej,ijk->eku", left, right, C) * weight[:, None, path.weights]
            blocks[path.block_out] = term if blocks[path.block_out] is None else blocks[path.block_out] + term
        found = torch.cat([block.flatten(-2) for block in blocks], dim=-1)
        return x.new_zeros(len(x), found.shape[-1]).index_add(0, receiver, found)

    return messages
