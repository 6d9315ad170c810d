"""fit_module: first-order training of any network by any loss, best weights on validation, resumable exactly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path
from time import perf_counter
from typing import Any

import torch
from torch import Tensor, nn

from intertwine.errors import ConfigurationError, DataError
from intertwine.training.ensemble_fit import Progress, batch_indices, learning_rate
from intertwine.training.fit_result import read_checked, write_atomically
from intertwine.training.fit_settings import FitSettings

CHECKPOINT_FORMAT = 1


@dataclass
class ModuleFit:
    """How a fit went; the module itself holds the best weights.

    validation_loss: the smallest, at best_step, by the weights' running average where one is kept; seconds: wall time
    over all interruptions; history: "step", "train", "validation", one entry an evaluation.
    """

    validation_loss: float = float("inf")
    best_step: int = 0
    seconds: float = 0.0
    history: dict[str, list[float]] = field(default_factory=lambda: {"step": [], "train": [], "validation": []})


def fit_module(
    module: nn.Module,
    loss: Callable[[Tensor], Tensor],
    n: int,
    validate: Callable[[], float],
    settings: FitSettings,
    seed: int,
    *,
    averaging: float = 0.0,
    checkpoint: Path | None = None,
    key: str = "",
    on_progress: Callable[[Progress], None] | None = None,
) -> ModuleFit:
    """AdamW with warm-up and cosine decay; at the end the module has the weights that were best on validation.

    Parameters
    ----------
    module:
        The network, initialised; its parameters and buffers are changed in place.
    loss:
        The mean loss of the samples with these indices (int64 [batch], below n), as a differentiable scalar.
    n:
        Number of training samples; batches are reshuffled every epoch by `seed`.
    validate:
        The validation loss of the module as it is, called in eval mode without gradients every
        `settings.evaluate_every` steps.
    settings:
        Steps, batches, rates, patience. `loss`, `target_weighting`, `augment` and `dtype` are the caller's business.
    averaging:
        Decay of an exponential running average of the weights, which is what is validated and kept; 0: none.
    checkpoint, key:
        File written at every evaluation and gone on from if it is there; `key` says whose it is.

    Raises
    ------
    DataError
        For a checkpoint of another fit, or a loss that stops being finite.
    """
    if not 0 <= averaging < 1:
        raise ConfigurationError("not a decay", received=averaging, expected="0 ≤ averaging < 1")
    parameters = [p for p in module.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(
        parameters, lr=settings.learning_rate, betas=settings.betas, weight_decay=settings.weight_decay, fused=True
    )
    state = _State(module)
    whose = f"{key}|{settings.model_dump_json()}|{seed}|{n}|{averaging}"
    if checkpoint is not None and checkpoint.exists():
        state.restore(read_checked(checkpoint, CHECKPOINT_FORMAT), whose, module, optimiser, checkpoint)
    started = perf_counter() - state.fit.seconds
    while not state.finished:
        module.train()
        for group in optimiser.param_groups:
            group["lr"] = learning_rate(settings, state.step)
        optimiser.zero_grad(set_to_none=True)
        value = loss(batch_indices(n, settings.batch_size, seed, state.step))
        value.backward()
        if settings.gradient_clip is not None:
            nn.utils.clip_grad_norm_(parameters, settings.gradient_clip)
        optimiser.step()
        state.running += float(value.detach())
        state.step += 1
        if averaging:
            # The average of few steps must not remember the initial weights.
            torch._foreach_lerp_(
                state.averages, [p.detach() for p in parameters], 1 - min(averaging, state.step / (state.step + 10))
            )
        if state.step % settings.evaluate_every == 0 or state.step == settings.steps:
            state.evaluate(module, parameters if averaging else [], validate, settings)
            state.fit.seconds = perf_counter() - started
            if checkpoint is not None:
                write_atomically(state.content(whose, module, optimiser), checkpoint)
            if on_progress is not None:
                last = state.fit.history
                on_progress(
                    Progress(
                        state.step, settings.steps, [last["train"][-1]], [last["validation"][-1]], state.fit.seconds
                    )
                )
    module.load_state_dict(state.best)
    module.eval()
    return state.fit


class _State:
    def __init__(self, module: nn.Module) -> None:
        self.fit = ModuleFit()
        self.step, self.running, self.since, self.finished = 0, 0.0, 0, False
        self.averages = [p.detach().clone() for p in module.parameters() if p.requires_grad]
        self.best = {name: value.detach().clone() for name, value in module.state_dict().items()}

    def evaluate(
        self, module: nn.Module, parameters: list[nn.Parameter], validate: Callable[[], float], settings: FitSettings
    ) -> None:
        module.eval()
        own = [p.detach().clone() for p in parameters]
        with torch.no_grad():
            for p, average in zip(parameters, self.averages, strict=False):
                p.copy_(average)
            found = float(validate())
            if found < self.fit.validation_loss:
                self.fit.validation_loss, self.fit.best_step = found, self.step
                self.best = {name: value.detach().clone() for name, value in module.state_dict().items()}
            for p, before in zip(parameters, own, strict=True):
                p.copy_(before)
        train = self.running / (self.step - self.since)
        if not (isfinite(train) and isfinite(found)):
            raise DataError(
                f"the loss at step {self.step} is not finite", received=f"training {train}, validation {found}",
                fix="lower the learning rate or set gradient_clip",
            )  # fmt: skip
        for name, value in (("step", self.step), ("train", train), ("validation", found)):
            self.fit.history[name].append(value)
        self.running, self.since = 0.0, self.step
        stale = settings.patience is not None and self.step - self.fit.best_step >= settings.patience
        self.finished = self.step >= settings.steps or stale

    def content(self, whose: str, module: nn.Module, optimiser: torch.optim.Optimizer) -> dict[str, Any]:
        own = {name: value for name, value in vars(self).items() if name != "fit"}
        return {
            "format": CHECKPOINT_FORMAT, "key": whose, "module": module.state_dict(), "fit": vars(self.fit),
            "optimiser": optimiser.state_dict(), "state": own, "random": torch.get_rng_state(),
        }  # fmt: skip

    def restore(
        self, content: dict[str, Any], whose: str, module: nn.Module, optimiser: torch.optim.Optimizer, path: Path
    ) -> None:
        if content["key"] != whose:
            raise DataError(
                f"{path} is the checkpoint of another fit", received=content["key"][:80], expected=whose[:80],
                fix="delete it, or give the same network, data, settings and seed",
            )  # fmt: skip
        module.load_state_dict(content["module"])
        optimiser.load_state_dict(content["optimiser"])
        torch.set_rng_state(content["random"])
        vars(self).update(content["state"])
        self.fit = ModuleFit(**content["fit"])
