"""FusedFieldNorm: batch norm, non-linearity and pooling as one layer, by one kernel where there is one."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from intertwine.errors import RepresentationError
from intertwine.nn.antialiased_pooling import AntialiasedPooling
from intertwine.nn.field_activation import FieldActivation
from intertwine.nn.field_batch_norm import FieldBatchNorm
from intertwine.nn.field_gate import FieldGate
from intertwine.nn.field_module import FieldModule
from intertwine.nn.fourier_activation import FourierActivation
from intertwine.nn.full_precision import in_full_precision, without_autocast
from intertwine.nn.native_batch_moments import NormPlan
from intertwine.nn.native_field_norm import applied, native_runs, normalised
from intertwine.nn.native_pointwise_activation import NativePointwiseActivation


class FusedFieldNorm(FieldModule):
    """`pooling(activation(norm(x)))`, or without the pooling, in two passes over memory each way.

    The layers one after the other take six and more, with the pooling ten.

    Shape: [batch, norm.rep_in.dim, *sites] → [batch, activation.rep_out.dim, *sites] (or *coarse), in the field's dtype
    under autocast too. The kernels take CPU fields of float32 and bfloat16, the functions relu, elu and identity, of
    channels and of sampled signals, and sigmoid gates; behind channels and gates they pool images, too. Everything else
    (other precisions, torch.compile, torch.func, no compiler) goes through the layers as they are. First derivatives
    only. In bfloat16 they compute in float32 and round what they write.

    Raises RepresentationError where the layers do not fit.
    """

    def __init__(
        self,
        norm: FieldBatchNorm,
        activation: FieldActivation | FieldGate | FourierActivation,
        pooling: AntialiasedPooling | None = None,
    ) -> None:
        out = activation.rep_out if pooling is None else pooling.rep_out
        super().__init__(norm.rep_in, out)
        if norm.rep_out != activation.rep_in:
            raise RepresentationError(
                "a norm and an activation of different fields", received=norm.rep_out, expected=activation.rep_in
            )
        if pooling is not None and pooling.rep_in != activation.rep_out:
            raise RepresentationError(
                "an activation and a pooling of different fields", received=activation.rep_out, expected=pooling.rep_in
            )
        self.norm, self.activation, self.pooling = norm, activation, pooling
        self._native, self._plan = activation.native(), NormPlan.of(norm)

    def forward(self, field: Float[Tensor, "batch channels *sites"]) -> Float[Tensor, "batch out *out_sites"]:
        self.check_field(field)
        needs_gradient = torch.is_grad_enabled() and (field.requires_grad or self.norm.weight.requires_grad)
        if (
            self._native is None
            or not native_runs(field, self.norm, self._native)
            or (needs_gradient and not self.training)
        ):
            return in_full_precision(self._one_by_one, field).to(field.dtype)
        activation, rest = self._native, self.pooling
        if self.pooling is not None and field.ndim == 4 and isinstance(activation, NativePointwiseActivation):
            activation, rest = activation.followed_by(self.pooling.axes(field.shape[2:])), None
        with without_autocast(field):
            if self.training:
                y = normalised(field, self.norm, self._plan, activation)
            else:
                y = applied(field, self.norm, activation)
            return y if rest is None else rest(y)

    def _one_by_one(self, field: Tensor) -> Tensor:
        y: Tensor = self.activation(self.norm(field))
        return y if self.pooling is None else self.pooling(y)
