"""Sequential: one layer after the other, their representations compared when the network is built."""

from __future__ import annotations

from itertools import pairwise

from torch import Tensor, nn

from intertwine.errors import RepresentationError
from intertwine.nn.equivariant_module import EquivariantModule


class Sequential(EquivariantModule):
    """layers[n−1](… layers[0](x)); rep_in is the first layer's, rep_out the last one's.

    Raises
    ------
    RepresentationError
        When no layer is given, one carries no representations, or rep_out of a layer is not rep_in of the next;
        the message names both.
    """

    def __init__(self, *layers: nn.Module) -> None:
        known: list[EquivariantModule] = []
        for index, layer in enumerate(layers):
            if not isinstance(layer, EquivariantModule):
                raise RepresentationError(
                    f"layer {index} carries no representations",
                    received=type(layer).__name__,
                    expected="an EquivariantModule",
                    fix="torch's own layers act on invariants: use Activation there, or write an EquivariantModule",
                )
            known.append(layer)
        if not known:
            raise RepresentationError("a sequence of no layers", received="()", expected="at least one layer")
        for index, (before, after) in enumerate(pairwise(known)):
            if before.rep_out != after.rep_in:
                raise RepresentationError(
                    f"layer {index} ({type(before).__name__}) does not fit layer {index + 1} ({type(after).__name__})",
                    received=f"rep_out {before.rep_out!r}",
                    expected=f"rep_in {after.rep_in!r}",
                    fix="put a Linear between them",
                )
        super().__init__(known[0].rep_in, known[-1].rep_out)
        self.layers = nn.ModuleList(known)

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers:
            x = layer(x)
        return x

    def __len__(self) -> int:
        return len(self.layers)

    def __getitem__(self, index: int) -> nn.Module:
        return self.layers[index]
