"""FieldModule: the base of layers on fields [batch, rep.dim, *sites] that carry their representations with them."""

from __future__ import annotations

from torch import Tensor

from intertwine.errors import ConfigurationError
from intertwine.nn.equivariant_module import EquivariantModule


class FieldModule(EquivariantModule):
    """A map of fields [batch, rep_in.dim, *sites] → [batch, rep_out.dim, *sites'].

    Equivariant under x(r) ↦ ρ(g) x(g⁻¹ r): the features turn and the points move.
    """

    def check_field(self, field: Tensor, dimension: int | None = None) -> None:
        """Raises ConfigurationError unless the field is of floating-point numbers, with rep_in.dim channels (and
        `dimension` site axes)."""
        wrong = field.ndim < 2 if dimension is None else field.ndim != dimension + 2
        if wrong or field.shape[1] != self.rep_in.dim:
            sites = "*sites" if dimension is None else f"{dimension} site axes"
            raise ConfigurationError(
                f"the field does not fit this {type(self).__name__}",
                received=f"shape {tuple(field.shape)}",
                expected=f"[batch, {self.rep_in.dim}, {sites}]",
            )
        if not field.is_floating_point():
            raise ConfigurationError(
                "fields are floating-point numbers", received=field.dtype, fix="images.float() / 255, for instance"
            )
