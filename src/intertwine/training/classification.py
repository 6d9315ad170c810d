"""Training of a classifier of images or volumes: AdamW, one cycle of the learning rate, augmentation on the fly."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Literal, NamedTuple

import torch
from pydantic import BaseModel, ConfigDict, PositiveFloat, PositiveInt
from torch import Tensor, nn

from intertwine.errors import ConfigurationError


class ClassifierSettings(BaseModel):
    """How to train; the budget is a number of steps.

    Attributes
    ----------
    learning_rate:
        The peak of the cycle: a cosine from 1/25 of it up over the first quarter, then down to nearly 0.
    rotate:
        Every training image is turned by a new uniform angle in every step.
    shift, scale:
        Moved by up to `shift` points and scaled by up to `scale` (0.1: ±10 %), uniformly. All three by one bicubic
        interpolation, cut to the range of the image: bilinear, it would blur what test images keep.
    precision:
        "bfloat16" trains under torch.autocast: convolutions and matrix products in bfloat16, parameters in float32.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    steps: PositiveInt = 3000
    batch: PositiveInt = 64
    learning_rate: PositiveFloat = 1e-2
    weight_decay: float = 1e-4
    label_smoothing: float = 0.0
    rotate: bool = False
    shift: float = 0.0
    scale: float = 0.0
    precision: Literal["float32", "bfloat16"] = "float32"
    checkpoint_every: PositiveInt = 200


class ClassifierProgress(NamedTuple):
    """After `step` steps: the mean loss since the last report."""

    step: int
    steps: int
    loss: float


def fit_classifier(
    network: nn.Module,
    images: Tensor,
    labels: Tensor,
    settings: ClassifierSettings,
    seed: int,
    *,
    loss: Callable[[Tensor, Tensor], Tensor] | None = None,
    checkpoint: Path | None = None,
    on_progress: Callable[[ClassifierProgress], None] | None = None,
) -> list[ClassifierProgress]:
    """Train in place, on the device of the network's parameters, and return the history.

    Parameters
    ----------
    images:
        [n, channels, *sites] float, or uint8, which is divided by 255 batch by batch.
    labels:
        int64 [n], or what `loss` takes.
    loss:
        Of outputs and labels; cross entropy with the settings' label smoothing by default.
    checkpoint:
        A file that is written every `checkpoint_every` steps; where it exists the training goes on from there, to the
        same result.

    Raises ConfigurationError for fewer images than a batch, or rotations of volumes.
    """
    if len(images) != len(labels) or len(images) < 2:
        raise ConfigurationError("images and labels do not fit", received=f"{len(images)} and {len(labels)}")
    if settings.rotate and images.ndim != 4:
        raise ConfigurationError("rotations augment images", received=f"shape {tuple(images.shape)}")
    batch = min(settings.batch, len(images))
    measure = loss or partial(nn.functional.cross_entropy, label_smoothing=settings.label_smoothing)
    device = next(network.parameters()).device
    generator = torch.Generator().manual_seed(seed)
    optimiser = torch.optim.AdamW(network.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, settings.learning_rate, total_steps=settings.steps, pct_start=0.25, cycle_momentum=False
    )
    history: list[ClassifierProgress] = []
    order, start, total, counted = torch.empty(0, dtype=torch.int64), 0, 0.0, 0
    if checkpoint is not None and checkpoint.exists():
        saved = torch.load(checkpoint, weights_only=True)
        network.load_state_dict(saved["network"])
        optimiser.load_state_dict(saved["optimiser"])
        schedule.load_state_dict(saved["schedule"])
        generator.set_state(saved["generator"])
        order, start = saved["order"], int(saved["step"])
        history = [ClassifierProgress(*one) for one in saved["history"]]
    network.train()
    for step in range(start, settings.steps):
        if len(order) < batch:
            order = torch.cat([order, torch.randperm(len(images), generator=generator)])
        chosen, order = order[:batch], order[batch:]
        x = _float(images[chosen].to(device))
        x = _augmented(x, settings, generator)
        with torch.autocast(device.type, torch.bfloat16, enabled=settings.precision == "bfloat16"):
            value = measure(network(x), labels[chosen].to(device))
        optimiser.zero_grad()
        value.backward()
        optimiser.step()
        schedule.step()
        total, counted = total + float(value.detach()), counted + 1
        done = step + 1
        if done % settings.checkpoint_every == 0 or done == settings.steps:
            history.append(ClassifierProgress(done, settings.steps, total / counted))
            total, counted = 0.0, 0
            if checkpoint is not None:
                _save(checkpoint, network, optimiser, schedule, generator, order, done, history)
            if on_progress is not None:
                on_progress(history[-1])
    network.eval()
    return history


def predict_classes(network: nn.Module, images: Tensor, batch: int = 500) -> Tensor:
    """int64 [n]: the class with the highest score, in eval mode."""
    device = next(network.parameters()).device
    network.eval()
    with torch.no_grad():
        parts = [network(_float(part.to(device))).argmax(1).cpu() for part in images.split(batch)]
    return torch.cat(parts)


def _float(images: Tensor) -> Tensor:
    return images.float() / 255 if images.dtype == torch.uint8 else images


def _augmented(x: Tensor, settings: ClassifierSettings, generator: torch.Generator) -> Tensor:
    if not (settings.rotate or settings.shift or settings.scale) or x.ndim != 4:
        return x
    n = len(x)
    angle = 2 * torch.pi * torch.rand(n, generator=generator) * float(settings.rotate)
    factor = 1 + settings.scale * (2 * torch.rand(n, generator=generator) - 1)
    shift = settings.shift * (2 * torch.rand(n, 2, generator=generator) - 1) * 2 / x.shape[-1]
    c, s = factor * angle.cos(), factor * angle.sin()
    maps = torch.stack([torch.stack([c, -s, shift[:, 0]], 1), torch.stack([s, c, shift[:, 1]], 1)], 1).to(x)
    grid = nn.functional.affine_grid(maps, list(x.shape), align_corners=False)
    moved = nn.functional.grid_sample(x, grid, mode="bicubic", align_corners=False)
    return moved.clamp(x.amin((1, 2, 3), keepdim=True), x.amax((1, 2, 3), keepdim=True))


def _save(
    path: Path, network: nn.Module, optimiser: torch.optim.Optimizer, schedule: torch.optim.lr_scheduler.LRScheduler,
    generator: torch.Generator, order: Tensor, step: int, history: list[ClassifierProgress],
) -> None:  # fmt: skip
    temporary = path.with_suffix(".tmp")
    torch.save(
        {
            "network": network.state_dict(), "optimiser": optimiser.state_dict(), "schedule": schedule.state_dict(),
            "generator": generator.get_state(), "order": order, "step": step, "history": [tuple(h) for h in history],
        },
        temporary,
    )  # fmt: skip
    temporary.replace(path)
