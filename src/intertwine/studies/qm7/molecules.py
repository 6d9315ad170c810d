"""Molecules of different sizes side by side, and batches of any of them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from intertwine.geometry.radius_search import radius_graph
from intertwine.nn.graph_batch import GraphBatch


class MoleculeTable:
    """All molecules with the pairs of atoms below a cut-off, found once.

    Parameters
    ----------
    numbers, positions, first:
        Atomic numbers [atoms] and positions [atoms, 3] in Å of all molecules; the first atom of each, and the end.
    elements:
        Atomic numbers in the order of the one-hot channels.
    """

    def __init__(
        self,
        numbers: NDArray[np.int64],
        positions: NDArray[np.float64],
        first: NDArray[np.int64],
        elements: Sequence[int],
        cutoff: float,
        device: torch.device | str | None = None,
    ) -> None:
        ones, others, counts = [], [], [0]
        for start, end in pairwise(first):
            edges = radius_graph(positions[start:end], cutoff)
            kept = edges.senders < edges.receivers  # each pair once; the other direction follows
            ones.append(edges.senders[kept])
            others.append(edges.receivers[kept])
            counts.append(int(kept.sum()))
        self.first = _tensor(first, device)
        self.first_pair = _tensor(np.cumsum(counts), device)
        self.pairs = _tensor(np.stack([np.concatenate(ones), np.concatenate(others)], 1), device)  # within a molecule
        self.positions = _tensor(positions, device).float()
        one_hot = np.asarray(numbers)[:, None] == np.asarray(elements)
        self.species = _tensor(one_hot.astype(np.float32), device)

    @property
    def neighbours(self) -> float:
        """Mean number of neighbours of an atom."""
        return 2 * len(self.pairs) / len(self.positions)

    def batch(self, index: Tensor) -> tuple[Tensor, GraphBatch]:
        """Species [nodes, elements] and the graph of these molecules."""
        atoms, node_graph, sizes = _ragged(self.first, index)
        pairs, pair_graph, _ = _ragged(self.first_pair, index)
        there = self.pairs[pairs] + (sizes.cumsum(0) - sizes)[pair_graph].unsqueeze(1)
        place = self.positions[atoms]
        graph = GraphBatch(
            place, there.flatten(), there.flip(1).flatten(), place.new_zeros(2 * len(there), 3), node_graph, len(index),
            paired=True,
        )  # fmt: skip
        return self.species[atoms], graph


def _ragged(first: Tensor, index: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Places in the concatenation of what belongs to each of `index`, whose it is, and how many each has."""
    index = index.to(first.device)
    sizes = first[index + 1] - first[index]
    whose = torch.arange(len(index), device=first.device).repeat_interleave(sizes)
    inside = torch.arange(len(whose), device=first.device) - (sizes.cumsum(0) - sizes)[whose]
    return first[index][whose] + inside, whose, sizes


def _tensor(array: NDArray[Any], device: torch.device | str | None) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(array)).to(device)
