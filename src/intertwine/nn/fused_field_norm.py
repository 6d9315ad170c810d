"""FusedFieldNorm: batch norm and non-linearity as one layer, by one kernel where there is one."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from intertwine.errors import RepresentationError
from intertwine.nn.field_activation import FieldActivation
from intertwine.nn.field_batch_norm import FieldBatchNorm
from intertwine.nn.field_gate import FieldGate
from intertwine.nn.field_module import FieldModule
from intertwine.nn.fourier_activation import FourierActivation
from intertwine.nn.full_precision import in_full_precision
from intertwine.nn.native_field_norm import applied, native_runs, normalised


class FusedFieldNorm(FieldModule):
    """`activation(norm(x))`, in two passes over memory where the layers one after the other take six and more.

    Shape: [batch, norm.rep_in.dim, *sites] → [batch, activation.rep_out.dim, *sites]. The kernels take float32 CPU
    fields, the functions relu, elu and identity of channels and of sampled signals, and sigmoid gates; everything else
    (other precisions, torch.compile, torch.func, no compiler) goes through the two layers as they are. First
    derivatives only.

    Raises RepresentationError where the two do not fit.
    """

    def __init__(self, norm: FieldBatchNorm, activation: FieldActivation | FieldGate | FourierActivation) -> None:
        super().__init__(norm.rep_in, activation.rep_out)
        if norm.rep_out != activation.rep_in:
            raise RepresentationError(
                "a norm and an activation of different fields", received=norm.rep_out, expected=activation.rep_in
            )
        self.norm, self.activation = norm, activation
        self._native = activation.native()

    def forward(self, field: Float[Tensor, "batch channels *sites"]) -> Float[Tensor, "batch out *sites"]:
        self.check_field(field)
        return in_full_precision(self._normalised, field)

    def _normalised(self, field: Tensor) -> Tensor:
        if self._native is None or not native_runs(field):
            y: Tensor = self.activation(self.norm(field))
            return y
        if not self.training:
            if torch.is_grad_enabled() and (field.requires_grad or self.norm.weight.requires_grad):
                y = self.activation(self.norm(field))
                return y
            return applied(field, self._native, *self.norm.affine())
        parameters = list(self.norm.parameters())
        y, mean, variance = normalised(field, self._native, self.norm.affine_of, parameters)
        self.norm.remember(mean, variance, field.numel() // field.shape[1])
        return y
