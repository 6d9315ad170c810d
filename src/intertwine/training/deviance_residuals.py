"""Cross entropy as a sum of squares, so that Levenberg–Marquardt can minimise it."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from intertwine.training.residuals import Residuals

_SMALL = 1e-6


class DevianceResiduals(Residuals):
    """r(θ) = ±√(D / n), D the divergence of the predicted from the target probability, in the place of a difference.

    |r|² is the mean cross entropy less the targets' own entropy, which no network can undercut (deviance residuals of
    logistic regression; McCullagh & Nelder, Generalized Linear Models, section 2.4). The sign is that of the
    output, a logit, less the target's logit. For targets strictly between 0 and 1 the minimum is reached at
    finite logits, and the convergence there is that of any least-squares problem.

    Parameters
    ----------
    linear:
        The network's plain residuals for the same data; targets are probabilities of class 1.
    """

    def __init__(self, linear: Residuals) -> None:
        self.linear = linear
        self.n_residuals, self.n_parameters = linear.n_residuals, linear.n_parameters
        self.goal = torch.cat([y.reshape(-1) for _, y in linear.batches])
        self.unit = linear.root.repeat(linear.n)

    def vector(self) -> Float[Tensor, " p"]:
        return self.linear.vector()

    def values(self, theta: Float[Tensor, " p"]) -> Float[Tensor, " m"]:
        return self._at(theta)[0]

    def jacobian(self, theta: Float[Tensor, " p"]) -> Float[Tensor, "m p"]:
        return self.linear.jacobian(theta).mul_(self._at(theta)[1][:, None])

    def forward_product(self, theta: Float[Tensor, " p"], direction: Float[Tensor, " p"]) -> Float[Tensor, " m"]:
        return self._at(theta)[1] * self.linear.forward_product(theta, direction)

    def backward_product(self, theta: Float[Tensor, " p"], cotangent: Float[Tensor, " m"]) -> Float[Tensor, " p"]:
        return self.linear.backward_product(theta, self._at(theta)[1] * cotangent)

    def _at(self, theta: Tensor) -> tuple[Tensor, Tensor]:
        """Residuals, and the derivative of each with respect to the linear one."""
        logit = self.linear.values(theta) / self.unit + self.goal
        value, slope = deviance(logit, self.goal)
        return value * self.unit, slope


def deviance(logit: Float[Tensor, " m"], goal: Float[Tensor, " m"]) -> tuple[Float[Tensor, " m"], Float[Tensor, " m"]]:
    """±√D and its derivative; D = Σ_c q_c log(q_c / p_c) over the two classes, q the target, p the prediction."""
    entropy = torch.special.entr(goal) + torch.special.entr(1 - goal)
    cross = functional.binary_cross_entropy_with_logits(logit, goal, reduction="none")
    predicted = torch.sigmoid(logit)
    value = (cross - entropy).clamp_min(0).sqrt() * torch.sign(predicted - goal)
    # D ≈ ½ p (1 - p) (z - z₀)² where the difference of the two logarithms has no digits left
    spread = (0.5 * predicted * (1 - predicted)).sqrt()
    near = value.abs() < _SMALL
    close = (predicted - goal) / (2 * spread.clamp_min(1e-150))
    slope = torch.where(near, spread, (predicted - goal) / (2 * torch.where(near, torch.ones_like(value), value)))
    return torch.where(near, close, value), slope
