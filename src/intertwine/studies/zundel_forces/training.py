"""The steps that train: each potential at each number of frames, on energies and forces together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from time import process_time
from typing import TYPE_CHECKING, Any

from intertwine.studies.seeds import seed_of
from intertwine.studies.step import Step, StepContext, StepResult
from intertwine.studies.zundel_forces.configuration import NETWORKS, ZundelForcesConfiguration
from intertwine.studies.zundel_forces.data import DATA, frames

if TYPE_CHECKING:
    from torch import Tensor

    from intertwine.studies.store import Store
    from intertwine.studies.zundel_forces.networks import Potential

_SECONDS = {"equivariant": 2.5e-3, "invariant": 1.7e-3}  # a frame of a batch, in one step


def train_step(network: str, size: int) -> str:
    """Name of a step."""
    return f"train/{network}/{size}"


def training_steps(configuration: ZundelForcesConfiguration, seed: int) -> list[Step]:
    """One for each potential and number of frames."""
    c = configuration
    return [
        Step(
            train_step(network, size), train(c, network, size, seed), (DATA,),
            4 + c.steps * c.batch * _SECONDS[network],
        )
        for network in NETWORKS
        for size in c.sizes
    ]  # fmt: skip


def train(
    configuration: ZundelForcesConfiguration, network: str, size: int, seed: int
) -> Callable[[StepContext], StepResult]:
    """A step that stores ``potential.pt`` and the test errors: mean absolute ones of energies (eV) and forces (eV/Å).

    Values besides: of the training frames the same; number of parameters; processor seconds; history of the fit.
    """

    def run(context: StepContext) -> StepResult:
        import torch

        from intertwine.training.fit_settings import FitSettings
        from intertwine.training.module_fit import fit_module

        c, began = configuration, process_time()
        data = {part: _tensors(one, context.device) for part, one in frames(c, context.results, size, seed).items()}
        training = data["training"]
        potential = fresh_potential(c, context.results, network, size, seed).to(context.device)
        centred = training["energies"] - potential.shift
        sizes = float(centred.square().mean()), float(training["forces"].double().square().mean())

        def weighed(positions: Tensor, energies: Tensor, forces: Tensor) -> Tensor:
            found, pull = potential(positions)
            wrong = (found - (energies - potential.shift).to(found.dtype)).square().mean() / sizes[0]
            whole: Tensor = c.energy_weight * wrong + (pull - forces).square().mean() / sizes[1]
            return whole

        def loss(index: Tensor) -> Tensor:
            return weighed(*(training[key][index] for key in ("positions", "energies", "forces")))

        def validate() -> float:
            return float(weighed(*(data["choice"][key] for key in ("positions", "energies", "forces"))))

        settings = FitSettings(
            steps=c.steps, batch_size=c.batch, learning_rate=c.learning_rate, final_learning_rate=1e-3,
            warmup=min(100, c.steps // 4), gradient_clip=10.0, evaluate_every=max(1, c.steps // 40),
        )  # fmt: skip
        checkpoint = context.folder / "fit.checkpoint"
        found = fit_module(
            potential, loss, len(training["energies"]), validate, settings, seed_of(seed, "batches", network, size),
            averaging=0.99, checkpoint=checkpoint, key=c.model_dump_json(),
            on_progress=lambda state: context.progress(state.step / state.steps),
        )  # fmt: skip
        torch.save(potential.state_dict(), context.folder / "potential.pt")
        checkpoint.unlink(missing_ok=True)
        errors = {part: mean_absolute_errors(potential, data[part]) for part in ("test", "training")}
        return StepResult(
            {
                **{f"{part}_energy": one[0] for part, one in errors.items()},
                **{f"{part}_force": one[1] for part, one in errors.items()},
                "parameters": sum(p.numel() for p in potential.parameters()), "history": found.history,
                "seconds": process_time() - began,
            }
        )  # fmt: skip

    return run


def fresh_potential(c: ZundelForcesConfiguration, results: Store, network: str, size: int, seed: int) -> Potential:
    """Untrained, with the scale and shift of its training frames.

    The scale is what makes forces of order 1; energies are summed over atoms that see each other, and follow.
    """
    from intertwine.studies.zundel_forces.networks import make_potential

    training = frames(c, results, size, seed)["training"]
    scale, shift = float((training["forces"] ** 2).mean() ** 0.5), float(training["energies"].mean())
    return make_potential(c, network, scale, shift, seed_of(seed, "weights", network, size))


def trained_potential(c: ZundelForcesConfiguration, results: Store, network: str, size: int, seed: int) -> Potential:
    """What a training step has left, ready for use."""
    import torch

    potential = fresh_potential(c, results, network, size, seed)
    path = results.path(train_step(network, size)) / "potential.pt"
    potential.load_state_dict(torch.load(path, weights_only=True, map_location="cpu"))
    return potential.eval()


def mean_absolute_errors(potential: Potential, data: dict[str, Tensor], batch: int = 100) -> tuple[float, float]:
    """Of energies in eV a molecule, of forces in eV/Å a component."""
    import torch

    energies, forces = zip(*(potential.eval()(part) for part in data["positions"].split(batch)), strict=True)
    wrong = torch.cat(energies).detach().double() + potential.shift - data["energies"]
    return float(wrong.abs().mean()), float((torch.cat(forces).detach() - data["forces"]).abs().mean())


def _tensors(arrays: Mapping[str, Any], device: str) -> dict[str, Tensor]:
    """Energies stay in float64; positions and forces as the network has it."""
    import numpy as np
    import torch

    found = {name: torch.from_numpy(np.asarray(array)).to(device) for name, array in arrays.items()}
    return {name: one if name == "energies" else one.float() for name, one in found.items()}
