"""`finish_module`: Levenberg–Marquardt in float64 for any small network, to the accuracy that it allows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import isfinite, sqrt

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.func import functional_call, jacrev, vmap

from intertwine.errors import ConfigurationError, DataError
from intertwine.training.damped_least_squares import dense_step

ROUNDING = 4e-16
PROBE = 0.1  # fraction of a step at which the residual's curvature along it is measured


@dataclass
class ModuleFinish:
    """How it went: mean squared errors after each iteration (the first: before any), and the iteration that is kept."""

    train: list[float] = field(default_factory=list)
    validation: list[float] = field(default_factory=list)
    best_iteration: int = 0


def finish_module(
    module: nn.Module,
    inputs: tuple[Float[Tensor, "n ..."], ...],
    targets: Float[Tensor, "n outputs"],
    validate: Callable[[], float],
    *,
    iterations: int = 200,
    initial_damping: float = 1e-3,
    chunk: int = 50,
    on_progress: Callable[[float], None] | None = None,
) -> ModuleFinish:
    """Minimise the mean squared error of module(*inputs); at the end the module is the best on validation.

    Damping follows the gain ratio (Madsen, Nielsen & Tingleff, "Methods for non-linear least squares problems", 2004,
    algorithm 3.16). The Jacobian, [n · outputs, parameters], is formed by reverse mode, sample by sample in one
    batch: for some thousand parameters at most. Deterministic.

    Parameters
    ----------
    module:
        In float64, a function of batches [n, …] in which no sample sees another; changed in place.
    validate:
        The validation loss of the module as it is; never worse at the end than at the start.
    iterations:
        Accepted steps; it ends before that where nothing but rounding is left.
    chunk:
        Samples handled at a time.

    Raises
    ------
    ConfigurationError
        For a module that is not float64.
    DataError
        For a loss that is not finite at the start.
    """
    if any(p.dtype != torch.float64 for p in module.parameters()):
        raise ConfigurationError("a finish in low precision", expected="float64", fix="module.double()")
    problem = _Problem(module, inputs, targets, chunk)
    theta = problem.vector()
    residual = problem.residuals(theta)
    cost, damping, growth = float(residual @ residual), initial_damping, 2.0
    if not isfinite(cost):
        raise DataError("the loss is not finite before the first iteration", received=cost)
    found = ModuleFinish([cost], [problem.validated(theta, validate)])
    best = theta
    for iteration in range(1, iterations + 1):
        jacobian = problem.jacobian(theta)
        step = dense_step(jacobian, residual, torch.ones_like(theta))
        moved = None
        while moved is None and damping < 1e12:
            delta = step.solve(damping)
            if delta is not None:
                trial = problem.residuals(theta + delta)
                # |r|² − |r + J δ|² from the equation that δ solves
                predicted = float(damping * delta.square().sum() - delta @ step.gradient)
                gain = (cost - float(trial @ trial)) / predicted if predicted > 0 else -1.0
                if gain > 1e-4:
                    # the second-order correction along the step (Transtrum & Sethna, arXiv:1201.5885), where it helps
                    ahead = problem.residuals(theta + PROBE * delta)
                    second = (2 / PROBE) * ((ahead - residual) / PROBE - jacobian @ delta)
                    bend = step.accelerate(second, delta)
                    if bend is not None and float(bend.norm()) <= 0.375 * float(delta.norm()):
                        bent = problem.residuals(theta + delta + bend)
                        if float(bent @ bent) < float(trial @ trial):
                            delta, trial = delta + bend, bent
                    moved = delta
                    continue
            damping, growth = damping * growth, growth * 2
        if moved is None:
            break
        theta, residual, cost = theta + moved, trial, float(trial @ trial)
        damping, growth = max(damping * max(1 / 3, 1 - (2 * gain - 1) ** 3), 1e-20), 2.0
        found.train.append(cost)
        found.validation.append(problem.validated(theta, validate))
        if found.validation[-1] < found.validation[found.best_iteration]:
            found.best_iteration, best = iteration, theta
        if on_progress is not None:
            on_progress(iteration / iterations)
        if float(moved.norm()) <= ROUNDING * float(theta.norm()) or cost <= ROUNDING**2:
            break
    problem.load(best)
    return found


class _Problem:
    """r(θ) = (module(inputs) − targets)/√(n · outputs) and its Jacobian."""

    def __init__(self, module: nn.Module, inputs: tuple[Tensor, ...], targets: Tensor, chunk: int) -> None:
        self.module = module.eval()
        self.named = {name: p for name, p in module.named_parameters() if p.requires_grad}
        self.batches = [
            (part[:-1], part[-1]) for part in zip(*(x.split(chunk) for x in (*inputs, targets)), strict=True)
        ]
        self.scale = 1 / sqrt(targets.numel())

    def vector(self) -> Tensor:
        return torch.cat([p.detach().reshape(-1) for p in self.named.values()])

    def unpack(self, theta: Tensor) -> dict[str, Tensor]:
        parts = theta.split([p.numel() for p in self.named.values()])
        return {name: part.reshape(p.shape) for (name, p), part in zip(self.named.items(), parts, strict=True)}

    def residuals(self, theta: Tensor) -> Tensor:
        with torch.no_grad():
            found = [functional_call(self.module, self.unpack(theta), x) - y for x, y in self.batches]
        return self.scale * torch.cat([one.reshape(-1) for one in found])

    def jacobian(self, theta: Tensor) -> Tensor:
        def one(parameters: dict[str, Tensor], *x: Tensor) -> Tensor:
            y: Tensor = functional_call(self.module, parameters, tuple(part.unsqueeze(0) for part in x))
            return y.squeeze(0)

        rows = []
        for x, _ in self.batches:
            parts = vmap(jacrev(one), in_dims=(None, *[0] * len(x)))(self.unpack(theta), *x)
            rows.append(torch.cat([part.flatten(2).flatten(0, 1) for part in parts.values()], dim=1))
        return self.scale * torch.cat(rows).detach()

    def load(self, theta: Tensor) -> None:
        with torch.no_grad():
            for name, value in self.unpack(theta).items():
                self.named[name].copy_(value)

    def validated(self, theta: Tensor, validate: Callable[[], float]) -> float:
        self.load(theta)
        with torch.no_grad():
            return float(validate())
