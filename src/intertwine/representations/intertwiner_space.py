"""Linear equivariant maps between representations, through their irreps (Schur's lemma), never by a null space."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from intertwine.errors import RepresentationError
from intertwine.groups.theory import RealArray
from intertwine.representations.irrep import Irrep
from intertwine.representations.rep import Rep


class IrrepPair(NamedTuple):
    """All maps between the copies of one irrep in a block of rep_in and a block of rep_out.

    The maps are K_u ⊗ E_pq for the units K_u of the commutant [n_units, d, d] and the channels p of the
    output, q of the input: parameters [n_units, multiplicity_out, multiplicity_in].
    """

    irrep: Irrep
    block_in: int
    block_out: int
    units: RealArray
    multiplicity_in: int
    multiplicity_out: int

    @property
    def n_maps(self) -> int:
        """Real parameters of this pair of blocks."""
        return len(self.units) * self.multiplicity_in * self.multiplicity_out


class IntertwinerSpace:
    """Hom_G(rep_in, rep_out) by pairs of blocks that share an irrep; nothing dense is built until asked for.

    Raises RepresentationError for representations of different groups.
    """

    def __init__(self, rep_in: Rep, rep_out: Rep) -> None:
        if rep_in.group != rep_out.group:
            raise RepresentationError(
                "intertwiners need two representations of one group", received=repr(rep_out), expected=rep_in.group.name
            )
        self.rep_in, self.rep_out = rep_in, rep_out
        self.pairs = tuple(
            IrrepPair(x.irrep, i, o, x.irrep.commutant, x.multiplicity, y.multiplicity)
            for o, y in enumerate(rep_out.blocks)
            for i, x in enumerate(rep_in.blocks)
            if x.irrep == y.irrep
        )

    def __len__(self) -> int:
        """dim Hom_G(rep_in, rep_out), the sum over irreps of commutant dimension × copies in × copies out."""
        return sum(pair.n_maps for pair in self.pairs)

    def basis(self) -> RealArray:
        """[n, rep_out.dim, rep_in.dim]; orthonormal where both bases of features are orthonormal."""
        maps = np.empty((len(self), self.rep_out.dim, self.rep_in.dim))
        start = 0
        for pair in self.pairs:
            maps[start : start + pair.n_maps] = self._dense(pair)
            start += pair.n_maps
        return maps

    def __iter__(self) -> Iterator[RealArray]:
        """The maps of `basis`, one [rep_out.dim, rep_in.dim] at a time."""
        for pair in self.pairs:
            for index in range(pair.n_maps):
                yield self._dense(pair, index)[0]

    def combine(self, weights: RealArray) -> RealArray:
        """Σ_n weights_n basis_n without the basis; weights [n], result [rep_out.dim, rep_in.dim]."""
        w = np.asarray(weights, dtype=np.float64)
        if w.shape != (len(self),):
            raise RepresentationError("wrong number of weights", received=w.shape, expected=(len(self),))
        full = np.zeros((self.rep_out.dim, self.rep_in.dim))
        start = 0
        for pair in self.pairs:
            size = (len(pair.units), pair.multiplicity_out, pair.multiplicity_in)
            part = w[start : start + pair.n_maps].reshape(size)
            d = pair.irrep.real_dim
            block = np.einsum("ukl,upq->kplq", pair.units, part) / np.sqrt(d)
            full[self.rep_out.slices[pair.block_out], self.rep_in.slices[pair.block_in]] = block.reshape(
                d * size[1], d * size[2]
            )
            start += pair.n_maps
        if not self.rep_in.is_by_irreps:
            full = full @ self.rep_in.change_of_basis.from_basis
        if not self.rep_out.is_by_irreps:
            full = self.rep_out.change_of_basis.to_basis @ full
        return full

    def _dense(self, pair: IrrepPair, index: int | None = None) -> RealArray:
        d = pair.irrep.real_dim
        left = self.rep_out.change_of_basis.to_basis[:, self.rep_out.slices[pair.block_out]]
        right = self.rep_in.change_of_basis.from_basis[self.rep_in.slices[pair.block_in]]
        left = left.reshape(-1, d, pair.multiplicity_out).transpose(2, 0, 1)  # [p, out, k]
        right = right.reshape(d, pair.multiplicity_in, -1).transpose(1, 0, 2)  # [q, l, in]
        units = pair.units / np.sqrt(d)
        if index is None:
            rotated = np.matmul(left, units[:, None])  # [u, p, out, k]
            maps: RealArray = np.matmul(rotated[:, :, None], right)  # [u, p, q, out, in]
            return maps.reshape(pair.n_maps, left.shape[1], right.shape[2])
        u, p, q = np.unravel_index(index, (len(units), pair.multiplicity_out, pair.multiplicity_in))
        one: RealArray = left[p] @ units[u] @ right[q]
        return one[None]


def intertwiners(rep_in: Rep, rep_out: Rep) -> RealArray:
    """A basis [n, rep_out.dim, rep_in.dim] of the linear maps B with B ρ_in(g) = ρ_out(g) B for every g.

    n = Σ_irreps (1, 2 or 4 for type R, C, H) × copies in × copies out. Orthonormal, Σ_oi B[n,o,i] B[n',o,i] = δ_nn',
    where the features' bases are orthonormal (Reps by irreps, tensor products and powers of them). `IntertwinerSpace`
    holds the same maps without building them. Raises RepresentationError for representations of different groups.
    """
    return IntertwinerSpace(rep_in, rep_out).basis()
