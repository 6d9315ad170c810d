"""Linear: Schur's lemma as a layer. Every linear map that commutes with the group, and no other."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from intertwine.errors import RepresentationError
from intertwine.groups.theory import RealArray
from intertwine.nn.constant import Constant
from intertwine.nn.equivariant_module import EquivariantModule
from intertwine.representations import Irrep, Rep


class Channels(NamedTuple):
    """All copies of one irrep on both sides: the input blocks [d, m] side by side, times one weight matrix."""

    irrep: Irrep
    inputs: tuple[int, ...]  # indices of the blocks of rep_in
    outputs: tuple[int, ...]  # indices of the blocks of rep_out
    weights: slice  # stretch of the flat weight, read as [rows, columns]
    rows: int  # commutant units × input channels
    columns: int  # output channels


class Linear(EquivariantModule):
    """y = W x + b with W in Hom_G(rep_in, rep_out) and b on the invariants.

    Between two copies of one irrep a weight is an element of its commutant: 1, 2 or 4 real parameters for types R, C
    and H (Schur's lemma over ℝ); copies of different irreps do not mix. Weights start normal with variance
    1/(number of parameters of one output channel), so that components of second moment 1 give components of second
    moment 1; biases start at 0.

    Shape: [..., rep_in.dim] → [..., rep_out.dim]. Representations in their own basis are brought to irreps and back.

    Parameters
    ----------
    rep_in, rep_out:
        Representations of one group.
    bias:
        Whether the copies of the trivial irrep in rep_out get a bias.
    dtype, device:
        Of the parameters; the input must match.

    Raises
    ------
    RepresentationError
        For two different groups, or where an irrep of rep_out does not occur in rep_in (its features could only be 0).
    """

    def __init__(
        self,
        rep_in: Rep,
        rep_out: Rep,
        *,
        bias: bool = True,
        dtype: torch.dtype | None = None,
        device: torch.device | str | None = None,
    ) -> None:
        super().__init__(rep_in, rep_out)
        self.channels = _pair_channels(rep_in, rep_out, bias)
        count = sum(pair.rows * pair.columns for pair in self.channels)
        biases = sum(pair.columns for pair in self.channels if pair.irrep.is_trivial) if bias else 0
        self.weight = nn.Parameter(torch.empty(count, dtype=dtype, device=device))
        self.bias = nn.Parameter(torch.empty(biases, dtype=dtype, device=device)) if biases else None
        kind = self.weight.dtype
        self.units = nn.ModuleDict()
        for index, pair in enumerate(self.channels):
            if pair.irrep.commutant_dim > 1:
                self.units[str(index)] = Constant(pair.irrep.commutant[1:], dtype=kind, device=device)
        self.change_of_basis = nn.ModuleDict()
        for name, rep, matrix in (("to_irreps", rep_in, 1), ("from_irreps", rep_out, 0)):
            if not rep.is_by_irreps:
                self.change_of_basis[name] = Constant(rep.change_of_basis[matrix], dtype=kind, device=device)
        self.exact_tables: dict[str, RealArray] = {}  # nothing that fingerprints of representations do not cover
        self.reset_parameters()

    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        """Draw the weights anew and set the biases to 0."""
        with torch.no_grad():
            for pair in self.channels:
                if pair.rows:
                    self.weight[pair.weights].normal_(0.0, 1 / sqrt(pair.rows), generator=generator)
            if self.bias is not None:
                self.bias.zero_()

    def forward(self, x: Float[Tensor, "*batch features"]) -> Float[Tensor, "*batch out"]:
        if x.shape[-1] != self.rep_in.dim:
            raise RepresentationError(
                "the features do not fit rep_in",
                received=f"shape {tuple(x.shape)}",
                expected=f"[..., {self.rep_in.dim}]",
            )
        if not self.rep_in.is_by_irreps:
            x = x @ self.change_of_basis["to_irreps"]().T
        y = side_by_side(self.mix(by_block(x, self.rep_in), x), x)
        return y if self.rep_out.is_by_irreps else y @ self.change_of_basis["from_irreps"]().T

    def mix(self, blocks: Sequence[Tensor], like: Tensor) -> list[Tensor]:
        """The map block by block, [..., d, m] each, for representations by irreps; nothing is put side by side.

        like: a tensor [..., any] of the same leading axes, where there may be no block.
        """
        weights = self.weight.split([pair.rows * pair.columns for pair in self.channels])
        found: dict[int, Tensor] = {}
        for index, pair in enumerate(self.channels):
            weight = weights[index].view(pair.rows, pair.columns)
            y = _times(self.gather(index, blocks, like), weight, self.bias if pair.irrep.is_trivial else None)
            sizes = [self.rep_out.blocks[i].multiplicity for i in pair.outputs]
            found |= zip(pair.outputs, y.split(sizes, dim=-1), strict=True)
        return [found[i] for i in range(len(self.rep_out.blocks))]

    def gather(self, index: int, blocks: Sequence[Tensor], like: Tensor) -> Tensor:
        """[..., d, rows]: what the weight matrix of one irrep multiplies, its copies and their commutant's images."""
        pair = self.channels[index]
        parts = [blocks[i] for i in pair.inputs]
        if not parts:
            return like.new_zeros(*like.shape[:-1], pair.irrep.real_dim, 0)
        features = parts[0] if len(parts) == 1 else torch.cat(parts, dim=-1)
        if pair.irrep.commutant_dim > 1:
            turned = self.units[str(index)]() @ features.unsqueeze(-3)  # [..., unit, d, channel]
            features = torch.cat([features, *turned.unbind(-3)], dim=-1)
        return features


def by_block(x: Tensor, rep: Rep) -> list[Tensor]:
    """Features [..., rep.dim] as views [..., d, m], block by block."""
    # split, not slices: the gradient of a slice is a zero tensor of the size of the whole
    parts = x.split([block.dim for block in rep.blocks], dim=-1) if rep.blocks else ()
    return [
        part.unflatten(-1, (block.irrep.real_dim, block.multiplicity))
        for part, block in zip(parts, rep.blocks, strict=True)
    ]


def side_by_side(blocks: Sequence[Tensor], like: Tensor) -> Tensor:
    """[..., rep.dim] of blocks [..., d, m]; one block is not copied, and none is [..., 0]."""
    flat = [block.flatten(-2) for block in blocks]
    return flat[0] if len(flat) == 1 else torch.cat(flat, dim=-1) if flat else like[..., :0]


def _times(features: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    return features @ weight if bias is None else nn.functional.linear(features, weight.T, bias)


def joint(layers: Sequence[Linear], x: Tensor) -> list[list[Tensor]]:
    """The output blocks [..., d, m] of several maps of the same features by irreps: one matrix product an irrep."""
    blocks = by_block(x, layers[0].rep_in)
    weights = [one.weight.split([pair.rows * pair.columns for pair in one.channels]) for one in layers]
    places: dict[Irrep, list[tuple[int, int]]] = {}
    for n, one in enumerate(layers):
        for index, pair in enumerate(one.channels):
            places.setdefault(pair.irrep, []).append((n, index))
    found: list[dict[int, Tensor]] = [{} for _ in layers]
    for irrep, where in places.items():
        pairs = [layers[n].channels[index] for n, index in where]
        matrices = [weights[n][i].view(p.rows, p.columns) for (n, i), p in zip(where, pairs, strict=True)]
        n, index = where[0]
        bias = None
        if irrep.is_trivial and any(layers[n].bias is not None for n, _ in where):
            biases = [(layers[n].bias, p.columns) for (n, _), p in zip(where, pairs, strict=True)]
            bias = torch.cat([matrices[0].new_zeros(c) if b is None else b for b, c in biases])
        y = _times(layers[n].gather(index, blocks, x), torch.cat(matrices, dim=1), bias)
        for (n, _), p, part in zip(where, pairs, y.split([p.columns for p in pairs], dim=-1), strict=True):
            sizes = [layers[n].rep_out.blocks[i].multiplicity for i in p.outputs]
            found[n] |= zip(p.outputs, part.split(sizes, dim=-1), strict=True)
    return [[one[i] for i in range(len(one))] for one in found]


def _pair_channels(rep_in: Rep, rep_out: Rep, bias: bool) -> tuple[Channels, ...]:
    pairs, start = [], 0
    for irrep in rep_out.irreps:
        inputs = tuple(i for i, block in enumerate(rep_in.blocks) if block.irrep == irrep)
        outputs = tuple(i for i, block in enumerate(rep_out.blocks) if block.irrep == irrep)
        if not inputs and not (bias and irrep.is_trivial):
            raise RepresentationError(
                f"no linear map reaches the irrep {irrep} of rep_out: its features could only be 0",
                received=f"rep_in {rep_in}",
                expected=f"a rep_in that holds {irrep}",
                fix=f"drop {irrep} from rep_out, or make it by a tensor product",
            )
        rows = irrep.commutant_dim * sum(rep_in.blocks[i].multiplicity for i in inputs)
        columns = sum(rep_out.blocks[i].multiplicity for i in outputs)
        pairs.append(Channels(irrep, inputs, outputs, slice(start, start + rows * columns), rows, columns))
        start += rows * columns
    return tuple(pairs)
