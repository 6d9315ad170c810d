"""GroupConvolution: convolution over a finite group of rotations and the translations, lifting or group to group."""

from __future__ import annotations

from typing import Any

from intertwine.groups.group import Group
from intertwine.groups.names import group as named_group
from intertwine.nn.steerable_convolution import SteerableConvolution
from intertwine.representations import Rep, regular
from intertwine.representations.kernels.scalar_functions import ScalarFunctions
from intertwine.representations.kernels.stencil_functions import acts_on_lattice


class GroupConvolution(SteerableConvolution):
    """The regular-representation case of `SteerableConvolution` (Cohen and Welling, 1602.07576).

    (f ⋆ ψ)(x, g) = Σ_{y, h} f(y, h) ψ(g⁻¹ (y − x), g⁻¹ h); a channel is a signal on the group. A group that takes the
    grid to itself (C4: p4, D4: p4m, Oh) has kernels with every point free; others (C8) have band-limited ones.

    Parameters
    ----------
    group:
        A finite group, or its name.
    in_channels, out_channels:
        Channels of the input (images where `lifting`, else signals on the group) and of the output (signals).
    lifting:
        Whether the input is an image whose channels do not turn.

    The other parameters are those of `SteerableConvolution`. Shape: [batch, in_channels · (1 or |G|), *sites] →
    [batch, |G| · out_channels, *sites], channels fastest.
    """

    def __init__(
        self,
        group: Group | str,
        in_channels: int,
        out_channels: int,
        kernel: int,
        *,
        lifting: bool = False,
        **options: Any,
    ) -> None:
        G = named_group(group)
        fields_in = Rep(G, [(in_channels, G.trivial)]) if lifting else in_channels * regular(G)
        super().__init__(fields_in, out_channels * regular(G), kernel, **options)

    def functions(self, size: tuple[int, ...]) -> ScalarFunctions:
        """Every point of the stencil where the group permutes them, harmonics otherwise."""
        if acts_on_lattice(self.vector):
            return ScalarFunctions.stencil(self.vector, size)
        return super().functions(size)
