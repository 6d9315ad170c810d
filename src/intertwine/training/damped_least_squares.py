"""The damped linear least-squares step of Levenberg–Marquardt: minimise |J δ + r|² + λ |D δ|²."""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
from jaxtyping import Float
from torch import Tensor

from intertwine.training.residuals import Residuals

QR_LIMIT = 1500  # parameters; above it forming JᵀJ is several times faster and the lost digits matter less


class DampedStep(ABC):
    """One linearisation, to be solved for several dampings."""

    gradient: Tensor  # Jᵀ r
    scale: Tensor  # D, one entry a parameter

    @abstractmethod
    def solve(self, damping: float) -> Tensor | None:
        """δ(λ), or None where the damped system is numerically singular."""

    def accelerate(self, second: Float[Tensor, " m"], step: Float[Tensor, " p"]) -> Tensor | None:
        """-½ (JᵀJ + λD²)⁻¹ Jᵀ s at the damping of the last `solve`, for the second derivative s of r along `step`.

        None where the solver has no factor at hand.
        """
        return None


class QRStep(DampedStep):
    """Through J = Q R: keeps every digit of J, where JᵀJ would square its condition number."""

    def __init__(
        self, jacobian: Float[Tensor, "m p"], residual: Float[Tensor, " m"], scale: Float[Tensor, " p"]
    ) -> None:
        self.gradient, self.scale, self.jacobian = jacobian.mT @ residual, scale, jacobian
        triangle = torch.linalg.qr(torch.cat([jacobian, residual[:, None]], dim=1), mode="r").R
        p = jacobian.shape[1]
        self.triangle, self.projected = triangle[:p, :p], triangle[:p, p]

    def solve(self, damping: float) -> Tensor | None:
        p = len(self.scale)
        stacked = torch.zeros(2 * p, p + 1, dtype=self.scale.dtype, device=self.scale.device)
        stacked[: len(self.triangle), :p] = self.triangle
        stacked[: len(self.triangle), p] = self.projected
        stacked[p:, :p] = torch.diag(self.scale * damping**0.5)
        triangle = torch.linalg.qr(stacked, mode="r").R
        if float(triangle.diagonal()[:p].abs().min()) == 0.0:
            return None
        self.factor = triangle[:p, :p]
        solution: Tensor = torch.linalg.solve_triangular(triangle[:p, :p], triangle[:p, p:], upper=True)
        return -solution[:, 0]

    def accelerate(self, second: Float[Tensor, " m"], step: Float[Tensor, " p"]) -> Tensor | None:
        right = (self.jacobian.mT @ second)[:, None]
        half = torch.linalg.solve_triangular(self.factor.mT, right, upper=False)
        solution: Tensor = torch.linalg.solve_triangular(self.factor, half, upper=True)
        return -0.5 * solution[:, 0]


class NormalStep(DampedStep):
    """Cholesky of JᵀJ + λ D²: the fastest for a few thousand parameters and more residuals."""

    def __init__(
        self, jacobian: Float[Tensor, "m p"], residual: Float[Tensor, " m"], scale: Float[Tensor, " p"]
    ) -> None:
        self.gradient, self.scale, self.jacobian = jacobian.mT @ residual, scale, jacobian
        self.normal = jacobian.mT @ jacobian

    def solve(self, damping: float) -> Tensor | None:
        matrix = self.normal + torch.diag(damping * self.scale**2)
        factor, info = torch.linalg.cholesky_ex(matrix)
        if int(info) != 0:
            return None
        self.factor = factor
        return -torch.cholesky_solve(self.gradient[:, None], factor)[:, 0]

    def accelerate(self, second: Float[Tensor, " m"], step: Float[Tensor, " p"]) -> Tensor | None:
        return -0.5 * torch.cholesky_solve((self.jacobian.mT @ second)[:, None], self.factor)[:, 0]


class DualStep(DampedStep):
    """δ = -D⁻² Jᵀ (J D⁻² Jᵀ + λ)⁻¹ r: for more parameters than residuals, the same step from a smaller matrix."""

    def __init__(
        self, jacobian: Float[Tensor, "m p"], residual: Float[Tensor, " m"], scale: Float[Tensor, " p"]
    ) -> None:
        self.gradient, self.scale, self.residual = jacobian.mT @ residual, scale, residual
        self.scaled = jacobian / scale
        self.kernel = self.scaled @ self.scaled.mT

    def solve(self, damping: float) -> Tensor | None:
        matrix = self.kernel + damping * torch.eye(len(self.kernel), dtype=self.kernel.dtype, device=self.kernel.device)
        factor, info = torch.linalg.cholesky_ex(matrix)
        if int(info) != 0:
            return None
        return -(self.scaled.mT @ torch.cholesky_solve(self.residual[:, None], factor))[:, 0] / self.scale


class MatrixFreeStep(DampedStep):
    """Conjugate gradients on (JᵀJ + λ D²) δ = -Jᵀr with products J v, Jᵀ u only; memory of a few vectors.

    Stops at a relative residual of `tolerance` or after `iterations` products: an inexact step is a shorter, still
    descending one.
    """

    def __init__(
        self, residuals: Residuals, theta: Float[Tensor, " p"], residual: Float[Tensor, " m"],
        scale: Float[Tensor, " p"], *, iterations: int, tolerance: float,
    ) -> None:  # fmt: skip
        self.residuals, self.theta, self.scale = residuals, theta, scale
        self.iterations, self.tolerance = iterations, tolerance
        self.gradient = residuals.backward_product(theta, residual)

    def solve(self, damping: float) -> Tensor | None:
        step = torch.zeros_like(self.theta)
        # in the variables D δ, so that the damping is a multiple of the identity
        rest = -self.gradient / self.scale
        direction, norm = rest.clone(), float(rest @ rest)
        goal = norm * self.tolerance**2
        for _ in range(self.iterations):
            if norm <= goal:
                break
            along = direction / self.scale
            product = self.residuals.backward_product(self.theta, self.residuals.forward_product(self.theta, along))
            image = product / self.scale + damping * direction
            length = norm / float(direction @ image)
            step += length * direction
            rest -= length * image
            previous, norm = norm, float(rest @ rest)
            direction = rest + (norm / previous) * direction
        return step / self.scale


def dense_step(jacobian: Float[Tensor, "m p"], residual: Float[Tensor, " m"], scale: Float[Tensor, " p"]) -> DampedStep:
    """The dense solver that fits the Jacobian's shape: dual if wide, QR if narrow, normal equations otherwise."""
    m, p = jacobian.shape
    if p > m:
        return DualStep(jacobian, residual, scale)
    return QRStep(jacobian, residual, scale) if p <= QR_LIMIT else NormalStep(jacobian, residual, scale)
