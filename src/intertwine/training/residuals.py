"""One network's residuals as a function of its flattened parameters: values, Jacobian, and products with it."""

from __future__ import annotations

from math import sqrt

import torch
from jaxtyping import Float
from torch import Tensor
from torch.func import functional_call, jacrev, jvp, vjp, vmap

from intertwine.models.lattice_cnn import LatticeCNN
from intertwine.training.lattice_data import LatticeData


class Residuals:
    """r(θ) with r_{i,f} = √w_f (prediction - target)_{i,f} / √(n F), so that |r|² is the weighted mean squared error.

    Works in the model's dtype (float64 for a finisher), chunk by chunk over configurations.

    Parameters
    ----------
    model:
        Network whose buffers are used and whose parameters' names and shapes define θ (in ``named_parameters`` order).
    data:
        Configurations and targets.
    weights:
        w_f, one a target; all 1 if None, and then |r|² is the mean squared error itself.
    chunk:
        Configurations handled at a time; bounds memory and keeps the work in cache. Part of the result's rounding.
    """

    def __init__(
        self,
        model: LatticeCNN,
        data: LatticeData,
        weights: Float[Tensor, " features"] | None = None,
        *,
        chunk: int = 50,
    ) -> None:
        self.model, self.chunk = model, chunk
        self.names = [name for name, _ in model.named_parameters()]
        self.shapes = [parameter.shape for _, parameter in model.named_parameters()]
        self.buffers = dict(model.named_buffers())
        data = data.to(model.input_shift.dtype, model.input_shift.device)
        self.n, n_features = data.targets.shape
        root = torch.ones_like(data.targets[0]) if weights is None else weights.to(data.targets).sqrt()
        self.root = root / sqrt(self.n * n_features)
        self.batches = list(zip(data.features.split(chunk), data.targets.split(chunk), strict=True))
        self.n_residuals = self.n * n_features
        self.n_parameters = sum(shape.numel() for shape in self.shapes)

    def vector(self) -> Float[Tensor, " p"]:
        """The model's present parameters as one vector."""
        return torch.cat([parameter.detach().reshape(-1) for parameter in self.model.parameters()])

    def unpack(self, theta: Float[Tensor, " p"]) -> dict[str, Tensor]:
        """The vector as named tensors."""
        parts = theta.split([shape.numel() for shape in self.shapes])
        return {name: part.reshape(shape) for name, part, shape in zip(self.names, parts, self.shapes, strict=True)}

    def _predict(self, theta: Tensor, features: Tensor) -> Tensor:
        out: Tensor = functional_call(self.model, (self.unpack(theta), self.buffers), (features,))
        return out * self.root

    def values(self, theta: Float[Tensor, " p"]) -> Float[Tensor, " m"]:
        """r(θ), configuration by configuration, targets fastest."""
        with torch.no_grad():
            parts = [(self._predict(theta, x) - y * self.root).reshape(-1) for x, y in self.batches]
        return torch.cat(parts)

    def cost(self, theta: Float[Tensor, " p"]) -> float:
        """|r(θ)|²; infinite where the network overflows."""
        value = float(self.values(theta).square().sum())
        return value if value == value else float("inf")

    def jacobian(self, theta: Float[Tensor, " p"]) -> Float[Tensor, "m p"]:
        """∂r/∂θ, dense: m · p numbers."""
        one = jacrev(lambda t, x: self._predict(t, x[None])[0])
        per_sample = vmap(one, in_dims=(None, 0))
        out = theta.new_empty(self.n_residuals, self.n_parameters)
        row = 0
        for features, _ in self.batches:
            block = per_sample(theta, features).reshape(-1, self.n_parameters)
            out[row : row + len(block)] = block
            row += len(block)
        return out

    def forward_product(self, theta: Float[Tensor, " p"], direction: Float[Tensor, " p"]) -> Float[Tensor, " m"]:
        """J v without J."""
        parts = []
        for features, _ in self.batches:
            tangent = jvp(lambda t, x=features: self._predict(t, x), (theta,), (direction,))[1]
            parts.append(tangent.reshape(-1))
        return torch.cat(parts)

    def backward_product(self, theta: Float[Tensor, " p"], cotangent: Float[Tensor, " m"]) -> Float[Tensor, " p"]:
        """Jᵀ u without J."""
        total, row = torch.zeros_like(theta), 0
        for features, targets in self.batches:
            pull = vjp(lambda t, x=features: self._predict(t, x), theta)[1]
            size = targets.numel()
            total += pull(cotangent[row : row + size].reshape(targets.shape))[0]
            row += size
        return total
