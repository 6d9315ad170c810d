"""Crystals as what a network sees: mass-weighted one-hot species and periodic graphs, batched in any order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from intertwine.geometry import Graph, radius_graph
from intertwine.nn.graph_batch import GraphBatch
from intertwine.physics.crystals import mass_weighted_species
from intertwine.physics.structure import Structure


@dataclass(frozen=True)
class CrystalGraphs:
    """Crystals side by side.

    Attributes
    ----------
    inputs:
        [atoms, 118] of each crystal.
    graphs:
        Its periodic graph, opposite edges in pairs.
    """

    inputs: tuple[Tensor, ...]
    graphs: tuple[GraphBatch, ...]

    @staticmethod
    def of(structures: Sequence[Structure], cutoff: float) -> CrystalGraphs:
        """Atoms closer than the cut-off (Å) are neighbours, images of an atom included."""
        inputs, graphs = [], []
        for one in structures:
            inputs.append(torch.from_numpy(mass_weighted_species(one)).float())
            edges = radius_graph(one.positions, cutoff, one.cell)
            graphs.append(GraphBatch.of([Graph(one.positions, edges, one.cell)], dtype=torch.float32).in_pairs())
        return CrystalGraphs(tuple(inputs), tuple(graphs))

    def __len__(self) -> int:
        return len(self.graphs)

    def neighbours(self, chosen: Sequence[int] | NDArray[np.int64]) -> float:
        """Mean number of neighbours of an atom of the chosen crystals."""
        return sum(len(self.graphs[i].senders) for i in chosen) / sum(len(self.inputs[i]) for i in chosen)

    def batch(self, chosen: Sequence[int] | NDArray[np.int64], turn: Tensor | None = None) -> tuple[Tensor, GraphBatch]:
        """Inputs and graph of the chosen crystals; turn: a rotation of each, [chosen, 3, 3]."""
        graphs = [self.graphs[index] for index in chosen]
        sizes = [len(one.positions) for one in graphs]
        starts = np.concatenate([[0], np.cumsum(sizes)])[:-1].tolist()
        places, offsets = [one.positions for one in graphs], [one.offsets for one in graphs]
        if turn is not None:
            places, offsets = ([x @ R.mT for x, R in zip(every, turn, strict=True)] for every in (places, offsets))
        whole = GraphBatch(
            torch.cat(places),
            torch.cat([one.senders + start for one, start in zip(graphs, starts, strict=True)]),
            torch.cat([one.receivers + start for one, start in zip(graphs, starts, strict=True)]),
            torch.cat(offsets),
            torch.repeat_interleave(torch.arange(len(graphs)), torch.tensor(sizes)),
            len(graphs),
            paired=True,
        )
        return torch.cat([self.inputs[index] for index in chosen]), whole


def rotations(n: int, seed: int) -> Tensor:
    """Uniformly random rotations [n, 3, 3]."""
    from scipy.spatial.transform import Rotation

    turned = Rotation.random(n, random_state=np.random.default_rng(seed)).as_matrix()
    return torch.from_numpy(turned).float()
