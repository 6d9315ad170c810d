"""Training of the networks that predict positions, and of the propagators that are rolled out."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from intertwine.studies.n_body.configuration import NBodyConfiguration, NetworkChoice
from intertwine.studies.n_body.sampling import PARTS, PATHS, load, sample_step
from intertwine.studies.seeds import seed_of
from intertwine.studies.step import Step, StepContext, StepResult

if TYPE_CHECKING:
    from torch import Tensor

    from intertwine.studies.n_body.predictors import Predictor

TIME_STEP = 1e-3


def train_step(name: str, repeat: int) -> str:
    """Name of the step that trains a network."""
    return f"train/{_slug(name)}/{repeat}"


def propagator_step(name: str) -> str:
    """Name of the step that trains a propagator."""
    return f"propagate/{_slug(name)}"


def _slug(name: str) -> str:
    return "-".join("".join(c if c.isalnum() else " " for c in name).split())


def training_steps(configuration: NBodyConfiguration, seed: int) -> list[Step]:
    """One step a network and repeat, and one a propagator."""
    c, steps = configuration, []
    for name, choice in c.networks.items():
        for repeat in range(c.repeats):
            run = train(c, choice, seed_of(seed, "train", name, repeat))
            needs = tuple(sample_step(part) for part in PARTS)
            steps.append(Step(train_step(name, repeat), run, needs, 5 + choice.steps * choice.seconds_a_step))
    for name, choice in c.propagators.items():
        run = train_propagator(c, choice, seed_of(seed, "propagate", name))
        steps.append(Step(propagator_step(name), run, (PATHS,), 5 + choice.steps * choice.seconds_a_step))
    return steps


def train(c: NBodyConfiguration, choice: NetworkChoice, seed: int) -> Callable[[StepContext], StepResult]:
    """A step that stores ``network.pt``, the test errors (mean squared, a coordinate) and the curve.

    ``test_standard_error`` is that of the test trajectories: some end in close encounters and have most of the error.
    """

    def run(context: StepContext) -> StepResult:
        data = {part: load(context.results, sample_step(part), context.device) for part in PARTS}
        for one in data.values():
            one["targets"] = one["targets"].unsqueeze(2)
        net = _fresh(choice, c.horizon, data["training"], seed).to(context.device)
        values = _fit(net, c, choice, data["training"], data["validation"], seed, context)
        for part in PARTS[2:]:
            found, key = squared_errors(net, data[part], c.batch_size), part.replace(" ", "_")
            values |= {key: float(found.mean()), f"{key}_standard_error": float(found.std() / len(found) ** 0.5)}
        return StepResult(values)

    return run


def train_propagator(c: NBodyConfiguration, choice: NetworkChoice, seed: int) -> Callable[[StepContext], StepResult]:
    """A step that stores ``network.pt``: positions and velocities one stride later."""

    def run(context: StepContext) -> StepResult:
        import torch

        data = load(context.results, PATHS, context.device)
        data["targets"] = torch.stack([data["next_positions"], data["next_velocities"]], dim=2)
        held_out = max(1, len(data["targets"]) // 10)
        training = {name: x[held_out:] for name, x in data.items()}
        validation = {name: x[:held_out] for name, x in data.items()}
        net = _fresh(choice, c.stride, training, seed).to(context.device)
        return StepResult(_fit(net, c, choice, training, validation, seed, context))

    return run


def _fresh(choice: NetworkChoice, steps: int, data: dict[str, Tensor], seed: int) -> Predictor:
    import torch

    from intertwine.studies.n_body.build import build

    time = TIME_STEP * steps
    start = torch.stack([data["positions"] + time * data["velocities"], data["velocities"]], dim=2)
    left = data["targets"] - start[:, :, : data["targets"].shape[2]]
    # The median, not the mean: single close encounters are a thousand times the rest.
    scale = left.square().mean(dim=(1, 3)).sqrt().median(dim=0).values
    return build(choice, left.shape[1], left.shape[2], time, tuple(scale.tolist()), seed)


def _fit(
    net: Predictor,
    c: NBodyConfiguration,
    choice: NetworkChoice,
    training: dict[str, Tensor],
    validation: dict[str, Tensor],
    seed: int,
    context: StepContext,
) -> dict[str, Any]:
    import torch

    from intertwine.training import FitSettings, fit_module

    # Errors of velocities and positions in units of their own size; of positions alone as they are.
    units = net.get_buffer("scale") if net.outputs > 1 else torch.ones(1, 1, device=context.device)

    def loss(chosen: Tensor) -> Tensor:
        batch = {name: x[chosen] for name, x in training.items()}
        errors = net(batch["positions"], batch["velocities"], batch["charges"]) - batch["targets"]
        if net.outputs > 1:
            return torch.nn.functional.smooth_l1_loss(errors / units, torch.zeros_like(errors))
        squared: Tensor = errors.square().mean()
        return squared

    settings = FitSettings(
        steps=choice.steps, batch_size=c.batch_size, learning_rate=choice.learning_rate,
        final_learning_rate=choice.final_learning_rate, warmup=min(200, choice.steps // 10), betas=(0.9, 0.999),
        weight_decay=choice.weight_decay,
        gradient_clip=None if choice.kind == "egnn" else 1.0,
        evaluate_every=max(1, min(choice.evaluate_every, choice.steps // 4)),
    )  # fmt: skip

    def validate() -> float:
        return float(squared_errors(net, validation, c.batch_size, units).mean())

    checkpoint = context.folder / "fit.checkpoint"
    found = fit_module(
        net, loss, len(training["positions"]), validate,
        settings, seed, averaging=choice.averaging, checkpoint=checkpoint, key=choice.model_dump_json(),
        on_progress=lambda state: context.progress(state.step / state.steps),
    )  # fmt: skip
    torch.save(net.state_dict(), context.folder / "network.pt")
    checkpoint.unlink(missing_ok=True)
    parameters = sum(p.numel() for p in net.parameters())
    return {
        "validation": found.validation_loss, "best_step": found.best_step, "history": found.history,
        "n_parameters": parameters, "scale": net.get_buffer("scale").flatten().tolist(),
    }  # fmt: skip


def squared_errors(net: Predictor, data: dict[str, Tensor], batch: int, units: Tensor | None = None) -> Tensor:
    """Of each sample, the mean over bodies, outputs and coordinates: float64 [samples]."""
    import torch

    found = []
    with torch.no_grad():
        for start in range(0, len(data["positions"]), batch):
            part = {name: x[start : start + batch] for name, x in data.items()}
            errors = net(part["positions"], part["velocities"], part["charges"]) - part["targets"]
            errors = errors if units is None else errors / units
            found.append(errors.double().square().mean(dim=(1, 2, 3)))
    return torch.cat(found)
