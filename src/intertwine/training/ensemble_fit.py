"""First-order fit of an ensemble: AdamW, best weights on validation, resumable to the last bit."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from math import cos, pi
from pathlib import Path
from time import perf_counter
from typing import Any

import torch
from torch import Tensor

from intertwine.errors import DataError
from intertwine.models.lattice_cnn import LatticeCNNConfig
from intertwine.training.augmentation import random_translations, translate
from intertwine.training.ensemble import (
    ensemble_forward,
    generator_for,
    predict_stacked,
    stack_instances,
)
from intertwine.training.fit_result import FitResult, read_checked, write_atomically
from intertwine.training.fit_settings import FitSettings
from intertwine.training.lattice_data import LatticeData
from intertwine.training.losses import check_targets, mean_losses, pointwise_loss

CHECKPOINT_FORMAT = 1


@dataclass(frozen=True)
class Progress:
    """State of a fit at an evaluation; losses as in FitResult, one an instance."""

    step: int
    steps: int
    train_loss: list[float]
    validation_loss: list[float]
    seconds: float


def learning_rate(settings: FitSettings, step: int) -> float:
    """Linear warm-up, then cosine decay to the final rate at the last step."""
    if step < settings.warmup:
        return settings.learning_rate * (step + 1) / settings.warmup
    done = (step - settings.warmup) / max(1, settings.steps - settings.warmup)
    floor = settings.final_learning_rate
    return settings.learning_rate * (floor + (1 - floor) * 0.5 * (1 + cos(pi * done)))


def batch_indices(n: int, batch_size: int, seed: int, step: int) -> Tensor:
    """Which configurations step `step` sees: reshuffled every epoch, a remainder smaller than a batch is left out."""
    size = min(batch_size, n)
    epoch, position = divmod(step, n // size)
    order = torch.randperm(n, generator=generator_for(seed, 1, epoch))
    return order[position * size : (position + 1) * size]


def fit_ensemble(
    config: LatticeCNNConfig,
    n_instances: int,
    train: LatticeData,
    validation: LatticeData,
    settings: FitSettings,
    seed: int,
    *,
    on_progress: Callable[[Progress], None] | None = None,
    checkpoint: Path | None = None,
    device: torch.device | str = "cpu",
) -> FitResult:
    """Train `n_instances` networks of one architecture side by side.

    Instances differ in their initial weights and share batches and augmentations. The result depends on the arguments
    only: bit for bit the same at a fixed number of threads, whether interrupted or not.

    Parameters
    ----------
    on_progress:
        Called after every evaluation, after a resume first for those before it; an exception that it raises ends the
        fit (the checkpoint stays).
    checkpoint:
        File written at every evaluation and read, if it is there, to go on from. It is not removed: a finished fit
        returns at once when called again.

    Raises
    ------
    DataError
        If the checkpoint belongs to another fit, a loss stops being finite, or targets are not probabilities
        where the loss is the cross entropy.
    """
    device, dtype = torch.device(device), getattr(torch, settings.dtype)
    for part in (train, validation):
        check_targets(settings.loss, part.targets)
    squared = settings.loss == "mean_squared_error"
    key = fingerprint(config, n_instances, train, validation, settings, seed)
    parameters, buffers = stack_instances(config, n_instances, train, seed, dtype, device, standardise_outputs=squared)
    parameters = {name: value.requires_grad_() for name, value in parameters.items()}
    optimiser = torch.optim.AdamW(
        list(parameters.values()), lr=settings.learning_rate, betas=settings.betas, weight_decay=settings.weight_decay,
        fused=True,
    )  # fmt: skip
    state = _State(
        {name: value.detach().clone() for name, value in parameters.items()},
        torch.full((n_instances,), torch.inf, dtype=torch.float64),
        torch.full((n_instances,), torch.inf, dtype=torch.float64),
        torch.zeros(n_instances, dtype=torch.int64),
    )
    if checkpoint is not None and checkpoint.exists():
        state.restore(read_checked(checkpoint, CHECKPOINT_FORMAT), key, parameters, optimiser, checkpoint)
        if on_progress is not None:
            for row in range(len(state.history["step"])):
                on_progress(state.progress(settings, row))
    forward = ensemble_forward(config)
    data, held_out = train.to(dtype, device), validation.to(dtype, device)
    weights = torch.ones_like(buffers["output_scale"][0])
    if squared and settings.target_weighting == "standardised":
        weights = buffers["output_scale"][0] ** -2
    started = perf_counter() - state.seconds

    while not state.finished:
        for group in optimiser.param_groups:
            group["lr"] = learning_rate(settings, state.step)
        chosen = batch_indices(len(data), settings.batch_size, seed, state.step)
        features, targets = data.features[chosen], data.targets[chosen]
        if settings.augment:
            shifts = random_translations(len(chosen), data.sites, generator_for(seed, 2, state.step), device)
            features = translate(features, shifts)
        optimiser.zero_grad(set_to_none=True)
        errors = pointwise_loss(settings.loss, forward(parameters, buffers, features), targets)
        (errors * weights).mean(dim=(1, 2)).sum().backward()
        if settings.gradient_clip is not None:
            clip_each(list(parameters.values()), settings.gradient_clip)
        optimiser.step()
        state.running += errors.detach().mean(dim=(1, 2)).double().cpu()
        state.counted += 1
        state.step += 1
        if state.step % settings.evaluate_every == 0 or state.step == settings.steps:
            predictions = predict_stacked(forward, parameters, buffers, held_out.features, settings.batch_size * 4)
            losses = mean_losses(settings.loss, predictions, held_out.targets).cpu()
            state.evaluate(losses, parameters, settings)
            state.seconds = perf_counter() - started
            if checkpoint is not None:
                write_atomically(state.content(key, parameters, optimiser), checkpoint)
            if on_progress is not None:
                on_progress(state.progress(settings))
    return FitResult(
        config, {name: value.clone() for name, value in state.best.items()}, buffers, state.best_train,
        state.best_loss, state.seconds, state.best_step.tolist(), state.history,
    )  # fmt: skip


def clip_each(parameters: list[Tensor], limit: float) -> None:
    """Scale every instance's gradient to a norm of at most `limit`."""
    gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
    squares = torch.stack([gradient.flatten(1).square().sum(1) for gradient in gradients]).sum(0)
    scale = (limit / squares.sqrt().clamp_min(1e-30)).clamp_max(1)
    for gradient in gradients:
        gradient.mul_(scale.reshape(-1, *([1] * (gradient.ndim - 1))))


def fingerprint(
    config: LatticeCNNConfig, n_instances: int, train: LatticeData, validation: LatticeData, settings: FitSettings,
    seed: int,
) -> str:  # fmt: skip
    """Hash of everything that a fit's result depends on."""
    digest = hashlib.sha256(f"{config.model_dump_json()}|{n_instances}|{settings.model_dump_json()}|{seed}".encode())
    for data in (train, validation):
        for tensor in (data.features, data.targets):
            digest.update(str((tuple(tensor.shape), tensor.dtype)).encode())
            digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()


class _State:
    """What a fit must remember between steps, apart from weights and optimiser."""

    def __init__(self, best: dict[str, Tensor], best_loss: Tensor, best_train: Tensor, best_step: Tensor) -> None:
        self.best, self.best_loss, self.best_train, self.best_step = best, best_loss, best_train, best_step
        self.step, self.last_improvement, self.counted, self.seconds = 0, 0, 0, 0.0
        self.running = torch.zeros_like(best_loss)
        self.finished = False
        self.history: dict[str, list[Any]] = {"step": [], "train": [], "validation": []}

    def evaluate(self, losses: Tensor, parameters: dict[str, Tensor], settings: FitSettings) -> None:
        """Record losses, keep the best weights of every instance, decide whether to stop."""
        train = self.running / self.counted
        if not bool(torch.isfinite(losses).any()):
            raise DataError(
                "No instance has a finite loss", received=losses.tolist(), expected="finite numbers",
                fix="lower the learning rate or set gradient_clip",
            )  # fmt: skip
        better = losses < self.best_loss  # False for nan
        for name, value in parameters.items():
            mask = better.to(value.device).reshape(-1, *([1] * (value.ndim - 1)))
            self.best[name] = torch.where(mask, value.detach(), self.best[name])
        self.best_loss = torch.where(better, losses, self.best_loss)
        self.best_train = torch.where(better, train, self.best_train)
        self.best_step = torch.where(better, torch.full_like(self.best_step, self.step), self.best_step)
        if bool(better.any()):
            self.last_improvement = self.step
        self.history["step"].append(self.step)
        self.history["train"].append(train.tolist())
        self.history["validation"].append(losses.tolist())
        self.running, self.counted = torch.zeros_like(self.running), 0
        stale = settings.patience is not None and self.step - self.last_improvement >= settings.patience
        self.finished = self.step >= settings.steps or stale

    def progress(self, settings: FitSettings, row: int = -1) -> Progress:
        """The evaluation number `row`, the last by default, for the caller's eyes."""
        history = self.history
        return Progress(
            history["step"][row], settings.steps, history["train"][row], history["validation"][row], self.seconds
        )

    def content(self, key: str, parameters: dict[str, Tensor], optimiser: torch.optim.Optimizer) -> dict[str, Any]:
        """Everything that the next step depends on."""
        return {
            "format": CHECKPOINT_FORMAT, "key": key, "optimiser": optimiser.state_dict(),
            "parameters": {name: value.detach() for name, value in parameters.items()},
            "state": dict(vars(self)),
        }  # fmt: skip

    def restore(
        self,
        content: dict[str, Any],
        key: str,
        parameters: dict[str, Tensor],
        optimiser: torch.optim.Optimizer,
        path: Path,
    ) -> None:
        """Go on from `content`; raises DataError if it is another fit's."""
        if content["key"] != key:
            raise DataError(
                f"{path} is the checkpoint of another fit", received=content["key"][:12], expected=key[:12],
                fix="delete it, or give the same configuration, data, settings and seed",
            )  # fmt: skip
        optimiser.load_state_dict(content["optimiser"])
        with torch.no_grad():
            for name, value in parameters.items():
                value.copy_(content["parameters"][name])
        vars(self).update(content["state"])
