"""The steps: every method on every tensor at every number of molecules, and one network for several tensors at once."""

from __future__ import annotations

from collections.abc import Callable
from time import process_time
from typing import TYPE_CHECKING

from intertwine.studies.seeds import seed_of
from intertwine.studies.step import Step, StepContext, StepResult
from intertwine.studies.water_tensors.configuration import JOINT, METHODS, WaterTensorsConfiguration

if TYPE_CHECKING:
    import torch

    from intertwine.studies.water_tensors.data import Split
    from intertwine.studies.water_tensors.tensors import Array

KINDS = ("as given", "turned")
"""Test sets: the molecules as the files have them, and turned or reflected at random."""
_SECONDS = {"equivariant": 0.014, "mlp": 8e-4, "mlp+augmentation": 1.5e-3}  # a step of Adam
_TURNS = 4096  # elements of O(3) of the augmentation


def train_step(method: str, target: str, size: int) -> str:
    """Name of a step. target: a tensor, or JOINT."""
    return f"train/{method}/{target.replace(' ', '-')}/{size}"


def runs(c: WaterTensorsConfiguration) -> list[tuple[str, str, tuple[str, ...]]]:
    """Method, target and tensors of every network."""
    single: list[tuple[str, str, tuple[str, ...]]] = [
        (method, name, (name,)) for method in METHODS for name in c.tensors
    ]
    return [*single, ("equivariant", JOINT, c.joint)] if c.joint else single


def training_steps(configuration: WaterTensorsConfiguration, seed: int) -> list[Step]:
    """One for each network and number of molecules, all instances."""
    from intertwine.studies.water_tensors.data import DATA

    c = configuration
    return [
        Step(
            train_step(method, target, size), train(c, method, names, size, seed), (DATA,),
            1 + c.instances * _expected(c, method, names, size),
        )
        for method, target, names in runs(c)
        for size in c.sizes
    ]  # fmt: skip


def _expected(c: WaterTensorsConfiguration, method: str, names: tuple[str, ...], size: int) -> float:
    """Seconds of one training."""
    if method != "equivariant":
        return _SECONDS[method] * c.mlp_steps
    from intertwine.studies.water_tensors.tensors import parts

    outputs = int(parts(names)[-1][2].stop)
    return _SECONDS[method] * c.steps + c.iterations * (0.1 + 3.2e-4 * size * outputs)


def train(
    configuration: WaterTensorsConfiguration, method: str, names: tuple[str, ...], size: int, seed: int
) -> Callable[[StepContext], StepResult]:
    """A step with `error` [instance, part, kind]: relative errors by irrep, parts as in `tensors.parts`.

    Values: number of parameters; processor seconds of each instance, and its best step (of Adam) or iteration.
    """

    def run(context: StepContext) -> StepResult:
        import numpy as np

        from intertwine.studies.water_tensors.data import split

        c = configuration
        rows: list[list[list[float]]] = []
        values: dict[str, list[float]] = {"seconds": [], "best_step": []}
        for instance in range(c.instances):
            began = process_time()
            data = split(c, context.results, size, instance, seed)

            def report(part: float, instance: int = instance) -> None:
                context.progress((instance + part) / c.instances)

            fit_seed = seed_of(seed, method, *names, size, instance)
            module, best = _fitted(c, method, names, data, fit_seed, context, report, instance)
            values["seconds"].append(process_time() - began)
            values["best_step"].append(best)
            rows.append([tested(module, data, names, kind, seed) for kind in KINDS])
        parameters = sum(p.numel() for p in module.parameters())
        return StepResult({"parameters": parameters, **values}, {"error": np.array(rows).swapaxes(1, 2)})

    return run


def tested(module: torch.nn.Module, data: Split, names: tuple[str, ...], kind: str, seed: int) -> list[float]:
    """For each irrep √(Σ|f − y|²/Σ|y − ȳ|²) over the test molecules, ȳ the mean of an invariant and else 0."""
    import numpy as np
    import torch

    from intertwine.studies.random_rotations import random_orthogonal_matrices
    from intertwine.studies.water_tensors.tensors import parts, tensor_space, turned

    positions = data.positions("test")
    tensors = {name: data.tensors("test", name) for name in names}
    if kind == "turned":
        turns = random_orthogonal_matrices(len(positions), seed_of(seed, "turned"))
        positions = positions @ turns.swapaxes(1, 2)
        tensors = {name: turned(one, turns) for name, one in tensors.items()}
    expected = np.hstack([tensor_space(name).features(tensors[name]) for name in names])
    with torch.no_grad():
        found = module(torch.from_numpy(positions)).numpy()
    errors = []
    for _, irrep, place in parts(names):
        y = expected[:, place]
        intrinsic = y - y.mean(axis=0) if irrep.is_trivial else y
        errors.append(float(np.linalg.norm(found[:, place] - y) / np.linalg.norm(intrinsic)))
    return errors


def _fitted(
    c: WaterTensorsConfiguration, method: str, names: tuple[str, ...], data: Split, seed: int, context: StepContext,
    report: Callable[[float], None], instance: int,
) -> tuple[torch.nn.Module, int]:  # fmt: skip
    import numpy as np
    import torch

    from intertwine.studies.random_rotations import random_orthogonal_matrices
    from intertwine.studies.water_tensors.networks import make_network
    from intertwine.studies.water_tensors.tensors import tensor_space
    from intertwine.training.fit_settings import FitSettings
    from intertwine.training.module_fit import fit_module
    from intertwine.training.module_least_squares import finish_module

    positions, targets = _torch(data.positions("training")), _torch(data.features("training", names))
    seen, seen_targets = _torch(data.positions("choice")), _torch(data.features("choice", names))
    module = make_network(c, method, names, targets, seed)
    augmented = method.endswith("augmentation")
    equivariant = method == "equivariant"
    turns = random_orthogonal_matrices(_TURNS, seed_of(seed, "augmentation")) if augmented else np.zeros((0, 3, 3))
    matrices = {name: _torch(tensor_space(name).rep_matrices(turns)) for name in names}
    turned_frames = _torch(turns)

    def loss(index: torch.Tensor) -> torch.Tensor:
        x, y = positions[index], targets[index]
        if augmented:
            chosen = torch.randint(_TURNS, (len(index),))
            x = x @ turned_frames[chosen].mT
            if bool(torch.rand(()) < 0.5):
                x = x[:, [0, 2, 1]]  # the hydrogens are alike
            pieces = y.split([tensor_space(name).rep.dim for name in names], dim=1)
            y = torch.hstack(
                [(matrices[name][chosen] @ part.unsqueeze(2))[..., 0] for name, part in zip(names, pieces, strict=True)]
            )
        return torch.nn.functional.mse_loss(module(x) / module.scale, y / module.scale)

    def validate() -> float:
        return float(torch.nn.functional.mse_loss(module(seen) / module.scale, seen_targets / module.scale))

    steps = c.steps if equivariant else c.mlp_steps
    share = 0.1 if equivariant else 1.0
    settings = FitSettings(
        steps=steps, batch_size=c.batch, learning_rate=c.learning_rate if equivariant else c.mlp_learning_rate,
        final_learning_rate=1e-2 if equivariant else 1e-3, evaluate_every=max(steps // 40, 1),
        warmup=min(50, steps // 2), dtype="float64",
    )  # fmt: skip
    checkpoint = context.folder / f"fit-{instance}.checkpoint"
    found = fit_module(
        module, loss, len(positions), validate, settings, seed, averaging=0.99, checkpoint=checkpoint,
        on_progress=lambda state: report(share * state.step / steps),
    )  # fmt: skip
    best = found.best_step
    if equivariant:
        finish = finish_module(
            module.network, (positions,), (targets - module.shift) / module.scale, validate, iterations=c.iterations,
            on_progress=lambda part: report(share + (1 - share) * part),
        )  # fmt: skip
        best = finish.best_iteration
    checkpoint.unlink(missing_ok=True)
    return module, best


def _torch(array: Array) -> torch.Tensor:
    import numpy as np
    import torch

    return torch.from_numpy(np.ascontiguousarray(array))
