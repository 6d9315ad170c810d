"""A NequIP-like interatomic potential written with e3nn's own modules, and our network's weights brought to it."""

from __future__ import annotations

from math import sqrt

import torch
from e3nn import nn as enn
from e3nn import o3
from torch import Tensor, nn

import intertwine as tw
from e3nn_product import NAMES, bases
from intertwine.models.tensor_product_network import Interaction, TensorProductNetwork
from intertwine.nn.graph_batch import GraphBatch
from intertwine.nn.harmonics import Harmonics
from intertwine.nn.product_reference import reference_product
from intertwine.representations import Rep

SPHERE = o3.Irreps("0e + 1o + 2e")


def turns() -> dict[str, Tensor]:
    """Q of each irrep with Q y_ours = y_e3nn for the harmonics: the change of basis, its sign included."""
    v, found = torch.tensor([0.3, -0.5, 0.7]), {}
    mine, theirs = (
        Harmonics(tw.Rep("O(3)", "1o"), 2, unit_vectors=True)(v),
        o3.spherical_harmonics(SPHERE, v, normalize=True, normalization="component"),
    )
    for name, Q, where in zip(NAMES, bases(), SPHERE.slices(), strict=True):
        found[name] = Q * torch.sign((Q @ mine[where]) @ theirs[where])
        assert float((found[name] @ mine[where] - theirs[where]).abs().max()) < 1e-5
    return found


TURNS = turns()


def to_theirs(x: Tensor, rep: Rep) -> Tensor:
    """Features from our basis and layout [d, m] to theirs, [m, d]."""
    parts = [
        torch.einsum("ij,nju->nui", TURNS[block.irrep.name], x[:, where].unflatten(-1, (block.irrep.real_dim, -1)))
        for block, where in zip(rep.blocks, rep.slices, strict=True)
    ]
    return torch.cat([part.flatten(-2) for part in parts], dim=-1)


def irreps_of(rep: Rep) -> o3.Irreps:
    return o3.Irreps([(block.multiplicity, block.irrep.name) for block in rep.blocks])


class PeerLayer(nn.Module):
    """Linear, tensor product with radial weights, sum over neighbours, Linear and self-connection, Gate."""

    def __init__(self, ours: Interaction, features: int, width: int, sphere: o3.Irreps = SPHERE) -> None:
        super().__init__()
        plan = ours.messages.product.plan
        up, sums, out = irreps_of(ours.up.rep_out), irreps_of(plan.rep_out), irreps_of(ours.gate.rep_out)
        self.up = o3.Linear(irreps_of(ours.rep_in), up)
        paths = [(path.block_1, path.block_2, path.block_out, "uvu", True) for path in plan.paths]
        self.product = o3.TensorProduct(up, sphere, sums, paths, shared_weights=False, internal_weights=False)
        self.radial = enn.FullyConnectedNet(
            [features, width, width, self.product.weight_numel], torch.nn.functional.silu
        )
        scalars = o3.Irreps([one for one in out if one.ir.l == 0])
        gated = o3.Irreps([one for one in out if one.ir.l > 0])
        gates = o3.Irreps([(gated.num_irreps, "0e")] if gated.num_irreps else [])
        self.gate = enn.Gate(scalars, [torch.nn.functional.silu], gates, [torch.sigmoid] if gates else [], gated)
        self.down = o3.Linear(sums, self.gate.irreps_in)
        self.own = o3.Linear(irreps_of(ours.rep_in), self.gate.irreps_in)

    def forward(self, x: Tensor, sphere: Tensor, basis: Tensor, sender: Tensor, receiver: Tensor) -> Tensor:
        messages = self.product(self.up(x)[sender], sphere, self.radial(basis))
        summed = messages.new_zeros(len(x), messages.shape[1]).index_add(0, receiver, messages)
        y: Tensor = self.gate(self.down(summed) + self.own(x))
        return y


class PeerNetwork(nn.Module):
    """The same function as a TensorProductNetwork with a cut-off and pooled by a sum; node features are invariants."""

    def __init__(self, ours: TensorProductNetwork) -> None:
        super().__init__()
        self.config = ours.config
        self.encoding = ours.encoding  # a few functions of a length, the same on both sides
        self.layers = nn.ModuleList(
            PeerLayer(layer, ours.config.basis, ours.config.radial_width) for layer in ours.layers
        )
        self.readout = o3.Linear(irreps_of(ours.layers[-1].rep_out), "0e")
        with torch.no_grad():
            for mine, theirs in zip(ours.layers, self.layers, strict=True):
                copy_layer(mine, theirs)
            copy_linear(ours.readout, [self.readout])

    def forward(self, x: Tensor, graph: GraphBatch) -> Tensor:
        vectors = graph.vectors()
        sphere = o3.spherical_harmonics(SPHERE, vectors, normalize=True, normalization="component")
        sphere = sphere * (self.encoding.envelope(vectors) / sqrt(self.config.neighbours)).unsqueeze(-1)
        basis = self.encoding(vectors)
        for layer in self.layers:
            x = layer(x, sphere, basis, graph.senders, graph.receivers)
        return graph.pool(self.readout(x))


def copy_layer(mine: Interaction, theirs: PeerLayer) -> None:
    """Our weights: bases differ by a rotation within irreps and a sign a path, layouts by an order of columns."""
    copy_linear(mine.up, [theirs.up])
    copy_linear(mine.mix, [theirs.down, theirs.own])
    weights, plan = mine.weights, mine.messages.product.plan
    layers = [weights.edge, *weights.hidden, weights.out]
    for one, other in zip(layers, theirs.radial, strict=True):
        other.weight.copy_(one.weight.T * sqrt(one.in_features))
    sign = path_factors(mine, theirs)
    for factor, path in zip(sign, plan.paths, strict=True):
        theirs.radial[-1].weight[:, path.weights] *= factor
    # e3nn estimates the second moments of activations by sampling; ours are quadratures.
    for module in theirs.modules():
        if type(module).__name__ == "normalize2mom":
            module.cst = (mine.gate.gate if module.f is torch.sigmoid else weights.activation).factor
    for layer in theirs.radial:
        if layer.act is not None:
            layer.act.cst = weights.activation.factor


def path_factors(mine: Interaction, theirs: PeerLayer) -> list[float]:
    """What each path's weight must be multiplied by, from one random sample a path."""
    product, plan = mine.messages.product, mine.messages.product.plan
    found = []
    x, y = torch.randn(1, plan.rep_1.dim), torch.randn(1, plan.rep_2.dim)
    for path in plan.paths:
        w = torch.zeros(1, product.weight_numel)
        w[:, path.weights] = 1.0
        a = to_theirs(reference_product(plan, x, y, w), plan.rep_out)
        b = theirs.product(to_theirs(x, plan.rep_1), to_theirs(y, plan.rep_2), w)
        found.append(float((a * b).sum() / (b * b).sum()))
        assert float((a - found[-1] * b).abs().max()) < 1e-4
    return found


def copy_linear(mine: nn.Module, theirs: list[o3.Linear]) -> None:
    """One Linear of concatenated inputs is a sum of theirs; theirs divide by √fan-in when they run."""
    by_name: dict[str, Tensor] = {}
    for pair in mine.channels:
        by_name[pair.irrep.name] = mine.weight[pair.weights].view(pair.rows, pair.columns)
    rows = dict.fromkeys(by_name, 0)
    for linear in theirs:
        columns = dict.fromkeys(by_name, 0)
        seen: dict[int, int] = {}
        for instruction, view in zip(linear.instructions, linear.weight_views(), strict=True):
            name, height = str(linear.irreps_in[instruction.i_in].ir), linear.irreps_in[instruction.i_in].mul
            width = linear.irreps_out[instruction.i_out].mul
            start = columns[name]
            view.copy_(by_name[name][rows[name] : rows[name] + height, start : start + width] / instruction.path_weight)
            columns[name] += width
            seen[instruction.i_in] = height
        for i, height in seen.items():
            rows[str(linear.irreps_in[i].ir)] += height
