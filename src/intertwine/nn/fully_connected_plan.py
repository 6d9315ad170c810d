"""The plan of the fully connected kernel: separate paths, each with the matrix of weights that mixes its channels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from intertwine.groups.theory import RealArray
from intertwine.nn.linear import Channels
from intertwine.nn.product_plan import ProductPlan
from intertwine.representations import Rep


class FullyConnectedPlan:
    """Every path of a separate plan, turned by every unit of its commutant, into every block of rep_out it reaches.

    The weights of a path are a matrix [m_1, m_out] inside of the flat weight of the `Linear` that mixes separate paths.

    Attributes
    ----------
    words, coefficients:
        The lists that fully_connected_plan.hpp reads: int32 and float64.
    """

    def __init__(self, separate: ProductPlan, rep_out: Rep, channels: Sequence[Channels]) -> None:
        lists: dict[str, list[int]] = {name: [] for name in ("in", "out", "weight", "stride")}
        path_entry, entry_term = [0], [0]
        entry_i: list[int] = []
        entry_k: list[int] = []
        term_x2: list[int] = []
        found: list[float] = []
        for path in separate.paths:
            mixed = channels[path.block_out]
            m_2 = separate.rep_2.blocks[path.block_2].multiplicity
            start_2 = separate.rep_2.slices[path.block_2].start + path.channel_2
            units = np.asarray(mixed.irrep.commutant)
            for unit, turn in enumerate(units):
                maps = path.maps @ turn.T if unit else path.maps
                maps = np.where(np.abs(maps) < 1e-14 * np.abs(maps).max(), 0.0, maps)
                row = unit * (mixed.rows // len(units)) + path.channel_out
                column = 0
                for block in mixed.outputs:
                    lists["in"].append(path.block_1)
                    lists["out"].append(block)
                    lists["weight"].append(mixed.weights.start + row * mixed.columns + column)
                    lists["stride"].append(mixed.columns)
                    column += rep_out.blocks[block].multiplicity
                    for k in range(maps.shape[2]):
                        for i in range(maps.shape[0]):
                            terms = np.flatnonzero(maps[i, :, k])
                            if terms.size:
                                entry_i.append(i)
                                entry_k.append(k)
                                term_x2 += (start_2 + m_2 * terms).tolist()
                                found += maps[i, terms, k].tolist()
                                entry_term.append(len(found))
                    path_entry.append(len(entry_i))
        rep_1 = separate.rep_1
        counts = [len(lists["in"]), len(entry_i), len(found), len(rep_1.blocks), len(rep_out.blocks)]
        sizes = [rep_1.dim, separate.rep_2.dim, sum(c.rows * c.columns for c in channels), rep_out.dim]
        words = [*counts, *sizes, *_blocks(rep_1), *_blocks(rep_out)]
        for one in (*lists.values(), path_entry, entry_i, entry_k, entry_term, term_x2):
            words += one
        self.words = np.array(words, dtype=np.int32)
        self.coefficients: RealArray = np.array(found, dtype=np.float64)


def _blocks(rep: Rep) -> list[int]:
    """Where blocks start, their components, their channels."""
    starts = [where.start for where in rep.slices]
    return [*starts, *(b.irrep.real_dim for b in rep.blocks), *(b.multiplicity for b in rep.blocks)]
