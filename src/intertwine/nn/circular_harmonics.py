"""Convolution with circular harmonics R(r) e^{i(mφ+β)} of complex fields, as in Harmonic Networks."""

from __future__ import annotations

from math import sqrt

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from intertwine.errors import ConfigurationError, RepresentationError
from intertwine.groups.names import group
from intertwine.nn.constant import Constant
from intertwine.nn.field_module import FieldModule
from intertwine.nn.full_precision import without_autocast
from intertwine.representations import Rep
from intertwine.representations.kernels.radial_profile import RadialProfile
from intertwine.representations.kernels.stencil_functions import stencil_points


def complex_fields(channels: int, orders: int) -> Rep:
    """`channels` complex fields of every rotation order 0 … orders − 1: [order, re/im, channel]."""
    G = group("SO(2)")
    return Rep(G, [(2 * channels if m == 0 else channels, G.irrep(str(m))) for m in range(orders)])


class CircularHarmonicConvolution(FieldModule):
    """out_n = Σ_m W_{n−m} ⋆ in_m with W_k(r, φ) = R(r) e^{i(kφ + β)}, R and β learned for every pair of channels.

    Worrall et al. (1612.04642), eq. 4: a field of rotation order m meets the harmonic that takes it to order n. R is a
    number for every ring of `RadialProfile.default`; harmonics that a ring cannot carry are left out. A real image is
    one field of order 0 without imaginary part (`lifting`). These are fewer kernels than `SteerableConvolution` has for
    the same fields: it also couples order m to n by the harmonic n + m, through the conjugate.

    Shape: [batch, (1 or 2 · orders_in) · in_channels, *sites] → [batch, 2 · orders · out_channels, *sites].

    Raises ConfigurationError for an even kernel, RepresentationError where no ring carries an order.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel: int,
        *,
        orders_in: int = 2,
        orders: int = 2,
        lifting: bool = False,
        padding: int | None = None,
        dtype: torch.dtype | None = None,
        device: torch.device | str | None = None,
    ) -> None:
        if kernel % 2 == 0:
            raise ConfigurationError("a kernel without a centre", received=kernel, expected="an odd size")
        G = group("SO(2)")
        orders_in = 1 if lifting else orders_in
        rep_in = Rep(G, [(in_channels, G.trivial)]) if lifting else complex_fields(in_channels, orders_in)
        super().__init__(rep_in, complex_fields(out_channels, orders))
        self.sizes = (orders, out_channels, orders_in, in_channels, kernel)
        self.lifting, self.padding = lifting, kernel // 2 if padding is None else padding
        harmonics = _harmonics(kernel, orders_in, orders)
        if not np.abs(harmonics).sum((0, 2, 3, 4)).all():
            raise RepresentationError("an order that no ring carries", received=f"{orders} orders, kernel {kernel}")
        self.harmonics = Constant(harmonics, dtype=dtype, device=device)
        self.radial = nn.Parameter(
            torch.empty(orders, orders_in, harmonics.shape[2], out_channels, in_channels, dtype=dtype, device=device)
        )
        self.phase = nn.Parameter(torch.empty(orders, orders_in, out_channels, in_channels, dtype=dtype, device=device))
        self.reset_parameters()

    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        """Phases uniform, radial weights normal, so that second moments are kept."""
        in_channels = self.sizes[3]
        norms = np.maximum((self.harmonics.exact**2).sum((3, 4)), 1e-12)  # [orders_in, orders, rings]
        live = np.maximum((norms > 1e-9).sum((0, 2)), 1)
        scale = np.where(norms > 1e-9, 1 / np.sqrt(norms), 0.0).transpose(1, 0, 2) / sqrt(in_channels)
        scale = scale / np.sqrt(live)[:, None, None] * (sqrt(2) if self.lifting else 1.0)
        with torch.no_grad():
            self.radial.normal_(generator=generator)
            self.radial.mul_(torch.from_numpy(scale).to(self.radial)[..., None, None])
            self.phase.uniform_(0, 2 * np.pi, generator=generator)

    def weight(self) -> Tensor:
        """The real kernel of the plain convolution."""
        orders, out_channels, _, _, k = self.sizes
        table = self.harmonics()  # [orders_in, orders, rings, re/im, points]
        rotated = torch.stack([self.phase.cos(), self.phase.sin()])  # e^{iβ}
        parts = torch.einsum("mnrcp,nmroi->cnmoip", table, self.radial)
        real = parts[0] * rotated[0, ..., None] - parts[1] * rotated[1, ..., None]
        imaginary = parts[0] * rotated[1, ..., None] + parts[1] * rotated[0, ..., None]
        rows = [torch.stack([real, -imaginary], 2), torch.stack([imaginary, real], 2)]  # [n, m, in re/im, o, i, p]
        full = torch.stack(rows, 1)[:, :, :, : 1 if self.lifting else 2]  # [n, out re/im, m, in re/im, o, i, p]
        full = full.permute(0, 1, 4, 2, 3, 5, 6)
        return full.reshape(2 * orders * out_channels, -1, k, k)

    def forward(self, field: Float[Tensor, "batch channels rows columns"]) -> Float[Tensor, "batch out rows2 columns2"]:
        self.check_field(field, 2)
        with without_autocast(field):
            weight = self.weight()
        return nn.functional.conv2d(field, weight, None, 1, self.padding)


def _harmonics(kernel: int, orders_in: int, orders: int) -> np.ndarray:
    """[orders_in, orders, rings, 2, points]: rings times cos kφ and sin kφ, k = order out − order in."""
    points = stencil_points((kernel, kernel))
    r, angle = np.hypot(points[:, 0], points[:, 1]), np.arctan2(points[:, 1], points[:, 0])
    profile = RadialProfile.default(kernel, 2)
    rings = profile(r)
    out = np.zeros((orders_in, orders, len(rings), 2, len(points)))
    for m in range(orders_in):
        for n in range(orders):
            k = n - m
            carried = np.array(profile.max_degrees) >= abs(k)
            wave = np.stack([np.cos(k * angle), np.sin(k * angle)])
            wave = np.where((r == 0) & (k != 0), 0.0, wave)
            out[m, n] = (carried[:, None] * rings)[:, None] * wave
    return out
