"""The steps: every network at every number of samples, Adam first, then Levenberg–Marquardt where there is room."""

from __future__ import annotations

from collections.abc import Callable
from time import process_time
from typing import TYPE_CHECKING

from intertwine.studies.inertia_tensor.configuration import NETWORKS, InertiaTensorConfiguration
from intertwine.studies.seeds import seed_of
from intertwine.studies.step import Step, StepContext, StepResult

if TYPE_CHECKING:
    import torch

    from intertwine.studies.inertia_tensor.data import Array

_SECONDS = {"equivariant": 3e-3, "mlp": 6e-4, "mlp+augmentation": 9e-4}  # a step of Adam
_TURNS = 4096  # rotations of the augmentation


def train_step(network: str, size: int) -> str:
    """Name of a step."""
    return f"train/{network}/{size}"


def training_steps(configuration: InertiaTensorConfiguration, seed: int) -> list[Step]:
    """One for each network and number of samples, all instances."""
    c = configuration
    finish = {"equivariant": c.iterations * 0.015}
    return [
        Step(
            train_step(network, size), train(c, network, size, seed),
            seconds=1 + c.instances * (c.steps * _SECONDS[network] + finish.get(network, 0.0) * (1 + size / 100)),
        )
        for network in NETWORKS
        for size in c.sizes
    ]  # fmt: skip


def test_kinds(configuration: InertiaTensorConfiguration) -> tuple[str, ...]:
    """Names of the test sets."""
    return ("as trained", "turned", *(f"{points} points" for points in configuration.tested_points))


def train(
    configuration: InertiaTensorConfiguration, network: str, size: int, seed: int
) -> Callable[[StepContext], StepResult]:
    """A step with arrays [instance, test set] of relative errors (`error`: over the set, `worst`: of a single cloud).

    Values: number of parameters; processor seconds, the error on the training set and whether Levenberg–Marquardt
    followed, of each instance; the error after Adam alone.
    """

    def run(context: StepContext) -> StepResult:
        import numpy as np

        c = configuration
        rows: list[list[tuple[float, float]]] = []
        values: dict[str, list[float]] = {"seconds": [], "training_error": [], "adam_error": []}
        for instance in range(c.instances):
            began = process_time()

            def report(part: float, instance: int = instance) -> None:
                context.progress((instance + part) / c.instances)

            module, after_adam, finished = _fitted(c, network, size, seed, instance, context, report)
            values["seconds"].append(process_time() - began)
            values["adam_error"].append(after_adam)
            values["training_error"].append(_errors(module, *_training_set(c, size, seed, instance))[0])
            rows.append([_tested(c, module, kind, seed) for kind in test_kinds(c)])
        found = np.array(rows)
        parameters = sum(p.numel() for p in module.parameters())
        return StepResult(
            {"parameters": parameters, "finished": finished, **values}, {"error": found[..., 0], "worst": found[..., 1]}
        )

    return run


def _fitted(
    c: InertiaTensorConfiguration, network: str, size: int, seed: int, instance: int, context: StepContext,
    report: Callable[[float], None],
) -> tuple[torch.nn.Module, float, bool]:  # fmt: skip
    import torch

    from intertwine.studies.inertia_tensor.data import by_irreps, clouds, inertia
    from intertwine.studies.inertia_tensor.networks import make_network
    from intertwine.studies.random_rotations import random_rotations
    from intertwine.training.fit_settings import FitSettings
    from intertwine.training.module_fit import fit_module
    from intertwine.training.module_least_squares import finish_module

    module = make_network(c, network, seed_of(seed, "weights", network, size, instance))
    positions, masses, targets = map(torch.from_numpy, _training_set(c, size, seed, instance))
    seen = clouds(c.n_validation, c.points, c.room, seed_of(seed, "validation", instance))
    seen_inputs = [torch.from_numpy(one) for one in seen]
    seen_targets = torch.from_numpy(by_irreps(inertia(*seen)))
    tensors = torch.from_numpy(inertia(positions.numpy(), masses.numpy()))
    turns = torch.from_numpy(random_rotations(_TURNS, seed_of(seed, "augmentation")))
    projection = torch.from_numpy(by_irreps(torch.eye(9, dtype=torch.float64).reshape(9, 3, 3).numpy()))
    augmented = network.endswith("augmentation")

    def loss(index: torch.Tensor) -> torch.Tensor:
        r, y = positions[index], targets[index]
        if augmented:
            turn = turns[torch.randint(_TURNS, (len(index),))]
            r = r @ turn.mT
            y = (turn @ tensors[index] @ turn.mT).flatten(1) @ projection
        return torch.nn.functional.mse_loss(module(r, masses[index]), y)

    def validate() -> float:
        return float(torch.nn.functional.mse_loss(module(*seen_inputs), seen_targets))

    parameters = sum(p.numel() for p in module.parameters())
    finish = not augmented and parameters <= c.dense
    share = 0.5 if finish else 1.0
    settings = FitSettings(
        steps=c.steps, batch_size=c.batch, learning_rate=c.learning_rate, dtype="float64",
        evaluate_every=max(c.steps // 20, 1), warmup=min(50, c.steps // 2),
    )  # fmt: skip
    checkpoint = context.folder / f"adam-{instance}.checkpoint"
    fit_module(
        module, loss, size, validate, settings, seed_of(seed, "batches", network, size, instance),
        checkpoint=checkpoint, on_progress=lambda state: report(share * state.step / c.steps),
    )  # fmt: skip
    after_adam = _tested(c, module, "as trained", seed)[0]
    if finish:
        finish_module(
            module, (positions, masses), targets, validate, iterations=c.iterations,
            on_progress=lambda part: report(share + (1 - share) * part),
        )  # fmt: skip
    checkpoint.unlink(missing_ok=True)
    return module, after_adam, finish


def _training_set(c: InertiaTensorConfiguration, size: int, seed: int, instance: int) -> tuple[Array, Array, Array]:
    """A larger set holds the smaller ones of its instance."""
    from intertwine.studies.inertia_tensor.data import by_irreps, clouds, inertia

    positions, masses = clouds(max(c.sizes), c.points, c.room, seed_of(seed, "training", instance))
    positions, masses = positions[:size], masses[:size]
    return positions, masses, by_irreps(inertia(positions, masses))


def _tested(c: InertiaTensorConfiguration, module: torch.nn.Module, kind: str, seed: int) -> tuple[float, float]:
    from intertwine.studies.inertia_tensor.data import by_irreps, clouds, inertia
    from intertwine.studies.random_rotations import random_rotations

    points, room = c.points, c.room
    if kind.endswith("points"):
        count = int(kind.split()[0])
        points, room = (count, count), max(c.room, count)
    if room > getattr(module, "room", room):
        return float("nan"), float("nan")  # a perceptron has no place for them
    positions, masses = clouds(c.n_test, points, room, seed_of(seed, "test", points))
    if kind == "turned":
        positions = positions @ random_rotations(c.n_test, seed_of(seed, "test", "turns")).swapaxes(1, 2)
    return _errors(module, positions, masses, by_irreps(inertia(positions, masses)))


def _errors(module: torch.nn.Module, positions: Array, masses: Array, expected: Array) -> tuple[float, float]:
    """√(Σ|f − I|²/Σ|I|²), and the largest |f − I|/|I| of a cloud; lengths are those of the tensors."""
    import numpy as np
    import torch

    with torch.no_grad():
        found = module(torch.from_numpy(positions), torch.from_numpy(masses)).numpy()
    apart, size = np.linalg.norm(found - expected, axis=1), np.linalg.norm(expected, axis=1)
    return float(np.linalg.norm(apart) / np.linalg.norm(size)), float((apart / size).max())
