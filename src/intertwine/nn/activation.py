"""Activation: a function of every number by itself, which only invariants may have."""

from __future__ import annotations

from jaxtyping import Float
from torch import Tensor

from intertwine.errors import RepresentationError
from intertwine.nn.equivariant_module import EquivariantModule
from intertwine.nn.feature_checks import check_features
from intertwine.nn.scalar_functions import ScalarFunction, Scaled
from intertwine.representations import Rep


class Activation(EquivariantModule):
    """y = c f(x) on invariants, [..., rep.dim] → [..., rep.dim]; c keeps the second moment of normal features at 1.

    Parameters
    ----------
    rep:
        Copies of the trivial irrep.
    function:
        "silu", "gelu", "relu", "elu", "softplus", "sigmoid", "tanh", "abs", or a function of a tensor.

    Raises
    ------
    RepresentationError
        For any other irrep: f(ρ(g) x) ≠ ρ(g) f(x) there.
    """

    def __init__(self, rep: Rep, function: str | ScalarFunction = "elu") -> None:
        super().__init__(rep, rep)
        wrong = [irrep.name for irrep in rep.irreps if not irrep.is_trivial]
        if wrong:
            raise RepresentationError(
                "a pointwise activation does not commute with the group on non-trivial irreps",
                received=", ".join(wrong),
                expected=f"copies of {rep.group.trivial.name}",
                fix="use Gate or NormActivation, or PermutationActivation for the features of a finite group",
            )
        self.scaled = Scaled(function)

    def forward(self, x: Float[Tensor, "*batch features"]) -> Float[Tensor, "*batch features"]:
        check_features(x, self.rep_in)
        y: Tensor = self.scaled(x)
        return y
