"""ProductPlan: a bilinear equivariant map as a list of sparse terms, made once, read by every backend."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from math import sqrt
from typing import NamedTuple

import numpy as np

from intertwine.errors import RepresentationError
from intertwine.groups.theory import RealArray
from intertwine.representations import Rep, product_maps


class ProductPath(NamedTuple):
    """One Clebsch–Gordan map from a block of rep_1 and one channel of a block of rep_2 to a block of rep_out."""

    block_1: int
    block_2: int
    channel_2: int
    block_out: int
    maps: RealArray  # C [d_1, d_2, d_out], normalisation included
    weights: slice  # one weight a channel
    channel_out: int = 0  # the first of the channels of block_out that it adds to


class ProductPlan:
    """out[e,k,u] = Σ_paths w[e,p,u] Σ_ij C_p[i,j,k] x1[e,i,u] x2[e,j]: channels u of rep_1 and rep_out in step.

    Attributes
    ----------
    paths:
        The terms, in the order of their weights.
    words, coefficients:
        The sparse terms as the kernels read them: int32 and float64.
    """

    def __init__(self, rep_1: Rep, rep_2: Rep, rep_out: Rep, paths: Sequence[ProductPath]) -> None:
        self.rep_1, self.rep_2, self.rep_out, self.paths = rep_1, rep_2, rep_out, tuple(paths)

    @property
    def weight_numel(self) -> int:
        """Number of weights of one sample."""
        return self.paths[-1].weights.stop if self.paths else 0

    @cached_property
    def _packed(self) -> tuple[np.ndarray, RealArray]:
        path_row, path_weight, path_channels = [0], [], []
        row_entry, row_out = [0], []
        entry_term, entry_x1 = [0], []
        term_x2: list[int] = []
        term_c: list[float] = []
        for path in self.paths:
            m = self.rep_1.blocks[path.block_1].multiplicity
            m_2 = self.rep_2.blocks[path.block_2].multiplicity
            start_1 = self.rep_1.slices[path.block_1].start
            start_2 = self.rep_2.slices[path.block_2].start + path.channel_2
            start_out = self.rep_out.slices[path.block_out].start + path.channel_out
            m_out = self.rep_out.blocks[path.block_out].multiplicity
            for k in range(path.maps.shape[2]):
                for i in range(path.maps.shape[0]):
                    terms = np.flatnonzero(path.maps[i, :, k])
                    if terms.size:
                        term_x2 += (start_2 + m_2 * terms).tolist()
                        term_c += path.maps[i, terms, k].tolist()
                        entry_term.append(len(term_c))
                        entry_x1.append(start_1 + i * m)
                row_entry.append(len(entry_x1))
                row_out.append(start_out + k * m_out)
            path_row.append(len(row_out))
            path_weight.append(path.weights.start)
            path_channels.append(m)
        counts = [len(self.paths), len(row_out), len(entry_x1), len(term_c)]
        sizes = [self.rep_1.dim, self.rep_2.dim, self.weight_numel, self.rep_out.dim]
        lists = [path_row, path_weight, path_channels, row_entry, row_out, entry_term, entry_x1, term_x2]
        words = np.array([*counts, *sizes, *(word for one in lists for word in one)], dtype=np.int32)
        return words, np.array(term_c, dtype=np.float64)

    @property
    def words(self) -> np.ndarray:
        """int32: counts, sizes, and the index lists of channelwise.cpp, one after the other."""
        return self._packed[0]

    @property
    def coefficients(self) -> RealArray:
        """float64 [n_terms]."""
        return self._packed[1]

    @property
    def operations(self) -> int:
        """Multiplications and additions of one sample's forward pass, on channels."""
        words = self.words
        entries_per_path = np.diff(words[8 + words[0] + 1 + 2 * words[0] :][: words[1] + 1])
        rows = words[8 : 8 + words[0] + 1]
        channels = words[8 + 2 * words[0] + 1 :][: words[0]]
        return int(
            sum(
                2 * c * (entries_per_path[a:b].sum() + (b - a))
                for a, b, c in zip(rows, rows[1:], channels, strict=False)
            )
        )


def require_one_group(*reps: Rep) -> None:
    """Raise RepresentationError unless all are by irreps of one group."""
    for rep in reps:
        if rep.group != reps[-1].group or not rep.is_by_irreps:
            raise RepresentationError(
                "a tensor product needs representations of one group, by irreps",
                received=[repr(r) for r in reps],
                fix="use rep.by_irreps()",
            )


def channelwise_plan(rep_1: Rep, rep_2: Rep, rep_out: Rep) -> ProductPlan:
    """Every Clebsch–Gordan path from rep_1 ⊗ rep_2 into rep_out that keeps the channels of rep_1 and rep_out in step.

    A block of rep_1 feeds each block of rep_out that has as many channels. Paths are normalised so that weights and
    features of second moment 1 give features of second moment 1.

    Raises
    ------
    RepresentationError
        For different groups, representations in their own basis, or a block of rep_out that no path reaches.
    """
    require_one_group(rep_1, rep_2, rep_out)
    found: list[list[tuple[int, int, int, RealArray]]] = []
    for block_out in rep_out.blocks:
        found.append(
            [
                (i, j, v, C)
                for i, one in enumerate(rep_1.blocks)
                if one.multiplicity == block_out.multiplicity
                for j, two in enumerate(rep_2.blocks)
                for C in product_maps(one.irrep, two.irrep, block_out.irrep)
                for v in range(two.multiplicity)
            ]
        )
        if not found[-1]:
            raise RepresentationError(
                f"no path reaches {block_out.multiplicity}x{block_out.irrep} of rep_out",
                received=f"{rep_1} ⊗ {rep_2}",
                expected="a block of rep_1 with as many channels whose product with rep_2 holds that irrep",
                fix="drop it from rep_out, or bring rep_1 to equal multiplicities with a Linear",
            )
    paths: list[ProductPath] = []
    start = 0
    for (i, j, v, C), k, n in sorted(
        (((i, j, v, C), k, len(into)) for k, into in enumerate(found) for i, j, v, C in into),
        key=lambda term: (term[0][0], term[0][1], term[1], term[0][2]),
    ):
        stop = start + rep_1.blocks[i].multiplicity
        paths.append(ProductPath(i, j, v, k, C / sqrt(n), slice(start, stop)))
        start = stop
    return ProductPlan(rep_1, rep_2, rep_out, paths)
