"""Layers of particular groups, with masks or kinds, and of fields: what the harness runs over beside `every_layer`."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from every_layer import Built, edges_between, stirred
from torch import Tensor

import intertwine as tw
from intertwine import nn
from intertwine.nn.equivariant_module import EquivariantModule
from intertwine.nn.field_module import FieldModule
from intertwine.nn.lifting import lifting_elements
from intertwine.representations import Rep


class Masked(EquivariantModule):
    """A layer of sets or sequences that must not see every third point."""

    def __init__(self, layer: EquivariantModule) -> None:
        super().__init__(layer.rep_in, layer.rep_out)
        self.layer = layer

    def forward(self, x: Tensor) -> Tensor:
        mask = torch.arange(x.shape[-2], device=x.device) % 3 < 2
        y: Tensor = self.layer(x, mask.expand(x.shape[:-1]))
        return y


class OfTwoKinds(EquivariantModule):
    """A symmetric contraction with other weights for every second sample."""

    def __init__(self, rep: Rep, order: int) -> None:
        super().__init__(rep, rep)
        self.layer = nn.SymmetricContraction(rep, rep, order, types=2)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.layer(x, torch.arange(x.shape[0], device=x.device) % 2)
        return y


class OnEdges(EquivariantModule):
    """Scores of edges, and weights that see the invariants of both ends."""

    def __init__(self, rep: Rep, key: Rep) -> None:
        super().__init__(rep, Rep(rep.group, [(3, rep.group.trivial)]))
        self.key = key
        self.scores = nn.EdgeScores(rep, key, 2)
        self.weights = nn.EdgeWeights(2, 3, width=4, rep_node=rep)

    @property
    def reps_in(self) -> tuple[Rep, ...]:
        return (self.rep_in, self.key)

    def forward(self, x: Tensor, key: Tensor) -> Tensor:
        sender, receiver = edges_between(len(x), len(key), x.device)
        y: Tensor = self.weights(self.scores(x, key, receiver), x, sender, receiver)
        return y


class Lifted(EquivariantModule):
    """Any function at every element of a group, once features are brought to its frame."""

    def __init__(self, rep: Rep) -> None:
        super().__init__(rep, rep)
        self.lifting = nn.Lifting(rep, rep, rep, lifting_elements(rep.group, 100))

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.lifting.lower(torch.sin(self.lifting.lift(x)).cumsum(-1))
        return y


class OnOnePatch(FieldModule):
    """A steerable kernel with the corner of a field."""

    def __init__(self, fields: Rep) -> None:
        super().__init__(fields, fields)
        self.kernel = nn.SteerableConvolution(fields, fields, 3).kernel

    def forward(self, field: Tensor) -> Tensor:
        weight, bias = self.kernel()
        return torch.einsum("oirs,birs->bo", weight, field[..., :3, :3]) + bias


def quadratic(x: Tensor) -> Tensor:
    """A polynomial: exact on sampled signals of enough points."""
    return x + x * x / 2


def particular_layers() -> Iterator[Built]:
    """Of groups that have them, on features [..., rep.dim]."""
    S4, O3, D4 = tw.group("S4"), tw.group("O(3)"), tw.group("D4")
    vectors = Rep(tw.group("SO(3)"), "2x0 + 2x1 + 2x2")
    lorentz = Rep(tw.group("SO(1,3)"), "2x(0,0) + 2x(1/2,1/2)")
    sets, flat = ((2, 4),), ((3,),)
    yield from stirred([
        (nn.SampledActivation(nn.sphere_signals(O3, max_degree=2, resolution=6), 2, quadratic), flat),
        (nn.SampledActivation(nn.group_signals("SU(2)", ["0", "1/2", "1"], resolution=5), 2, quadratic), flat),
        (nn.SampledActivation(nn.group_signals(S4, S4.irreps(3)), 1, "silu"), flat),
        (nn.PermutationActivation(D4, 2, "silu"), flat),
        (nn.LengthEncoding(Rep(tw.group("SO(3)"), "1"), 4.0), flat),
        (nn.ScaleEncoding(Rep(tw.group("SO(1,3)"), "(1/2,1/2)")), flat),
        (nn.GRUCell(lorentz, lorentz), ((3,), (3,))),
        (OnEdges(lorentz, 2 * lorentz), ((3,), (5,))),
        (Lifted(Rep(D4, "E")), flat),
        (nn.TensorProduct(vectors, vectors, vectors, connection="elementwise"), ((3,), (3,))),
        (nn.SymmetricContraction(vectors, vectors, 3), flat),
        (OfTwoKinds(lorentz, 2), flat),
        (Masked(nn.Attention(lorentz, heads=1)), sets),
        (Masked(nn.Pooling(lorentz, "mean")), sets),
        (Masked(nn.GRU(lorentz, lorentz)), sets),
    ])  # fmt: skip


def field_layers() -> Iterator[Built]:
    """Of fields [batch, rep.dim, *sites]; that grids' rotations commute is asked in the tests of each."""
    irreps, signals = Rep(tw.group("SO(2)"), "2x0 + 2x1 + 2x2"), 2 * tw.regular("D4")
    band = Rep(tw.group("SO(2)"), "0 + 1 + 2")
    corner = Rep(tw.group("D4"), "E")
    gated = nn.FieldGate(irreps)
    flat, image = ((2,),), (4, 4)
    yield from stirred(
        [
            (nn.FieldActivation(signals, "silu"), flat),
            (nn.FieldBatchNorm(irreps), flat),
            (nn.FieldGate(irreps), flat),
            (nn.FieldInvariants(irreps), flat),
            (nn.FieldNormActivation(irreps), flat),
            (nn.FourierActivation(band, 2, "silu"), flat),
            (nn.FusedFieldNorm(nn.FieldBatchNorm(signals), nn.FieldActivation(signals, "elu")), flat),
            (nn.FusedFieldNorm(nn.FieldBatchNorm(gated.rep_in), gated, nn.AntialiasedPooling(irreps)), flat),
            (nn.GroupPooling(signals, "mean"), flat),
            (nn.GroupConvolution("D4", 1, 1, 3), flat),
            (nn.SteerableConvolution(irreps, irreps, 3), flat),
            (nn.StencilConvolution(signals, signals, 3), flat),
            (nn.LatticeSteerableConvolution(signals, signals, 3, dimension=2), flat),
            (nn.LinksToSites(corner), flat),
            (nn.SitesToLinks(corner), flat),
            (nn.AntialiasedPooling(irreps), flat),
            (OnOnePatch(irreps), flat),
        ],
        sites=image,
    )
