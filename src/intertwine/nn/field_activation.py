"""FieldActivation: a pointwise function of fields that the group only permutes (invariants, regular, quotient)."""

from __future__ import annotations

from jaxtyping import Float
from torch import Tensor

from intertwine.nn.field_module import FieldModule
from intertwine.nn.field_units import require_permuted
from intertwine.nn.native_pointwise_activation import FUNCTIONS, NativePointwiseActivation
from intertwine.nn.scalar_functions import ScalarFunction, scalar_function
from intertwine.representations import Rep


class FieldActivation(FieldModule):
    """x ↦ f(x), number by number. Shape: [batch, rep.dim, *sites] → the same.

    Raises RepresentationError for features that the group does more to than permute.
    """

    def __init__(self, rep: Rep, function: str | ScalarFunction = "relu") -> None:
        super().__init__(rep, rep)
        require_permuted(rep, "a pointwise function")
        self.function = scalar_function(function)
        self.name = function if isinstance(function, str) else ""

    def forward(self, field: Float[Tensor, "batch channels *sites"]) -> Float[Tensor, "batch channels *sites"]:
        self.check_field(field)
        return self.function(field)

    def native(self) -> NativePointwiseActivation | None:
        """For the kernel of `FusedFieldNorm`; None for functions that it does not know."""
        code = FUNCTIONS.get(self.name)
        if code is None:
            return None
        return NativePointwiseActivation([(-1, c, 1, 1, c, code) for c in range(self.rep_in.dim)], self.rep_out.dim)
