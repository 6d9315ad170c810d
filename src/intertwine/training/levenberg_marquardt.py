"""Levenberg–Marquardt in float64: takes a trained network to the accuracy that its architecture allows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import Any, Literal

import torch
from pydantic import BaseModel, ConfigDict, PositiveFloat, PositiveInt
from torch import Tensor

from intertwine.errors import DataError
from intertwine.training.damped_least_squares import DampedStep, MatrixFreeStep, NormalStep, QRStep, dense_step
from intertwine.training.ensemble_fit import Progress, fingerprint
from intertwine.training.fit_result import FitResult, read_checked, write_atomically
from intertwine.training.fit_settings import FitSettings, LossName
from intertwine.training.lattice_data import LatticeData
from intertwine.training.patch_residuals import residuals_for

CHECKPOINT_FORMAT = 1
ROUNDING = 4e-16
PROBE = 0.1  # fraction of a step at which the residual's curvature along it is measured


class LevenbergMarquardtSettings(BaseModel):
    """Budget and numerics of the finisher.

    Attributes
    ----------
    iterations:
        Linearisations an instance; the budget.
    patience:
        Stop an instance after so many iterations without a better validation loss (None: never).
    evaluate_every:
        Iterations between validations and checkpoints.
    initial_damping:
        λ at the start, in units where D is the identity or the Jacobian's column norms.
    scaling:
        D: "identity" (Levenberg) or "columns" (Marquardt: the largest column norm of the Jacobian so far; dense only).
    geodesic:
        Add the second-order correction along the step (Transtrum & Sethna, arXiv:1201.5885); dense, fewer parameters
        than residuals.
    loss:
        As in FitSettings. Losses are reported less the entropy of the targets, zero for classes 0 and 1.
    target_weighting:
        Of squared errors. "raw" minimises the mean squared error itself; "standardised" weighs each target by its
        inverse variance.
    max_dense_parameters, max_dense_bytes:
        Above either the Jacobian is never formed (conjugate gradients on products with it).
    cg_iterations, cg_tolerance:
        Of the matrix-free solver, an iteration.
    chunk:
        Configurations handled at a time.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    iterations: PositiveInt = 100
    patience: PositiveInt | None = 30
    evaluate_every: PositiveInt = 5
    initial_damping: PositiveFloat = 1e-6
    scaling: Literal["identity", "columns"] = "identity"
    geodesic: bool = True
    loss: LossName = "mean_squared_error"
    target_weighting: Literal["raw", "standardised"] = "standardised"
    max_dense_parameters: PositiveInt = 5000
    max_dense_bytes: PositiveInt = 1 << 31
    cg_iterations: PositiveInt = 30
    cg_tolerance: PositiveFloat = 1e-3
    chunk: PositiveInt = 50


def finish_levenberg_marquardt(
    result: FitResult,
    train: LatticeData,
    validation: LatticeData,
    settings: LevenbergMarquardtSettings,
    *,
    on_progress: Callable[[int, Progress], None] | None = None,
    checkpoint: Path | None = None,
) -> FitResult:
    """Finish every instance of `result`; the returned one is float64 and never worse on validation.

    Deterministic at a fixed number of threads, interrupted or not. Damping follows the gain ratio (Nielsen 1999;
    Madsen, Nielsen & Tingleff, "Methods for non-linear least squares problems", 2004, algorithm 3.16). An instance
    stops at its budget, out of patience, or when no damping yields a decrease any more: at rounding.

    Parameters
    ----------
    on_progress:
        Called with (instance, progress) after every evaluation.
    checkpoint:
        File written at every evaluation and read, if it is there, to go on from.

    Raises
    ------
    DataError
        If the checkpoint belongs to another finish.
    """
    key = (
        fingerprint(result.config, result.n_instances, train, validation, FitSettings(), 0) + settings.model_dump_json()
    )
    key += "".join(f"{float(value.double().sum()):.17g}" for value in result.parameters.values())
    started, spent = perf_counter(), 0.0
    done: list[dict[str, Any]] = []
    partial: dict[str, Any] | None = None
    if checkpoint is not None and checkpoint.exists():
        content = read_checked(checkpoint, CHECKPOINT_FORMAT)
        if content["key"] != key:
            raise DataError(
                f"{checkpoint} is the checkpoint of another finish", received="other data, settings or networks",
                expected="those that it was written with", fix="delete it",
            )  # fmt: skip
        done, partial, spent = content["done"], content["partial"], content["seconds"]

    def save(state: dict[str, Any] | None) -> None:
        if checkpoint is not None:
            seconds = spent + perf_counter() - started
            write_atomically(
                {"format": CHECKPOINT_FORMAT, "key": key, "done": done, "partial": state, "seconds": seconds},
                checkpoint,
            )

    double = result.to(torch.float64)
    for index in range(len(done), result.n_instances):
        finisher = _Finisher(double, index, train, validation, settings, partial)
        partial = None
        while not finisher.state["finished"]:
            finisher.iterate()
            if finisher.state["iteration"] % settings.evaluate_every == 0 or finisher.state["finished"]:
                finisher.evaluate()
                save(finisher.state)
                if on_progress is not None:
                    on_progress(index, finisher.progress(spent + perf_counter() - started))
        done.append(finisher.state)
        save(None)
    best = torch.stack([state["best"] for state in done])
    names, offset = {}, 0
    for name, value in double.parameters.items():
        size = value[0].numel()
        names[name] = best[:, offset : offset + size].reshape(value.shape).clone()
        offset += size
    return replace(
        double,
        parameters=names,
        train_loss=torch.tensor([state["best_train"] for state in done], dtype=torch.float64),
        validation_loss=torch.tensor([state["best_loss"] for state in done], dtype=torch.float64),
        seconds=spent + perf_counter() - started,
        best_step=[state["best_iteration"] for state in done],
        history={f"instance_{index}": [state["history"]] for index, state in enumerate(done)},
    )


class _Finisher:
    """One instance on its way; `state` is everything that the next iteration depends on."""

    def __init__(
        self, result: FitResult, index: int, train: LatticeData, validation: LatticeData,
        settings: LevenbergMarquardtSettings, state: dict[str, Any] | None,
    ) -> None:  # fmt: skip
        self.settings = settings
        model = result.instance(index)
        standardised = settings.target_weighting == "standardised" and settings.loss == "mean_squared_error"
        weights = model.output_scale**-2 if standardised else None
        self.fit = residuals_for(model, train, weights, chunk=settings.chunk, loss=settings.loss)
        self.raw_train = residuals_for(model, train, chunk=settings.chunk, loss=settings.loss)
        self.raw_validation = residuals_for(model, validation, chunk=settings.chunk, loss=settings.loss)
        m, p = self.fit.n_residuals, self.fit.n_parameters
        self.dense = min(m, p) <= settings.max_dense_parameters and m * p * 8 <= settings.max_dense_bytes
        if state is None:
            theta = self.fit.vector()
            state = {
                "theta": theta, "scale": torch.zeros_like(theta), "damping": settings.initial_damping, "growth": 2.0,
                "iteration": 0, "finished": False, "best": theta.clone(), "best_iteration": 0,
                "best_loss": self.raw_validation.cost(theta), "best_train": self.raw_train.cost(theta),
                "history": {"step": [], "train": [], "validation": [], "damping": []},
            }  # fmt: skip
        self.state = state

    def iterate(self) -> None:
        """One linearisation and as many dampings as it takes to descend."""
        state = self.state
        theta: Tensor = state["theta"]
        residual = self.fit.values(theta)
        cost = float(residual @ residual)
        step = self._linearise(theta, residual)
        while True:
            delta = step.solve(state["damping"])
            if delta is not None:
                # |r|² - |r + J δ|² from the equation that δ solves
                predicted = float(state["damping"] * (step.scale * delta).square().sum() - delta @ step.gradient)
                move, trial = self._try(step, theta, residual, delta)
                gain = (cost - trial) / predicted if predicted > 0 else -1.0
                if trial < cost and gain > 1e-4:
                    state["theta"] = theta + move
                    state["damping"] = max(state["damping"] * max(1 / 3, 1 - (2 * gain - 1) ** 3), 1e-20)
                    state["growth"] = 2.0
                    # nothing but rounding is left to move, or to gain
                    state["finished"] = float(move.norm()) <= ROUNDING * float(theta.norm()) or trial <= ROUNDING**2
                    break
            state["damping"] *= state["growth"]
            state["growth"] *= 2.0
            if state["damping"] > 1e12:
                state["finished"] = True
                return
        state["iteration"] += 1
        state["finished"] |= state["iteration"] >= self.settings.iterations

    def _try(self, step: DampedStep, theta: Tensor, residual: Tensor, delta: Tensor) -> tuple[Tensor, float]:
        """The step to take along δ and the cost there: δ + ½ of its acceleration where that helps, else δ."""
        if self.settings.geodesic and isinstance(step, QRStep | NormalStep):
            ahead = self.fit.values(theta + PROBE * delta)
            second = (2 / PROBE) * ((ahead - residual) / PROBE - step.jacobian @ delta)
            bend = step.accelerate(second, delta)
            if bend is not None and float((step.scale * bend).norm()) <= 0.375 * float((step.scale * delta).norm()):
                cost = self.fit.cost(theta + delta + bend)
                if cost < float(residual @ residual):
                    return delta + bend, cost
        return delta, self.fit.cost(theta + delta)

    def _linearise(self, theta: Tensor, residual: Tensor) -> DampedStep:
        state, settings = self.state, self.settings
        if not self.dense:
            return MatrixFreeStep(
                self.fit, theta, residual, torch.ones_like(theta),
                iterations=settings.cg_iterations, tolerance=settings.cg_tolerance,
            )  # fmt: skip
        jacobian = self.fit.jacobian(theta)
        if settings.scaling == "identity":
            return dense_step(jacobian, residual, torch.ones_like(theta))
        state["scale"] = torch.maximum(state["scale"], torch.linalg.vector_norm(jacobian, dim=0))
        # a parameter that moves nothing yet must still be damped
        floor = 1e-8 * float(state["scale"].max())
        return dense_step(jacobian, residual, state["scale"].clamp_min(floor))

    def evaluate(self) -> None:
        """Record losses, keep the best parameters on validation, run out of patience."""
        state = self.state
        train, loss = self.raw_train.cost(state["theta"]), self.raw_validation.cost(state["theta"])
        if loss < state["best_loss"]:
            state["best"], state["best_loss"], state["best_train"] = state["theta"].clone(), loss, train
            state["best_iteration"] = state["iteration"]
        values = (state["iteration"], train, loss, state["damping"])
        for column, value in zip(state["history"].values(), values, strict=True):
            column.append(value)
        patience = self.settings.patience
        if patience is not None and state["iteration"] - state["best_iteration"] >= patience:
            state["finished"] = True

    def progress(self, seconds: float) -> Progress:
        """For the caller's eyes."""
        history = self.state["history"]
        return Progress(
            self.state["iteration"],
            self.settings.iterations,
            [history["train"][-1]],
            [history["validation"][-1]],
            seconds,
        )
