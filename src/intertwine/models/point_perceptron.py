"""PointPerceptron: everything about a fixed number of points in one fully connected network that knows no symmetry."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn

from intertwine.errors import DataError
from intertwine.nn.graph_batch import GraphBatch
from intertwine.nn.multilayer_perceptron import multilayer_perceptron


class PointPerceptron(nn.Module):
    """[features and positions of all points of a graph] → [points, outputs], by linear layers with SiLU between.

    The unconstrained baseline: bound to its number of points, their order, and the frame.

    Parameters
    ----------
    points, features, dimension, outputs:
        Points of each graph, features a point, directions of space, outputs a point.
    hidden:
        Widths of the hidden layers.
    """

    def __init__(
        self,
        points: int,
        features: int,
        dimension: int,
        outputs: int,
        hidden: tuple[int, ...] = (256, 256, 256),
        *,
        dtype: torch.dtype | None = None,
        device: torch.device | str | None = None,
    ) -> None:
        super().__init__()
        self.points = points
        widths = [points * (features + dimension), *hidden, points * outputs]
        self.body = multilayer_perceptron(widths, dtype=dtype, device=device)

    def forward(self, x: Float[Tensor, "nodes features"], graph: GraphBatch) -> Float[Tensor, "nodes outputs"]:
        """Raises DataError for graphs with another number of points."""
        if len(x) != graph.count * self.points or bool((graph.sizes() != self.points).any()):
            raise DataError("graphs of another size", received=graph.sizes().tolist()[:8], expected=self.points)
        flat = torch.cat([x, graph.positions], dim=-1).reshape(graph.count, -1)
        y: Tensor = self.body(flat).reshape(len(x), -1)
        return y
