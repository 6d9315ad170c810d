"""Crystals as what a network sees: mass-weighted one-hot species and periodic graphs, batched in any order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from intertwine.geometry import Graph, radius_graph
from intertwine.nn.graph_batch import GraphBatch
from intertwine.nn.graph_joining import join_graphs
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
        Its periodic graph, opposite edges in pairs, and which edges are equally long.
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
            graph = GraphBatch.of([Graph(one.positions, edges, one.cell)], dtype=torch.float64)
            # Shells are found in double precision, where equal lengths are equal.
            graphs.append(graph.in_pairs().in_shells().to(dtype=torch.float32))
        return CrystalGraphs(tuple(inputs), tuple(graphs))

    def __len__(self) -> int:
        return len(self.graphs)

    def neighbours(self, chosen: Sequence[int] | NDArray[np.int64]) -> float:
        """Mean number of neighbours of an atom of the chosen crystals."""
        return sum(len(self.graphs[i].senders) for i in chosen) / sum(len(self.inputs[i]) for i in chosen)

    def batch(self, chosen: Sequence[int] | NDArray[np.int64], turn: Tensor | None = None) -> tuple[Tensor, GraphBatch]:
        """Inputs and graph of the chosen crystals; turn: a rotation of each, [chosen, 3, 3]."""
        graphs = [self.graphs[index] for index in chosen]
        if turn is not None:  # lengths are kept, hence shells
            graphs = [
                replace(one, positions=one.positions @ R.mT, offsets=one.offsets @ R.mT)
                for one, R in zip(graphs, turn, strict=True)
            ]
        return torch.cat([self.inputs[index] for index in chosen]), join_graphs(graphs)
