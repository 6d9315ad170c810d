"""LatticeSteerableConvolution: every convolution of a periodic lattice that commutes with a point group."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from intertwine.errors import ConfigurationError
from intertwine.nn.field_module import FieldModule
from intertwine.nn.lattice_convolution import lattice_convolution
from intertwine.nn.lattice_sites import per_direction
from intertwine.nn.steerable_kernel import SteerableKernel
from intertwine.representations import Rep
from intertwine.representations.kernels.scalar_functions import ScalarFunctions
from intertwine.representations.kernels.space_action import space_action


class LatticeSteerableConvolution(FieldModule):
    """Circular convolution that commutes with the lattice's translations and a group of rotations and reflections.

    The kernels are *all* those of their size with K(g x) = ρ_out(g) K(x) ρ_in(g)⁻¹ for a group of signed permutations
    of the axes: the hyperoctahedral group ("D4" in two dimensions, "Oh" in three, "Hyperoctahedral(4)" in four) and its
    subgroups. Equivariance is exact, to rounding. Features are [batch, rep.dim, *sites] with coordinate ν along site
    axis ν. Links go through `LinksToSites` and `SitesToLinks`.

    Parameters
    ----------
    rep_in, rep_out:
        Site fields of one finite group.
    kernel:
        An odd size, or one a direction (one size in directions that the group exchanges).
    dimension:
        1 to 4.
    vector:
        How the group acts on the coordinates; see `space_action` for the defaults.
    dilation:
        Step between the points of the kernel, one integer or one a direction.

    Raises
    ------
    ConfigurationError
        A dimension outside 1 … 4, even sizes, a group that does not take the lattice or the stencil to itself, a field
        of another shape.
    RepresentationError
        Representations of two groups, or an irrep of rep_out that no kernel reaches.
    """

    def __init__(
        self,
        rep_in: Rep,
        rep_out: Rep,
        kernel: int | tuple[int, ...],
        *,
        dimension: int,
        vector: Rep | None = None,
        dilation: int | tuple[int, ...] = 1,
        bias: bool = True,
        dtype: torch.dtype | None = None,
        device: torch.device | str | None = None,
    ) -> None:
        super().__init__(rep_in, rep_out)
        if dimension not in (1, 2, 3, 4):
            raise ConfigurationError("no lattice convolution in this dimension", received=dimension, expected="1 … 4")
        self.dimension = dimension
        self.vector = space_action(rep_in.group, dimension, vector)
        self.dilation = per_direction(dilation, dimension, "dilation")
        size = per_direction(kernel, dimension, "kernel")
        self.kernel = SteerableKernel(
            rep_in, rep_out, ScalarFunctions.stencil(self.vector, size), size, bias=bias, dtype=dtype, device=device
        )

    def forward(self, field: Float[Tensor, "batch channels *sites"]) -> Float[Tensor, "batch out *sites"]:
        self.check_field(field, self.dimension)
        weight, bias = self.kernel.expanded()
        return lattice_convolution(field, weight, bias, stride=(1,) * self.dimension, dilation=self.dilation)

    def extra_repr(self) -> str:
        """Representations and dilation."""
        return f"{super().extra_repr()}, dilation={self.dilation}"
