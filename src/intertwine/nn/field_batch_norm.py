"""FieldBatchNorm: batch normalisation of fields, one size for every irrep of every channel."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from intertwine.nn.constant import Constant
from intertwine.nn.field_module import FieldModule
from intertwine.nn.field_units import field_units
from intertwine.nn.full_precision import in_full_precision
from intertwine.representations import Rep


class FieldBatchNorm(FieldModule):
    """x ↦ γ (x − μ) / √(v + ε) + β, with moments over batch, sites and what the group mixes.

    The mean μ and the bias β have invariant components only. By irreps, v is the mean over the components of an irrep
    of their second moments about μ, for each channel; a regular, quotient or other unit in its own basis has one v a
    channel. So it is torch's BatchNorm on invariants and the usual batch norm over group and space on regular fields.
    Running moments are used in eval mode.

    Shape: [batch, rep.dim, *sites] → the same.

    Parameters
    ----------
    rep:
        Fields of orthogonal units.
    epsilon, momentum:
        As in torch.
    """

    running_mean: Tensor
    running_variance: Tensor

    def __init__(
        self,
        rep: Rep,
        *,
        epsilon: float = 1e-5,
        momentum: float = 0.1,
        dtype: torch.dtype | None = None,
        device: torch.device | str | None = None,
    ) -> None:
        super().__init__(rep, rep)
        self.epsilon, self.momentum = epsilon, momentum
        self.sizes: list[tuple[int, int, int, int]] = []  # dim, copies, n_sizes, n_invariants of every unit
        self.averages, self.spreads, self.invariants = nn.ModuleList(), nn.ModuleList(), nn.ModuleList()
        for _, _, copies, unit in field_units(rep):
            average, invariant = _matrices(unit)
            self.averages.append(Constant(average, dtype=dtype, device=device))
            self.spreads.append(Constant((average > 0).T, dtype=dtype, device=device))
            self.invariants.append(Constant(invariant, dtype=dtype, device=device))
            self.sizes.append((unit.dim, copies, len(average), invariant.shape[1]))
        n_sizes = sum(copies * n for _, copies, n, _ in self.sizes)
        n_invariants = sum(copies * n for _, copies, _, n in self.sizes)
        self.weight = nn.Parameter(torch.ones(n_sizes, dtype=dtype, device=device))
        self.bias = nn.Parameter(torch.zeros(n_invariants, dtype=dtype, device=device))
        self.register_buffer("running_mean", torch.zeros(n_invariants, dtype=dtype, device=device))
        self.register_buffer("running_variance", torch.ones(n_sizes, dtype=dtype, device=device))

    def forward(self, field: Float[Tensor, "batch channels *sites"]) -> Float[Tensor, "batch channels *sites"]:
        self.check_field(field)
        return in_full_precision(self._normalised, field)

    def _normalised(self, field: Tensor) -> Tensor:
        if self.training:
            axes = (0, *range(2, field.ndim))
            wide = field.float() if field.dtype.itemsize < 4 else field
            spread, centre = torch.var_mean(wide, dim=axes, correction=0)
            moments = self._moments(centre, spread)
            self._remember(*moments, field.numel() // field.shape[1])
            scale, shift = self._affine(*moments)
        else:
            scale, shift = self.affine()
        shape = (-1, *([1] * (field.ndim - 2)))
        return torch.addcmul(shift.view(shape), field, scale.view(shape)).to(field.dtype)

    def affine(self) -> tuple[Float[Tensor, " channels"], Float[Tensor, " channels"]]:
        """(a, b) of x ↦ a x + b in eval mode, to be merged into a convolution."""
        return self._affine(self.running_mean, self.running_variance)

    def _remember(self, mean: Tensor, variance: Tensor, count: int) -> None:
        """Let the running moments follow those of a batch of `count` points."""
        with torch.no_grad():
            self.running_mean.lerp_(mean.to(self.running_mean), self.momentum)
            unbiased = variance.to(self.running_variance) * (count / max(count - 1, 1))
            self.running_variance.lerp_(unbiased, self.momentum)

    def _moments(self, centre: Tensor, spread: Tensor) -> tuple[Tensor, Tensor]:
        """Of all units, from those of all channels: the means along the invariants, and the sizes."""
        means, sizes = [], []
        widths = [dim * copies for dim, copies, _, _ in self.sizes]
        parts = zip(self.sizes, spread.split(widths), centre.split(widths), self.averages, self.invariants, strict=True)
        for (dim, copies, _, _), v, m, average, invariant in parts:
            centre_of_unit = m.view(dim, copies)
            along = invariant().T @ centre_of_unit
            off = centre_of_unit - invariant() @ along
            means.append(along.flatten())
            sizes.append((average() @ (v.view(dim, copies) + off.square())).flatten())
        return torch.cat(means), torch.cat(sizes)

    def _affine(self, mean: Tensor, variance: Tensor) -> tuple[Tensor, Tensor]:
        """Scale and shift of every channel."""
        factors = self.weight * (variance + self.epsilon).rsqrt()
        scales, shifts = [], []
        n_sizes = [copies * n for _, copies, n, _ in self.sizes]
        n_invariants = [copies * n for _, copies, _, n in self.sizes]
        parts = zip(
            self.sizes, factors.split(n_sizes), mean.split(n_invariants), self.bias.split(n_invariants),
            self.spreads, self.invariants, strict=True,
        )  # fmt: skip
        for (_, copies, n, k), factor, m, b, spread, invariant in parts:
            scale = spread() @ factor.view(n, copies)
            scales.append(scale.flatten())
            shifts.append((invariant() @ b.view(k, copies) - scale * (invariant() @ m.view(k, copies))).flatten())
        return torch.cat(scales), torch.cat(shifts)

    def extra_repr(self) -> str:
        """The representation, ε and the momentum."""
        return f"{super().extra_repr()}, epsilon={self.epsilon:g}, momentum={self.momentum:g}"


def _matrices(unit: Rep) -> tuple[np.ndarray, np.ndarray]:
    """[n_sizes, dim], the means over what has one size, and [dim, n], orthonormal invariant directions."""
    Q = unit.change_of_basis.to_basis
    invariants = [Q[:, w] for block, w in zip(unit.blocks, unit.slices, strict=True) if block.irrep.is_trivial]
    invariant = np.concatenate([np.zeros((unit.dim, 0)), *invariants], axis=1)
    if not unit.is_by_irreps:
        return np.full((1, unit.dim), 1.0 / unit.dim), np.linalg.qr(invariant)[0]
    average = np.zeros((len(unit.blocks), unit.dim))
    for row, where in enumerate(unit.slices):
        average[row, where] = 1.0 / (where.stop - where.start)
    return average, invariant
