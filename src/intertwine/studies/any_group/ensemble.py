"""All instances of one network, sizes and learning rates, trained side by side as one batched model."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import cos, pi
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call, stack_module_state, vmap

_BETAS, _EPSILON, _CHECKS = (0.9, 0.99), 1e-8, 20


@dataclass(frozen=True)
class Member:
    """One instance: its learning rate and the rows of the training set that it sees."""

    rate: float
    rows: Sequence[int]


@dataclass(frozen=True)
class Data:
    """Inputs, targets and the matrices of the elements that augment them (None: no augmentation), float32."""

    x: Tensor
    y: Tensor
    x_validation: Tensor
    y_validation: Tensor
    matrices: tuple[Tensor, Tensor] | None = None


@dataclass
class Ensemble:
    """Stacked networks [members, …], with those parameters of each that did best on the validation set."""

    template: nn.Module
    parameters: dict[str, Tensor]
    buffers: dict[str, Tensor]
    validation: Tensor
    """[members]: relative squared errors."""
    seconds: float
    """Processor time of the training."""

    def __call__(self, x: Tensor) -> Tensor:
        """[n, dim_in] → [members, n, dim_out]."""
        return _apply(self.template, self.parameters, self.buffers, x, shared=True)


def relative_error(found: Tensor, expected: Tensor) -> Tensor:
    """Σ |found − expected|² / Σ |expected|² over samples and components: [members, n, d] → [members]."""
    return (found - expected).square().sum(dim=(-2, -1)) / expected.square().sum()


def train_ensemble(
    networks: Sequence[nn.Module],
    members: Sequence[Member],
    data: Data,
    *,
    steps: int,
    batch: int,
    seed: int,
    checkpoint: Path,
    on_progress: Callable[[float], None],
) -> Ensemble:
    """Adam with a cosine schedule; a checkpoint at each of 20 looks at the validation set."""
    parameters, buffers = stack_module_state(list(networks))
    template = networks[0]
    draw = torch.Generator().manual_seed(seed)
    state: dict[str, Any] = {
        "step": 0, "parameters": {k: v.detach() for k, v in parameters.items()},
        "first": {k: torch.zeros_like(v) for k, v in parameters.items()},
        "second": {k: torch.zeros_like(v) for k, v in parameters.items()},
        "best": {k: v.detach().clone() for k, v in parameters.items()},
        "validation": torch.full((len(members),), torch.inf), "draw": draw.get_state(), "seconds": 0.0,
    }  # fmt: skip
    if checkpoint.is_file():
        state = torch.load(checkpoint, weights_only=True)
        draw.set_state(state["draw"])
    rates = torch.tensor([member.rate for member in members])
    rows = [torch.tensor(member.rows) for member in members]
    every = max(steps // _CHECKS, 1)
    start = time.process_time()
    while state["step"] < steps:
        x, y = _batch(data, rows, batch, draw)
        _adam(template, state, buffers, x, y, rates * (1 + cos(pi * state["step"] / steps)) / 2)
        state["step"] += 1
        if state["step"] % every == 0 or state["step"] == steps:
            with torch.no_grad():
                found = _apply(template, state["parameters"], buffers, data.x_validation, shared=True)
            error = relative_error(found, data.y_validation).nan_to_num(nan=torch.inf)
            better = error < state["validation"]
            for k, best in state["best"].items():
                best[better] = state["parameters"][k][better]
            state["validation"] = torch.where(better, error, state["validation"])
            state["draw"] = draw.get_state()
            saved = {**state, "seconds": state["seconds"] + time.process_time() - start}
            torch.save(saved, checkpoint.with_suffix(".new"))
            checkpoint.with_suffix(".new").replace(checkpoint)
            on_progress(state["step"] / steps)
    seconds = state["seconds"] + time.process_time() - start
    return Ensemble(template, state["best"], buffers, state["validation"], seconds)


def _apply(template: nn.Module, parameters: Any, buffers: Any, x: Tensor, *, shared: bool) -> Tensor:
    def one(p: Any, b: Any, features: Tensor) -> Tensor:
        out: Tensor = functional_call(template, (p, b), (features,))
        return out

    return vmap(one, in_dims=(0, 0, None if shared else 0))(parameters, buffers, x)


def _batch(data: Data, rows: Sequence[Tensor], batch: int, draw: torch.Generator) -> tuple[Tensor, Tensor]:
    """[members, batch, dim]: samples with replacement, each turned by an element of its own if there are any."""
    chosen = torch.stack([own[torch.randint(len(own), (batch,), generator=draw)] for own in rows])
    x, y = data.x[chosen], data.y[chosen]
    if data.matrices is None:
        return x, y
    element = torch.randint(len(data.matrices[0]), chosen.shape, generator=draw)
    turned = [(m[element] @ z.unsqueeze(-1)).squeeze(-1) for m, z in zip(data.matrices, (x, y), strict=True)]
    return turned[0], turned[1]


def _adam(template: nn.Module, state: dict[str, Any], buffers: Any, x: Tensor, y: Tensor, rates: Tensor) -> None:
    """One step of each member with a rate of its own (Kingma, Ba 1412.6980)."""
    leaves = {k: v.requires_grad_() for k, v in state["parameters"].items()}
    loss = (_apply(template, leaves, buffers, x, shared=False) - y).square().mean(dim=(1, 2)).sum()
    gradients = torch.autograd.grad(loss, list(leaves.values()))
    t = state["step"] + 1
    with torch.no_grad():
        for (k, value), g in zip(leaves.items(), gradients, strict=True):
            m = state["first"][k].lerp_(g, 1 - _BETAS[0])
            v = state["second"][k].lerp_(g * g, 1 - _BETAS[1])
            step = m / (1 - _BETAS[0] ** t) / ((v / (1 - _BETAS[1] ** t)).sqrt() + _EPSILON)
            state["parameters"][k] = value.detach() - rates.reshape(-1, *[1] * (step.ndim - 1)) * step
