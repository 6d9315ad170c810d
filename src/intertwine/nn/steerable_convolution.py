"""SteerableConvolution: every convolution of the plane or of space that commutes with a group of rotations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor, nn

from intertwine.errors import ConfigurationError
from intertwine.nn.field_module import FieldModule
from intertwine.nn.full_precision import without_autocast
from intertwine.nn.lattice_sites import per_direction
from intertwine.nn.steerable_kernel import SteerableKernel
from intertwine.representations import Rep
from intertwine.representations.kernels.radial_profile import RadialProfile
from intertwine.representations.kernels.scalar_functions import ScalarFunctions
from intertwine.representations.kernels.space_action import space_action

_CONVOLUTIONS: dict[int, Callable[..., Tensor]] = {2: nn.functional.conv2d, 3: nn.functional.conv3d}
_MODULES: dict[int, Callable[..., nn.Conv2d | nn.Conv3d]] = {2: nn.Conv2d, 3: nn.Conv3d}


class SteerableConvolution(FieldModule):
    """Convolution with kernels K(g x) = ρ_out(g) K(x) ρ_in(g)⁻¹ on images and volumes, for any group in O(2) or O(3).

    K = Σ radial profile × harmonics × intertwiners, with free weights in front of every term (Weiler and Cesa,
    1911.08251; Weiler et al., 1807.02547; Lang and Weiler, 2010.10952). Rotations of the grid itself commute to
    rounding; others as well as the harmonics that each ring carries are sampled. Features are [batch, rep.dim, *sites];
    coordinate ν runs along site axis ν, so that in an image [rows, columns] a positive angle turns counter-clockwise.

    Where gradients of the weights are wanted, the kernel is expanded on every call (for a layer of usual size below 1 %
    of the convolution); elsewhere it is kept until the weights change.

    Parameters
    ----------
    rep_in, rep_out:
        Fields of one group: irreps, `16 * regular(G)`, quotients, your own.
    kernel:
        Points in every direction, odd.
    dimension:
        2 or 3.
    vector:
        How the group acts on the coordinates; see `space_action` for the defaults.
    profile:
        Rings and their highest harmonics; `RadialProfile.default(kernel, dimension, max_degree)` otherwise.
    stride, dilation:
        As in torch. A stride keeps the grid's own rotations where it divides every extent minus one.
    padding:
        "same" (zeros; half the kernel on each side) or a number of points.

    Raises
    ------
    ConfigurationError
        Another dimension, an even kernel, another padding, both `profile` and `max_degree`, a field of another shape.
    RepresentationError
        Representations of two groups, or an irrep of rep_out that no kernel reaches.
    """

    def __init__(
        self,
        rep_in: Rep,
        rep_out: Rep,
        kernel: int,
        *,
        dimension: int = 2,
        vector: Rep | None = None,
        profile: RadialProfile | None = None,
        max_degree: int | None = None,
        stride: int = 1,
        dilation: int = 1,
        padding: int | Literal["same"] = "same",
        bias: bool = True,
        dtype: torch.dtype | None = None,
        device: torch.device | str | None = None,
    ) -> None:
        super().__init__(rep_in, rep_out)
        if dimension not in _CONVOLUTIONS:
            raise ConfigurationError("steerable convolutions live in 2 or 3 dimensions", received=dimension)
        if not isinstance(kernel, int) or kernel % 2 == 0 or kernel < 1:
            raise ConfigurationError(
                "a kernel without a centre", received=kernel, expected="an odd number of points, in every direction"
            )
        if padding != "same" and (not isinstance(padding, int) or padding < 0):
            raise ConfigurationError(
                "padding of another kind", received=padding, expected='"same" or a number of points'
            )
        if profile is not None and max_degree is not None:
            raise ConfigurationError(
                "a profile has its degrees", received=f"max_degree={max_degree}", fix="leave max_degree out"
            )
        self.dimension = dimension
        self.vector = space_action(rep_in.group, dimension, vector)
        self.profile = RadialProfile.default(kernel, dimension, max_degree) if profile is None else profile
        self.stride = per_direction(stride, dimension, "stride")
        self.dilation = per_direction(dilation, dimension, "dilation")
        self.padding = (dilation * (kernel // 2) if padding == "same" else padding,) * dimension
        size = (kernel,) * dimension
        self.kernel = SteerableKernel(
            rep_in, rep_out, self.functions(size), size, bias=bias, dtype=dtype, device=device
        )

    def functions(self, size: tuple[int, ...]) -> ScalarFunctions:
        """The scalar functions that the kernels are made of."""
        return ScalarFunctions.harmonics(self.vector, size, self.profile)

    def forward(self, field: Float[Tensor, "batch channels *sites"]) -> Float[Tensor, "batch out *out_sites"]:
        self.check_field(field, self.dimension)
        with without_autocast(field):  # rounded to half precision once, as a whole: grid symmetries stay exact
            weight, bias = self.kernel.expanded()
        return _CONVOLUTIONS[self.dimension](field, weight, bias, self.stride, self.padding, self.dilation)

    def export(self) -> nn.Conv2d | nn.Conv3d:
        """The same map as a plain torch module, which needs nothing of this library."""
        with torch.no_grad():
            weight, bias = self.kernel()
        plain = _MODULES[self.dimension](
            self.rep_in.dim, self.rep_out.dim, self.kernel.kernel, stride=self.stride, padding=self.padding,
            dilation=self.dilation, bias=bias is not None, dtype=weight.dtype, device=weight.device,
        )  # fmt: skip
        state = {"weight": weight} if bias is None else {"weight": weight, "bias": bias}
        plain.load_state_dict(state)
        plain.train(self.training)
        return plain

    def extra_repr(self) -> str:
        """Representations, stride, dilation, padding."""
        return f"{super().extra_repr()}, stride={self.stride}, dilation={self.dilation}, padding={self.padding}"
