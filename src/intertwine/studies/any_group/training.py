"""Training steps: every network on every group and task, all sizes, instances and learning rates at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from intertwine.studies.any_group.configuration import NETWORKS, AnyGroupConfiguration, GroupCase
from intertwine.studies.any_group.sampling import instance_rows, sample_step
from intertwine.studies.seeds import seed_of
from intertwine.studies.step import Step, StepContext, StepResult

if TYPE_CHECKING:
    import numpy as np
    import torch

    from intertwine.studies.any_group.ensemble import Data, Ensemble
    from intertwine.studies.store import Store


def train_step(case: GroupCase, task: str, network: str) -> str:
    """Name of a step."""
    return f"train/{case.group}/{task}/{network}"


def training_steps(configuration: AnyGroupConfiguration, seed: int) -> list[Step]:
    """One for each group, task and network."""
    c = configuration
    fits = len(c.sizes) * c.instances * len(c.learning_rates)
    return [
        Step(
            train_step(case, task, network), train(c, case, task, network, seed_of(seed, case.group, task, network)),
            needs=(sample_step(case, task),), seconds=2 + c.steps * fits * c.batch * _SECONDS[network],
        )
        for case in c.groups
        for task in c.tasks
        for network in NETWORKS
    ]  # fmt: skip


_SECONDS = {"equivariant": 6e-5, "mlp": 4e-6, "mlp+augmentation": 1e-5}  # a sample of one step


def train(
    configuration: AnyGroupConfiguration, case: GroupCase, task: str, network: str, seed: int
) -> Callable[[StepContext], StepResult]:
    """A step with arrays [size, instance]: test `error`, `validation` error, `equivariance` error, `rate`.

    Values: number of parameters, processor time of the training by network and step, and of a prediction by sample.
    """

    def run(context: StepContext) -> StepResult:
        import numpy as np
        import torch

        from intertwine.studies.any_group.ensemble import Member, train_ensemble
        from intertwine.studies.any_group.networks import make_network

        c = configuration
        arrays = context.results.arrays(sample_step(case, task))
        members = [
            Member(rate, instance_rows(c, instance, size))
            for rate in c.learning_rates
            for size in c.sizes
            for instance in range(c.instances)
        ]
        networks = [
            make_network(c, case, task, network, seed_of(seed, "weights", i % c.instances) % 2**62)
            for i in range(len(members))
        ]
        checkpoint = context.folder / "training.checkpoint"
        trained = train_ensemble(
            networks, members, _data(arrays, augmented=network.endswith("augmentation")), steps=c.steps, batch=c.batch,
            seed=seed_of(seed, "batches") % 2**62, checkpoint=checkpoint, on_progress=context.progress,
        )  # fmt: skip
        shape = (len(c.learning_rates), len(c.sizes), c.instances)
        chosen = np.asarray(trained.validation).reshape(shape).argmin(axis=0)
        error, symmetry = _tested(trained, arrays)
        found = {"error": error, "validation": trained.validation, "equivariance": symmetry}
        picked = {
            name: np.take_along_axis(np.asarray(one).reshape(shape), chosen[None], axis=0)[0]
            for name, one in found.items()
        }
        picked["rate"] = np.array(c.learning_rates)[chosen]
        checkpoint.unlink()
        values = {
            "parameters": sum(p.numel() for p in networks[0].parameters()),
            "training_seconds": trained.seconds / (c.steps * len(members)),
            "prediction_seconds": _prediction_seconds(networks[0], torch.from_numpy(arrays["x_test"]).float()),
        }
        return StepResult(values, picked)

    return run


def _data(arrays: dict[str, np.ndarray], *, augmented: bool) -> Data:
    import torch

    from intertwine.studies.any_group.ensemble import Data

    def one(name: str) -> torch.Tensor:
        return torch.from_numpy(arrays[name]).float()

    matrices = (one("in_training"), one("out_training")) if augmented else None
    return Data(one("x_training"), one("y_training"), one("x_validation"), one("y_validation"), matrices)


def _tested(trained: Ensemble, arrays: dict[str, np.ndarray]) -> tuple[torch.Tensor, torch.Tensor]:
    """[members]: the error on the test set, and |f(ρ x) − ρ f(x)|² over |f(x)|² |ρ|², root mean square.

    Elements that training has not seen turn the test samples, one after the other.
    """
    import torch

    from intertwine.studies.any_group.ensemble import relative_error

    x, y = (torch.from_numpy(arrays[f"{name}_test"]).float() for name in "xy")
    into, out = (torch.from_numpy(arrays[f"{name}_test"]).float() for name in ("in", "out"))
    element = torch.arange(len(x)) % len(into)
    with torch.no_grad():
        straight = trained(x)
        turned = trained((into[element] @ x.unsqueeze(-1)).squeeze(-1))
        expected = (out[element] @ straight.unsqueeze(-1)).squeeze(-1)
        symmetry = ((turned - expected).square().sum(dim=(1, 2)) / expected.square().sum(dim=(1, 2))).sqrt()
    return relative_error(straight, y), symmetry


def _prediction_seconds(network: torch.nn.Module, x: torch.Tensor) -> float:
    """Processor time of one sample, in the whole test set at once: the median of five."""
    import time
    from statistics import median

    import torch

    spent = []
    with torch.no_grad():
        for _ in range(5):
            start = time.process_time()
            network(x)
            spent.append((time.process_time() - start) / len(x))
    return median(spent)


def load(results: Store, case: GroupCase, task: str, network: str) -> tuple[dict[str, float], dict[str, np.ndarray]]:
    """Values and arrays of a training step."""
    name = train_step(case, task, network)
    return dict(results.values(name)), results.arrays(name)
