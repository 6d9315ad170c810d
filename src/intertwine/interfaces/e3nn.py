"""Weights of e3nn's layers in ours: the same function of the same features, up to `features_to_e3nn`.

e3nn itself is not needed: its modules are read by their attributes (weights, irreps, instructions), so that a pickled
layer or a hand-made object with the same attributes will do. Features go over by `features_from_e3nn`; o3.Linear,
o3.FullyConnectedTensorProduct, o3.TensorProduct with "uvw" or "uvu" instructions, and o3.SphericalHarmonics are read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import prod
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from intertwine.errors import ConfigurationError
from intertwine.groups.names import group as parse_group
from intertwine.groups.theory import RealArray
from intertwine.interfaces.e3nn_basis import (
    change_of_basis,
    features_from_e3nn,
    features_to_e3nn,
    irreps_from_rep,
    rep_from_irreps,
    wigner_3j,
)
from intertwine.nn.channelwise_product import ChannelwiseProduct
from intertwine.nn.equivariant_module import EquivariantModule
from intertwine.nn.fully_connected_product import FullyConnectedProduct
from intertwine.nn.harmonics import Harmonics
from intertwine.nn.linear import Linear
from intertwine.nn.product_backend import Backend
from intertwine.nn.product_plan import ProductPlan
from intertwine.representations import Irrep, Rep

__all__ = [
    "convert_weights",
    "features_from_e3nn",
    "features_to_e3nn",
    "from_e3nn",
    "irreps_from_rep",
    "rep_from_irreps",
]


def from_e3nn(module: Any, *, backend: Backend | None = None) -> EquivariantModule:
    """Our layer with the function of e3nn's: features_to_e3nn(ours(x), ours.rep_out) = module(features_to_e3nn(x, …)).

    Parameters
    ----------
    module:
        o3.Linear → Linear; o3.FullyConnectedTensorProduct and other "uvw" products → FullyConnectedProduct; "uvu"
        products → ChannelwiseProduct; o3.SphericalHarmonics → Harmonics. A "uvu" product without weights of its own
        becomes one with weights="per_sample"; `convert_weights` takes its weights along.
    backend:
        Of the product, as in `ChannelwiseProduct`.

    Raises
    ------
    ConfigurationError
        For another module, mixed or other instructions, or a "uvw" product or Linear without weights of its own.
    RepresentationError
        For parts of irreps_out that no instruction reaches.
    """
    kind = type(module).__name__
    if kind == "SphericalHarmonics":
        return _harmonics(module)
    instructions = list(getattr(module, "instructions", ()))
    if kind == "Linear" and instructions:
        return _linear(module)
    modes = {one.connection_mode for one in instructions if hasattr(one, "connection_mode")}
    if modes == {"uvw"}:
        return _fully_connected(module, backend)
    if modes == {"uvu"}:
        return _channelwise(module, backend)
    raise ConfigurationError(
        "no layer of ours stands for this module",
        received=f"{kind} with {sorted(modes) or 'no'} instructions",
        expected='Linear, SphericalHarmonics, or a tensor product all of "uvw" or all of "uvu"',
    )


def convert_weights(module: Any, layer: ChannelwiseProduct) -> Callable[[Tensor], Tensor]:
    """The function that takes weights [..., n] of a "uvu" product of e3nn to weights of the layer made from it."""
    index, factors = _channelwise_weights(module, layer)
    place, factor = torch.from_numpy(index), torch.from_numpy(factors)

    def convert(weight: Tensor) -> Tensor:
        return weight[..., place.to(weight.device)] * factor.to(weight)

    return convert


class _Stretch(NamedTuple):
    """One instruction with its stretch of e3nn's flat weights, [shape]."""

    instruction: Any
    start: int
    shape: tuple[int, ...]

    @property
    def indices(self) -> np.ndarray:
        """Where its weights stand."""
        return self.start + np.arange(prod(self.shape)).reshape(self.shape)


def _stretches(module: Any) -> Iterator[_Stretch]:
    start = 0
    for one in module.instructions:
        if getattr(one, "i_in", 0) == -1:  # a bias, stored apart
            continue
        if not getattr(one, "has_weight", True):
            raise ConfigurationError("an instruction without weights", received=repr(one), expected="has_weight=True")
        yield _Stretch(one, start, tuple(one.path_shape))
        start += prod(one.path_shape)


def _own_weights(module: Any) -> Tensor:
    weight = getattr(module, "weight", None)
    if not isinstance(weight, Tensor) or not weight.numel():
        raise ConfigurationError(
            "the module has no weights of its own", received=type(module).__name__, expected="internal_weights=True"
        )
    return weight.detach()


def _positions(rep: Rep, irrep: Irrep) -> dict[int, int]:
    """Where the channels of each block of one irrep start, all of that irrep's side by side."""
    starts, total = {}, 0
    for index, block in enumerate(rep.blocks):
        if block.irrep == irrep:
            starts[index] = total
            total += block.multiplicity
    return starts


def _linear(module: Any) -> Linear:
    weight = _own_weights(module)
    rep_in, rep_out = rep_from_irreps(module.irreps_in), rep_from_irreps(module.irreps_out)
    biased = [one for one in module.instructions if one.i_in == -1]
    layer = Linear(rep_in, rep_out, bias=bool(biased), dtype=weight.dtype, device=weight.device)
    with torch.no_grad():
        layer.weight.zero_()
        for stretch in _stretches(module):
            one = stretch.instruction
            irrep = rep_in.blocks[one.i_in].irrep
            pair = next(pair for pair in layer.channels if pair.irrep == irrep)
            row, column = _positions(rep_in, irrep)[one.i_in], _positions(rep_out, irrep)[one.i_out]
            into = layer.weight[pair.weights].view(pair.rows, pair.columns)
            m, n = stretch.shape
            into[row : row + m, column : column + n] += one.path_weight * weight[torch.from_numpy(stretch.indices)]
        if layer.bias is not None:
            start, starts = 0, _positions(rep_out, rep_out.group.trivial)
            for one in biased:
                (n,) = one.path_shape
                layer.bias[starts[one.i_out] : starts[one.i_out] + n] = (
                    one.path_weight * module.bias.detach()[start : start + n]
                )
                start += n
    return layer


def _factor(rep_1: Rep, rep_2: Rep, maps: RealArray, one: Any, rep_out: Rep) -> float:
    """What our map is multiplied by to be path_weight × e3nn's Wigner 3j tensor."""
    blocks = rep_1.blocks[one.i_in1], rep_2.blocks[one.i_in2], rep_out.blocks[one.i_out]
    degrees = [block.irrep.real_dim // 2 for block in blocks]
    Q = [change_of_basis(degree) for degree in degrees]
    turned = np.einsum("ai,bj,ck,ijk->abc", *Q, maps, optimize=True)
    return float(one.path_weight * (turned * wigner_3j(*degrees)).sum() / (turned**2).sum())


def _fully_connected(module: Any, backend: Backend | None) -> FullyConnectedProduct:
    weight = _own_weights(module)
    rep_1, rep_2, rep_out = (rep_from_irreps(i) for i in (module.irreps_in1, module.irreps_in2, module.irreps_out))
    layer = FullyConnectedProduct(rep_1, rep_2, rep_out, backend=backend, dtype=weight.dtype, device=weight.device)
    with torch.no_grad():
        layer.mix.weight.zero_()
        for stretch in _stretches(module):
            one = stretch.instruction
            irrep = rep_out.blocks[one.i_out].irrep
            pair = next(pair for pair in layer.mix.channels if pair.irrep == irrep)
            column = _positions(rep_out, irrep)[one.i_out]
            into = layer.mix.weight[pair.weights].view(pair.rows, pair.columns)
            m, _, p = stretch.shape
            theirs = weight[torch.from_numpy(stretch.indices)]
            for path in _matching(layer.plan, one, irrep):
                factor = _factor(rep_1, rep_2, path.maps, one, rep_out)
                rows = slice(path.channel_out, path.channel_out + m)
                into[rows, column : column + p] += factor * theirs[:, path.channel_2]
    return layer


def _matching(plan: ProductPlan, one: Any, irrep: Irrep) -> list[Any]:
    return [
        path
        for path in plan.paths
        if (path.block_1, path.block_2) == (one.i_in1, one.i_in2) and plan.rep_out.blocks[path.block_out].irrep == irrep
    ]


def _channelwise(module: Any, backend: Backend | None) -> ChannelwiseProduct:
    own = bool(getattr(module, "internal_weights", False))
    reps = [rep_from_irreps(i) for i in (module.irreps_in1, module.irreps_in2, module.irreps_out)]
    weight = _own_weights(module) if own else torch.empty(0)
    layer = ChannelwiseProduct(
        *reps, weights="shared" if own else "per_sample", backend=backend, dtype=weight.dtype, device=weight.device
    )
    if layer.weight is not None:
        with torch.no_grad():
            layer.weight.copy_(convert_weights(module, layer)(weight))
    return layer


def _channelwise_weights(module: Any, layer: ChannelwiseProduct) -> tuple[np.ndarray, RealArray]:
    """Which of e3nn's weights each of ours is, and times what: 0 for paths that e3nn's product does not have."""
    index = np.zeros(layer.weight_numel, dtype=np.int64)
    factors = np.zeros(layer.weight_numel)
    for stretch in _stretches(module):
        one, indices = stretch.instruction, stretch.indices  # [m_1, m_2]
        for path in layer.plan.paths:
            if (path.block_1, path.block_2, path.block_out) != (one.i_in1, one.i_in2, one.i_out):
                continue
            if factors[path.weights].any():
                raise ConfigurationError("one path with two weights", received=repr(one), expected="each path once")
            index[path.weights] = indices[:, path.channel_2]
            factors[path.weights] = _factor(layer.rep_1, layer.rep_2, path.maps, one, layer.rep_out)
    return index, factors


def _harmonics(module: Any) -> Harmonics:
    rep = rep_from_irreps(module.irreps_out)
    degrees = [block.irrep.real_dim // 2 for block in rep.blocks]
    if rep_from_irreps(module.irreps_in) != Rep(rep.group, "1o") or any(b.multiplicity != 1 for b in rep.blocks):
        raise ConfigurationError(
            "harmonics of a vector, each degree once", received=f"{module.irreps_in} → {module.irreps_out}"
        )
    if degrees != sorted(set(degrees)):
        raise ConfigurationError("harmonics in rising degrees", received=degrees)
    return Harmonics(
        Rep(parse_group("O(3)"), "1o"),
        max(degrees, default=0),
        degrees=degrees,
        normalisation=module.normalization,
        unit_vectors=bool(module.normalize),
    )
