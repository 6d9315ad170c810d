"""StencilConvolution: on images and volumes, with every point of the kernel free that the group leaves free."""

from __future__ import annotations

from intertwine.nn.steerable_convolution import SteerableConvolution
from intertwine.representations.kernels.scalar_functions import ScalarFunctions


class StencilConvolution(SteerableConvolution):
    """A `SteerableConvolution` for groups that take the grid to itself, with *all* kernels of its size (Cohen and
    Welling, 1602.07576 and 1612.08498) in place of band-limited ones.

    Raises ConfigurationError for a group that does not take the grid to itself.
    """

    def functions(self, size: tuple[int, ...]) -> ScalarFunctions:
        """Every point of the stencil, by orbits of the group."""
        return ScalarFunctions.stencil(self.vector, size)
