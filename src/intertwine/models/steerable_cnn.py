"""Steerable convolutional networks on images and volumes: p4, p4m, C_n, D_n, SO(2), O(2), SO(3), point groups.

One class for all of them (Cohen and Welling, 1602.07576 and 1612.08498; Weiler and Cesa, 1911.08251; Weiler et al.,
1807.02547): the group and its fields are arguments.
"""

from __future__ import annotations

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from intertwine.groups.names import group as named_group
from intertwine.models.image_head import ImageHead
from intertwine.models.image_network_config import ImageNetworkConfig
from intertwine.nn.antialiased_pooling import AntialiasedPooling
from intertwine.nn.field_activation import FieldActivation
from intertwine.nn.field_batch_norm import FieldBatchNorm
from intertwine.nn.field_invariants import FieldInvariants
from intertwine.nn.fourier_activation import FourierActivation
from intertwine.nn.fused_field_norm import FusedFieldNorm
from intertwine.nn.group_pooling import GroupPooling
from intertwine.nn.steerable_convolution import SteerableConvolution
from intertwine.nn.stencil_convolution import StencilConvolution
from intertwine.representations import Rep, regular, restrict_fields
from intertwine.representations.kernels.space_action import space_action

_CONVOLUTIONS = {"steerable": SteerableConvolution, "stencil": StencilConvolution}


class SteerableCNN(nn.Module):
    """Class scores that no rotation of the group changes: [batch, in_channels, *sites] → [batch, n_classes].

    Each stage: steerable convolution, batch norm, non-linearity (pointwise on regular fields, on sampled signals for
    fields of irreps), and where it pools a blur and every second point. Then invariants of every channel, the maximum
    over all points, and linear layers.

    Invariant to rounding under the rotations of the grid where every pooled extent is even or odd throughout.
    """

    def __init__(self, config: ImageNetworkConfig) -> None:
        super().__init__()
        self.config = config
        G = named_group(config.group)
        vector = space_action(G, config.dimension)
        rep = Rep(G, [(config.in_channels, G.trivial)])
        options: dict[str, Any] = {"dimension": config.dimension, "bias": False}
        if config.kernels == "steerable":
            options["max_degree"] = config.max_degree
        layers: list[nn.Module] = []
        for stage in config.stages:
            if stage.restrict is not None:
                rep, vector = restrict_fields(rep, stage.restrict), vector.restrict(stage.restrict)
            unit = regular(rep.group) if config.fields == "regular" else Rep(rep.group, config.fields)
            out = stage.channels * unit
            convolution = _CONVOLUTIONS[config.kernels]
            layers.append(convolution(rep, out, stage.kernel, vector=vector, padding=stage.padding, **options))
            pooling = AntialiasedPooling(out) if stage.pool else None
            layers.append(_normalised(out, unit, stage.channels, config.activation, pooling))
            rep = out
        invariants = GroupPooling(rep) if config.fields == "regular" else FieldInvariants(rep)
        self.body = nn.Sequential(*layers, invariants)
        self.head = ImageHead(invariants.rep_out.dim, config)

    @property
    def n_parameters(self) -> int:
        """Number of trainable parameters."""
        return sum(parameter.numel() for parameter in self.parameters())

    def forward(self, images: Float[Tensor, "batch channels *sites"]) -> Float[Tensor, "batch classes"]:
        scores: Tensor = self.head(self.body(images))
        return scores

    def export(self) -> nn.Sequential:
        """In eval mode, with every convolution a plain one and its batch norm merged into it."""
        merged: list[nn.Module] = []
        layers = list(self.body)
        for layer, following in zip(layers, [*layers[1:], None], strict=True):
            if isinstance(layer, SteerableConvolution):
                plain = layer.export()
                if isinstance(following, FusedFieldNorm):
                    _merge(plain, following.norm)
                merged.append(plain)
            else:
                merged += _without_norm(layer) if isinstance(layer, FusedFieldNorm) else [layer]
        return nn.Sequential(*merged, self.head).eval()


def _normalised(
    rep: Rep, unit: Rep, channels: int, function: str, pooling: AntialiasedPooling | None
) -> FusedFieldNorm:
    """Batch norm and non-linearity: pointwise where the group only permutes, on sampled signals elsewhere."""
    norm = FieldBatchNorm(rep)
    activation = FourierActivation(unit, channels, function) if unit.is_by_irreps else FieldActivation(rep, function)
    return FusedFieldNorm(norm, activation, pooling)


def _without_norm(layer: FusedFieldNorm) -> list[nn.Module]:
    return [layer.activation] if layer.pooling is None else [layer.activation, layer.pooling]


def _merge(convolution: nn.Conv2d | nn.Conv3d, norm: FieldBatchNorm) -> None:
    """Let the convolution do the affine map that the norm is in eval mode."""
    with torch.no_grad():
        scale, shift = norm.affine()
        convolution.weight.mul_(scale.view(-1, *([1] * (convolution.weight.ndim - 1))))
        old = torch.zeros_like(shift) if convolution.bias is None else convolution.bias * scale
        convolution.bias = nn.Parameter(shift + old)
