"""One of each layer on the features of a group of the list, with its inputs: what the harness runs over."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple
from zlib import crc32

import torch
from torch import Tensor, nn

from groups_list import Case
from intertwine.nn import (
    GRU,
    Activation,
    Attention,
    ChannelDropout,
    ChannelwiseProduct,
    ElementwiseProduct,
    FullyConnectedProduct,
    Gate,
    Harmonics,
    Invariants,
    LayerNorm,
    Linear,
    MessagePassing,
    NormActivation,
    PermutationLinear,
    Pooling,
    RMSNorm,
    Sequential,
    SymmetricContraction,
    TensorSquare,
)
from intertwine.nn.equivariant_module import EquivariantModule
from intertwine.representations import Rep

LARGEST_PRODUCT = 60  # real dimension of the irreps that products are made of here


class Built(NamedTuple):
    """A layer, and the shapes [*shape, rep.dim, *sites] of its inputs."""

    name: str
    layer: EquivariantModule
    shapes: tuple[tuple[int, ...], ...]
    sites: tuple[int, ...] = ()

    def inputs(self, dtype: torch.dtype = torch.float64, *, batch: int | None = None) -> list[Tensor]:
        """Standard normal features."""
        generator = torch.Generator().manual_seed(1)
        shapes = [(batch, *shape[1:]) if batch is not None else shape for shape in self.shapes]
        reps = self.layer.reps_in
        return [
            torch.randn(*shape, rep.dim, *self.sites, generator=generator, dtype=torch.float64).to(dtype)
            for shape, rep in zip(shapes, reps, strict=True)
        ]


class OnAGraph(EquivariantModule):
    """MessagePassing on one small graph."""

    def __init__(self, rep: Rep, edge: Rep) -> None:
        super().__init__(rep, rep)
        self.layer = MessagePassing(rep, edge, rep, weights="shared", backend="reference")

    @property
    def reps_in(self) -> tuple[Rep, ...]:
        return self.layer.product.reps_in

    def forward(self, x: Tensor, edge: Tensor) -> Tensor:
        y: Tensor = self.layer(x, edge, *edges_between(len(x), len(edge), x.device))
        return y


def edges_between(nodes: int, edges: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Senders and receivers of some graph."""
    count = torch.arange(edges, device=device)
    return count % max(nodes, 1), (2 * count + 1) % max(nodes, 1)


def features_of(case: Case) -> Rep:
    """Two channels each of the trivial irrep and of two others, the smallest that are not one-dimensional."""
    irreps = sorted((i for i in case.irreps if not i.is_trivial), key=lambda i: (i.real_dim == 1, i.real_dim))[:2]
    return Rep(case.group, [(2, case.group.trivial), *((2, irrep) for irrep in irreps)])


Shapes = tuple[tuple[int, ...], ...]


def every_layer(case: Case, dtype: torch.dtype = torch.float64) -> Iterator[Built]:
    """All layers that every group has, with parameters that are not those of the start."""
    yield from stirred(_layers(case), dtype)


def stirred(
    kinds: Iterable[tuple[nn.Module, Shapes]], dtype: torch.dtype = torch.float64, sites: tuple[int, ...] = ()
) -> Iterator[Built]:
    """Each layer in eval mode with parameters that are not those of the start."""
    for module, shapes in kinds:
        torch.manual_seed(crc32(type(module).__name__.encode()))  # one more layer changes nothing about the others
        reset = getattr(module, "reset_parameters", None)
        if reset is not None:
            reset()
        layer = module.to(dtype).eval()
        with torch.no_grad():
            for parameter in layer.parameters():
                parameter += 0.3 * torch.randn(parameter.shape, dtype=torch.float64).to(dtype)
        yield Built(type(layer).__name__, layer, shapes, sites)  # type: ignore[arg-type]


def _layers(case: Case) -> list[tuple[nn.Module, Shapes]]:
    rep = features_of(case)
    scalars = Rep(case.group, [(2, case.group.trivial)])
    gate = Gate(rep)
    flat = ((3,),)
    kinds: list[tuple[nn.Module, Shapes]] = [
        (Linear(rep, rep), flat),
        (gate, flat),
        (Sequential(Linear(rep, gate.rep_in), gate), flat),
        (NormActivation(rep), flat),
        (RMSNorm(rep), flat),
        (LayerNorm(rep), flat),
        (ChannelDropout(rep, 0.5), flat),
        (Invariants(rep), flat),
        (Activation(scalars), flat),
        (Attention(rep, heads=1), ((2, 3),)),
        (GRU(rep, rep), ((2, 2),)),
        (Pooling(rep, "mean"), ((2, 3),)),
        (PermutationLinear(rep, rep, 2, 2), ((2, 3, 3),)),
    ]
    if max(block.irrep.real_dim for block in rep.blocks) <= LARGEST_PRODUCT:
        one = Rep(case.group, [(1, block.irrep) for block in rep.blocks[:2]])
        kinds += [
            (FullyConnectedProduct(rep, one, rep, backend="reference"), ((3,), (3,))),
            (ChannelwiseProduct(rep, one, rep, backend="reference"), ((3,), (3,))),
            (ElementwiseProduct(rep, rep, irreps=rep.irreps), ((3,), (3,))),
            (TensorSquare(rep, rep), flat),
            (SymmetricContraction(rep, rep, 2), flat),
            (OnAGraph(rep, one), ((3,), (4,))),
            (Harmonics(rep.blocks[1].irrep, 2, backend="reference"), flat),
        ]
    return kinds
