"""The steps that train: each network at each number of molecules and fold."""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt
from time import process_time
from typing import TYPE_CHECKING, Any

from intertwine.studies.qm7.configuration import NETWORKS, QM7Configuration
from intertwine.studies.qm7.data import DATA, compositions, split, stored
from intertwine.studies.seeds import seed_of
from intertwine.studies.step import Step, StepContext, StepResult

if TYPE_CHECKING:
    from intertwine.models.tensor_product_network import TensorProductNetworkConfig

_SECONDS = {"equivariant": 2.3e-3, "invariant": 1.0e-3}  # a molecule of a batch, in one step


def train_step(network: str, size: int, fold: int) -> str:
    """Name of a step."""
    return f"train/{network}/{size}/{fold}"


def n_steps(c: QM7Configuration, size: int) -> int:
    """Optimiser steps at a number of training molecules."""
    return max(1, round(c.steps * sqrt(size / max(c.sizes))))


def training_steps(configuration: QM7Configuration, seed: int) -> list[Step]:
    """One for each network, number of molecules and fold."""
    c = configuration
    return [
        Step(
            train_step(network, size, fold), train(c, network, size, fold, seed), (DATA,),
            8 + n_steps(c, size) * c.batch * _SECONDS[network],
        )
        for network in NETWORKS
        for size in c.sizes
        for fold in c.folds
    ]  # fmt: skip


def train(
    configuration: QM7Configuration, network: str, size: int, fold: int, seed: int
) -> Callable[[StepContext], StepResult]:
    """A step that stores ``network.pt`` and `test`, the mean absolute error in kcal/mol, and `rmse`.

    Values besides: `training`, the error on at most 1000 training molecules; `composition`, that of a sum over elements
    alone; number of parameters; processor seconds; history of the fit.
    """

    def run(context: StepContext) -> StepResult:
        import numpy as np
        import torch

        from intertwine.models.tensor_product_network import TensorProductNetwork
        from intertwine.studies.qm7.molecules import MoleculeTable
        from intertwine.training.fit_settings import FitSettings
        from intertwine.training.module_fit import fit_module

        c, began = configuration, process_time()
        values, arrays = stored(context.results)
        training, choice, test = split(arrays["energies"], fold, size, seed)
        counts = compositions(arrays["numbers"], arrays["first"], values["elements"])
        by_element = np.linalg.lstsq(counts[training], arrays["energies"][training], rcond=None)[0]
        left = arrays["energies"] - counts @ by_element
        scale = float(left[training].std())
        table = MoleculeTable(
            arrays["numbers"], arrays["positions"], arrays["first"], values["elements"], c.cutoff, context.device
        )
        torch.manual_seed(seed_of(seed, "weights", network, size, fold))
        config = network_config(c, network, len(values["elements"]), table.neighbours)
        module = TensorProductNetwork(config).to(context.device)
        targets = torch.from_numpy(left / scale).float().to(context.device)
        places = {
            name: torch.from_numpy(one) for name, one in (("training", training), ("choice", choice), ("test", test))
        }

        def wrong(index: torch.Tensor) -> torch.Tensor:
            x, graph = table.batch(index)
            found: torch.Tensor = module(x, graph)[:, 0] - targets[index]
            return found

        def loss(index: torch.Tensor) -> torch.Tensor:
            one = wrong(places["training"][index])
            return torch.nn.functional.smooth_l1_loss(one, torch.zeros_like(one), beta=0.05)

        def errors(index: torch.Tensor) -> torch.Tensor:
            with torch.no_grad():
                return torch.cat([wrong(part) for part in index.split(200)]).double().cpu() * scale

        steps = n_steps(c, size)
        settings = FitSettings(
            steps=steps, batch_size=c.batch, learning_rate=c.learning_rate, final_learning_rate=1e-3,
            warmup=min(100, steps // 4), gradient_clip=1.0, evaluate_every=max(1, steps // 25),
        )  # fmt: skip
        checkpoint = context.folder / "fit.checkpoint"
        found = fit_module(
            module, loss, len(training), lambda: float(errors(places["choice"]).abs().mean()), settings,
            seed_of(seed, "batches", network, size, fold), averaging=0.99, checkpoint=checkpoint,
            key=c.model_dump_json(), on_progress=lambda state: context.progress(state.step / state.steps),
        )  # fmt: skip
        torch.save(module.state_dict(), context.folder / "network.pt")
        checkpoint.unlink(missing_ok=True)
        tested = errors(places["test"])
        return StepResult(
            {
                "test": float(tested.abs().mean()), "rmse": float(tested.square().mean().sqrt()),
                "training": float(errors(places["training"][:1000]).abs().mean()),
                "composition": float(np.abs(left[test]).mean()), "steps": steps,
                "parameters": sum(p.numel() for p in module.parameters()), "history": found.history,
                "seconds": process_time() - began,
            }
        )  # fmt: skip

    return run


def network_config(
    configuration: QM7Configuration, network: str, elements: int, neighbours: float
) -> TensorProductNetworkConfig:
    """ "equivariant": tensor products of the configuration; "invariant": its `invariant_twin`."""
    from intertwine.models.tensor_product_network import TensorProductNetworkConfig
    from intertwine.studies.invariant_twin import invariant_twin

    c = configuration
    common: dict[str, Any] = {
        "rep_in": f"{elements}x0e", "rep_out": "0e", "cutoff": c.cutoff, "neighbours": neighbours,
        "radial_width": c.radial_width, "layers": c.layers, "pooling": "sum",
    }  # fmt: skip
    ours = TensorProductNetworkConfig(hidden=c.hidden, channels=c.channels, max_degree=c.max_degree, **common)
    if network == "equivariant":
        return ours
    return invariant_twin(ours)
