"""Residuals and Jacobian of site-local networks on distinct patches only: exact, and several times cheaper.

A network whose first convolution alone looks at neighbours maps each site's patch to features independently of all
others, and integer fields repeat their patches: 1000 flux configurations on 60×4 have 240 000 patches, 48 000 of them
distinct. Layers and their derivatives are evaluated once a distinct patch; a configuration's Jacobian is a sum of outer
products over its sites. Nothing is approximated: it is the same function, summed in another order.
"""

from __future__ import annotations

from math import prod

import torch
from jaxtyping import Float, Int
from torch import Tensor

from intertwine.models.lattice_cnn import ACTIVATIONS, LatticeCNN, LatticeCNNConfig
from intertwine.nn.lattice_gather import gather_windows
from intertwine.nn.lattice_sites import per_direction
from intertwine.training.deviance_residuals import DevianceResiduals
from intertwine.training.fit_settings import LossName
from intertwine.training.lattice_data import LatticeData
from intertwine.training.residuals import Residuals


def is_site_local(config: LatticeCNNConfig) -> bool:
    """Whether only the first convolution looks at neighbours, and the network ends in global pooling and one layer."""
    rest = config.layers[1:]
    local = all(
        prod(per_direction(size, config.dimension, "size")) == 1
        for layer in rest
        for size in (layer.kernel, layer.stride)
    )
    pooled = any(layer.pool_window != 1 or layer.pool_stride not in (None, 1) for layer in config.layers)
    averaging = config.family != "FL" and config.global_pooling in ("average", "sum")
    return local and not pooled and averaging and not config.head


def distinct_rows(rows: Float[Tensor, "n width"]) -> tuple[Int[Tensor, " distinct"], Int[Tensor, " n"]]:
    """Positions of one representative of each distinct row, and which of them every row is. Compares exactly."""
    label = torch.zeros(len(rows), dtype=torch.int64, device=rows.device)
    n_labels = 1
    for column in rows.unbind(1):
        values, rank = torch.unique(column, return_inverse=True)
        label = label * len(values) + rank
        n_labels *= len(values)
        if n_labels > 2**31:  # before the mixed-radix number could overflow 63 bits in the next column
            seen, label = torch.unique(label, return_inverse=True)
            n_labels = len(seen)
    seen, label = torch.unique(label, return_inverse=True)
    first = torch.full((len(seen),), len(rows), dtype=torch.int64, device=rows.device)
    first.scatter_reduce_(0, label, torch.arange(len(rows), device=rows.device), "amin")
    return first, label


class PatchResiduals(Residuals):
    """:class:`Residuals` of a site-local network (see :func:`is_site_local`)."""

    def __init__(
        self,
        model: LatticeCNN,
        data: LatticeData,
        weights: Float[Tensor, " features"] | None = None,
        *,
        chunk: int = 50,
    ) -> None:
        super().__init__(model, data, weights, chunk=chunk)
        data = data.to(model.input_shift.dtype, model.input_shift.device)
        layer, d = model.config.layers[0], model.config.dimension
        kernel, stride, dilation = (
            per_direction(size, d, "size") for size in (layer.kernel, layer.stride, layer.dilation)
        )
        rows = data.features.movedim(1, -1).reshape(self.n, prod(data.sites), -1)
        # first label whole sites, then windows of labels: far fewer columns to compare
        site_first, site = distinct_rows(rows.reshape(-1, rows.shape[2]))
        windows = gather_windows(site.reshape(self.n, -1, 1).to(rows), data.sites, kernel, stride, dilation)
        patch_first, patch = distinct_rows(windows.reshape(-1, windows.shape[2]))
        chosen = windows.reshape(-1, windows.shape[2])[patch_first].long()
        values = rows.reshape(-1, rows.shape[2])[site_first]
        values = (values - model.input_shift) / model.input_scale
        self.patches = values[chosen].reshape(len(chosen), -1)  # [distinct, kernel · channels]
        self.patch_of = patch.reshape(self.n, -1)
        self.site_weight = 1.0 if model.config.global_pooling == "sum" else 1.0 / self.patch_of.shape[1]
        self.targets = data.targets
        self.activation = ACTIVATIONS[model.config.activation]()
        self.n_layers = len(model.config.layers)

    def _layers(self, theta: Tensor) -> tuple[list[tuple[Tensor, Tensor]], tuple[Tensor, Tensor]]:
        """(matrix [in, out], bias) of every layer, and of the head."""
        named = self.unpack(theta)
        tensors = [named[name] for name in self.names]
        weights, biases = tensors[:-2], [theta.new_zeros(()).expand(len(tensor)) for tensor in tensors[:-2]]
        if self.model.config.bias:
            weights, biases = tensors[:-2:2], tensors[1:-2:2]
        layers = []
        for weight, bias in zip(weights, biases, strict=True):
            layers.append((weight.movedim((0, 1), (-1, -2)).reshape(-1, weight.shape[0]), bias))
        return layers, (tensors[-2], tensors[-1])

    def _features(self, layers: list[tuple[Tensor, Tensor]]) -> tuple[list[Tensor], list[Tensor]]:
        """Inputs and pre-activations of every layer on the distinct patches; the last input is what gets pooled."""
        inputs, before = [self.patches], []
        for matrix, bias in layers:
            before.append(torch.addmm(bias, inputs[-1], matrix))
            inputs.append(self.activation(before[-1]))
        return inputs, before

    def _pool(self, features: Tensor) -> Tensor:
        parts = [features.index_select(0, ids.reshape(-1)).reshape(*ids.shape, -1).sum(1) for ids in self._chunks()]
        return torch.cat(parts) * self.site_weight

    def _chunks(self) -> tuple[Tensor, ...]:
        parts: tuple[Tensor, ...] = self.patch_of.split(self.chunk)
        return parts

    def values(self, theta: Float[Tensor, " p"]) -> Float[Tensor, " m"]:
        with torch.no_grad():
            layers, (head, bias) = self._layers(theta)
            # the head is linear, so pool its outputs: as many columns as targets instead of channels
            outputs = self._features(layers)[0][-1] @ head.mT
            predictions = self._pool(outputs) + bias
            predictions = predictions * self.model.output_scale + self.model.output_shift
            return ((predictions - self.targets) * self.root).reshape(-1)

    def jacobian(self, theta: Float[Tensor, " p"]) -> Float[Tensor, "m p"]:
        with torch.no_grad():
            layers, (head, _) = self._layers(theta)
            inputs, before = self._features(layers)
            slopes = [self._slope(z) for z in before]
        f = len(head)
        scale = self.root * self.model.output_scale
        out = theta.new_zeros(self.n, f, self.n_parameters)
        # head: ∂r_f / ∂(weights of f) = pooled features, the same for all f
        pooled = self._pool(inputs[-1])
        channels, n_head = pooled.shape[1], head.numel()
        for target in range(f):
            start = self.n_parameters - n_head - f + target * channels
            out[:, target, start : start + channels] = scale[target] * pooled
            out[:, target, self.n_parameters - f + target] = scale[target]
        # layers, last to first; δ [distinct, f, out] is ∂r_f / ∂(pre-activation) at a patch
        end = self.n_parameters - n_head - f
        delta = (head * scale[:, None] * self.site_weight)[None] * slopes[-1][:, None, :]
        for index in reversed(range(self.n_layers)):
            matrix = layers[index][0]
            width_in, width_out = matrix.shape
            n_bias = width_out if self.model.config.bias else 0
            weight, bias = slice(end - n_bias - matrix.numel(), end - n_bias), slice(end - n_bias, end)
            end = weight.start
            table = torch.cat([delta.reshape(len(delta), -1), inputs[index]], dim=1)
            shape = self.shapes[0] if index == 0 else None
            for row, ids in zip(range(0, self.n, self.chunk), self._chunks(), strict=True):
                sites = table.index_select(0, ids.reshape(-1)).reshape(*ids.shape, -1)
                left, right = sites[..., : f * width_out], sites[..., f * width_out :]
                block = torch.bmm(left.mT, right).reshape(len(ids), f, width_out, width_in)
                if shape is not None:  # [kernel, channels] → torch's [channels, kernel]
                    block = block.reshape(len(ids), f, width_out, -1, shape[1]).transpose(-1, -2)
                out[row : row + len(ids), :, weight] = block.reshape(len(ids), f, -1)
                if n_bias:
                    out[row : row + len(ids), :, bias] = left.sum(1).reshape(len(ids), f, width_out)
            if index:
                delta = (delta @ matrix.mT) * slopes[index - 1][:, None, :]
        return out.reshape(self.n_residuals, self.n_parameters)

    def _slope(self, before: Tensor) -> Tensor:
        """Derivative of the activation."""
        with torch.enable_grad():
            before = before.detach().requires_grad_()
            (slope,) = torch.autograd.grad(self.activation(before).sum(), before)
        return slope


def residuals_for(
    model: LatticeCNN, data: LatticeData, weights: Float[Tensor, " features"] | None = None, *, chunk: int = 50,
    loss: LossName = "mean_squared_error",
) -> Residuals:  # fmt: skip
    """The cheapest exact residuals for this network, whose sum of squares is the loss (less its least value)."""
    kind = PatchResiduals if is_site_local(model.config) else Residuals
    linear = kind(model, data, weights, chunk=chunk)
    return linear if loss == "mean_squared_error" else DevianceResiduals(linear)
