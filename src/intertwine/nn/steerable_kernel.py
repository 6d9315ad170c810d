"""SteerableKernel: the free weights of an equivariant convolution, and their expansion to a plain kernel."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from intertwine.errors import RepresentationError
from intertwine.nn.constant import Constant
from intertwine.representations import Rep
from intertwine.representations.kernels.basis_cache import kernel_bases
from intertwine.representations.kernels.kernel_basis import KernelBasis
from intertwine.representations.kernels.scalar_functions import ScalarFunctions


class _Pair(NamedTuple):
    """The kernels between one unit of rep_in and one of rep_out: weights [n, copies out × copies in]."""

    copies_in: int
    copies_out: int
    dim_in: int
    dim_out: int
    n: int


class SteerableKernel(nn.Module):
    """K = Σ_n w_n B_n with a basis B of equivariant kernels, by units of the representations.

    Calling it gives the kernel [rep_out.dim, rep_in.dim, *kernel] of a plain convolution and its bias [rep_out.dim] (or
    None): one matrix product for each pair of units, whatever the group.

    Weights start normal with variances such that inputs of second moment 1, independent from point to point, give
    outputs of second moment 1 for every irrep (the generalised He initialisation of Weiler and Cesa, 1911.08251).

    Raises RepresentationError where no kernel reaches an irrep of a rep_out by irreps: its features could only be 0.
    (A regular field whose kernels are band-limited below the group's frequencies is band-limited and no error.)
    """

    def __init__(
        self,
        rep_in: Rep,
        rep_out: Rep,
        functions: ScalarFunctions,
        kernel: tuple[int, ...],
        *,
        bias: bool = True,
        dtype: torch.dtype | None = None,
        device: torch.device | str | None = None,
    ) -> None:
        super().__init__()
        self.shape = (rep_out.dim, rep_in.dim, *kernel)
        self.kernel = kernel
        self.pairs: list[list[_Pair]] = []
        self.bases = nn.ModuleList()
        scales = []
        wanted = {
            (_number(rep_in.units, unit_in), _number(rep_out.units, unit_out)): (unit_in, unit_out)
            for _, unit_out in rep_out.units for _, unit_in in rep_in.units
        }  # fmt: skip
        known = dict(zip(wanted, kernel_bases(functions, list(wanted.values())), strict=True))
        for copies_out, unit_out in rep_out.units:
            row, found = [], []
            for copies_in, unit_in in rep_in.units:
                basis = known[_number(rep_in.units, unit_in), _number(rep_out.units, unit_out)]
                row.append(_Pair(copies_in, copies_out, unit_in.dim, unit_out.dim, len(basis.block)))
                flat = unit_out.dim * unit_in.dim * prod(kernel)
                columns = basis.kernels.reshape(flat, len(basis.block))
                columns.setflags(write=False)
                self.bases.append(Constant(columns, dtype=dtype, device=device))
                found.append(basis)
            self.pairs.append(row)
            scales += _deviations(unit_out, row, found, bias)
        invariants, self.bias_sizes = _invariants(rep_out)
        self.weight = nn.Parameter(torch.empty(sum(map(len, scales)), dtype=dtype, device=device))
        self.scale = Constant(np.concatenate(scales), dtype=dtype, device=device)
        n_biases = sum(columns * copies for columns, copies in self.bias_sizes) if bias else 0
        self.bias = nn.Parameter(torch.empty(n_biases, dtype=dtype, device=device)) if n_biases else None
        self.invariants = nn.ModuleList([Constant(one, dtype=dtype, device=device) for one in invariants])
        self._kept: tuple[tuple[object, ...], Tensor, Tensor | None] | None = None
        self.reset_parameters()

    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        """Draw the weights anew and set the biases to 0."""
        with torch.no_grad():
            self.weight.normal_(generator=generator).mul_(self.scale())
            if self.bias is not None:
                self.bias.zero_()

    def forward(self) -> tuple[Float[Tensor, "out in *kernel"], Float[Tensor, " out"] | None]:
        points = prod(self.kernel)
        weights = iter(self.weight.split([p.n * p.copies_in * p.copies_out for row in self.pairs for p in row]))
        bases = iter(self.bases)
        rows = []
        for row in self.pairs:
            blocks = []
            for p in row:
                # points stay next to each other: what is left to do is to move stretches of them
                block = next(weights).view(p.n, p.copies_out * p.copies_in).t() @ next(bases)().t()
                block = block.view(p.copies_out, p.copies_in, p.dim_out, p.dim_in, points).permute(2, 0, 3, 1, 4)
                blocks.append(block.reshape(p.dim_out * p.copies_out, p.dim_in * p.copies_in, points))
            rows.append(blocks[0] if len(blocks) == 1 else torch.cat(blocks, dim=1))
        full = rows[0] if len(rows) == 1 else torch.cat(rows)
        return full.reshape(self.shape), self._bias()

    def expanded(self) -> tuple[Float[Tensor, "out in *kernel"], Float[Tensor, " out"] | None]:
        """Expanded anew where gradients of the weights are wanted, else kept until the weights change."""
        if torch.compiler.is_compiling() or (torch.is_grad_enabled() and self.weight.requires_grad):
            found: tuple[Tensor, Tensor | None] = self()
            return found
        state = (*_state(self.weight), *(() if self.bias is None else _state(self.bias)))
        if self._kept is None or self._kept[0] != state:
            with torch.no_grad():
                self._kept = (state, *self())
        return self._kept[1], self._kept[2]

    def __getstate__(self) -> dict[str, object]:
        return {**self.__dict__, "_kept": None}

    def _bias(self) -> Tensor | None:
        if self.bias is None:
            return None
        parts = self.bias.split([columns * copies for columns, copies in self.bias_sizes])
        found = [
            (Q() @ part.view(columns, copies)).flatten()
            for Q, part, (columns, copies) in zip(self.invariants, parts, self.bias_sizes, strict=True)
        ]
        return torch.cat(found)

    def extra_repr(self) -> str:
        """Free parameters against those of the plain kernel."""
        return f"{self.weight.numel()} weights for a kernel {list(self.shape)}"


def _state(parameter: Tensor) -> tuple[object, ...]:
    """Changes whenever the parameter does: in-place updates count up its version, moves change the rest."""
    return parameter.data_ptr(), parameter._version, parameter.dtype, parameter.device


def _number(units: Sequence[tuple[int, Rep]], unit: Rep) -> int:
    return next(i for i, (_, other) in enumerate(units) if other == unit)


def _deviations(unit_out: Rep, row: list[_Pair], bases: list[KernelBasis], bias: bool) -> list[np.ndarray]:
    """The standard deviations of the initial weights of every pair, [n · copies out · copies in]."""
    fan_in = np.zeros(len(unit_out.blocks))
    for p, basis in zip(row, bases, strict=True):
        np.add.at(fan_in, basis.block, float(p.copies_in))
    for block, (copies, irrep) in enumerate(unit_out.blocks):
        fan_in[block] /= copies
        # a permutation basis is whole: signals that lack a frequency are still signals
        if fan_in[block] == 0 and unit_out.is_by_irreps and not (bias and irrep.is_trivial):
            raise RepresentationError(
                f"no kernel reaches the irrep {irrep} of rep_out: its features could only be 0",
                fix="drop it, or use a larger kernel or a higher max_degree",
            )
    sizes = np.array([block.dim for block in unit_out.blocks])
    missing = sizes.sum() / max(sizes[fan_in > 0].sum(), 1)  # what is reached makes up for what is not
    with np.errstate(divide="ignore"):
        deviation = np.sqrt(missing / fan_in)
    return [np.repeat(deviation[basis.block], p.copies_in * p.copies_out) for p, basis in zip(row, bases, strict=True)]


def _invariants(rep: Rep) -> tuple[list[np.ndarray], list[tuple[int, int]]]:
    """The invariant directions [dim, n] of every unit, and (n, copies)."""
    found, sizes = [], []
    for copies, unit in rep.units:
        Q = unit.change_of_basis.to_basis
        columns = [Q[:, w] for block, w in zip(unit.blocks, unit.slices, strict=True) if block.irrep.is_trivial]
        found.append(np.concatenate([np.zeros((unit.dim, 0)), *columns], axis=1))
        sizes.append((found[-1].shape[1], copies))
    return found, sizes
