"""The steps: sampling, and one training for every symmetry, size and instance."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, sqrt
from time import process_time
from typing import TYPE_CHECKING

from intertwine.studies.flux_point_group.configuration import FluxPointGroupConfiguration
from intertwine.studies.seeds import seed_of
from intertwine.studies.step import Step, StepContext, StepResult

if TYPE_CHECKING:
    from torch import nn

SYMMETRIES = ("reflections", "translations, same width", "translations, same parameters")


def train_step(symmetry: str, size: int, instance: int) -> str:
    """Name of the step that trains one network."""
    return f"train/{symmetry.replace(', ', '-').replace(' ', '-')}/{size}/{instance}"


def all_steps(configuration: FluxPointGroupConfiguration, seed: int) -> list[Step]:
    """Every step of the study."""
    c = configuration
    steps = [Step("data", sample(c, seed), seconds=5 + 0.02 * (c.sizes[-1] + len(c.mus) * c.n_test))]
    for symmetry in SYMMETRIES:
        for size in c.sizes:
            for instance in range(c.instances):
                one = seed_of(seed, symmetry, str(size), str(instance))
                steps.append(
                    Step(
                        train_step(symmetry, size, instance), train(c, symmetry, size, one), needs=("data",),
                        seconds=2 + 0.014 * c.steps * c.batch / 50,
                    )
                )  # fmt: skip
    return steps


def sample(configuration: FluxPointGroupConfiguration, seed: int) -> Callable[[StepContext], StepResult]:
    """A step that stores features and targets of the training set and of a test set for each μ."""

    def run(context: StepContext) -> StepResult:
        import numpy as np

        from intertwine.physics import flux

        c = configuration
        arrays = {}
        for number, (mu, count) in enumerate([(c.mus[0], c.sizes[-1]), *((mu, c.n_test) for mu in c.mus)]):
            found = flux.sample(
                c.shape, c.eta, c.lam, mu, count, seed=seed_of(seed, "data", str(number)), workers=c.threads
            )
            arrays[f"x{number}"] = flux.features(found).astype(np.int16)
            arrays[f"y{number}"] = flux.targets(found)
            context.progress((number + 1) / (len(c.mus) + 1))
        return StepResult({}, arrays)

    return run


def build(configuration: FluxPointGroupConfiguration, symmetry: str) -> nn.Module:
    """The network of a symmetry."""
    from intertwine.models.flux_point_group_cnn import FluxPointGroupCNN
    from intertwine.physics.flux.symmetries import flux_symmetry, no_reflections

    c = configuration
    group = flux_symmetry(c.shape, c.mus[0])
    if symmetry == SYMMETRIES[0]:
        return FluxPointGroupCNN(group, c.channels, kernel=c.kernel)
    factor = group.group.order if symmetry == SYMMETRIES[1] else sqrt(group.group.order)
    widths = tuple(ceil(width * factor) for width in c.channels)
    return FluxPointGroupCNN(no_reflections(len(c.shape)), widths, kernel=c.kernel)


def train(
    configuration: FluxPointGroupConfiguration, symmetry: str, size: int, seed: int
) -> Callable[[StepContext], StepResult]:
    """A step whose values are the test losses, [μ][observable], in units of the training targets' variances."""

    def run(context: StepContext) -> StepResult:
        import torch

        from intertwine.training.classification import ClassifierSettings, fit_classifier

        c = configuration
        data = context.results.arrays("data")
        x, y = torch.from_numpy(data["x0"][:size]).float(), torch.from_numpy(data["y0"][:size]).float()
        shift, scale = y.mean(0), y.std(0)
        torch.manual_seed(seed)
        network = build(c, symmetry)
        settings = ClassifierSettings(
            steps=c.steps,
            batch=c.batch,
            learning_rate=c.learning_rate,
            weight_decay=0.0,
            checkpoint_every=500,
        )
        began = process_time()
        fit_classifier(
            network, x, (y - shift) / scale, settings, seed, loss=torch.nn.functional.mse_loss,
            checkpoint=context.folder / "checkpoint",
            on_progress=lambda state: context.progress(state.step / state.steps),
        )  # fmt: skip
        (context.folder / "checkpoint").unlink(missing_ok=True)
        losses = []
        with torch.no_grad():
            for number in range(1, len(c.mus) + 1):
                test = torch.from_numpy(data[f"x{number}"]).float()
                wanted = (torch.from_numpy(data[f"y{number}"]).float() - shift) / scale
                found = torch.cat([network(part) for part in test.split(200)])
                losses.append((found - wanted).square().mean(0).tolist())
        parameters = sum(p.numel() for p in network.parameters())
        return StepResult({"losses": losses, "parameters": parameters, "seconds": process_time() - began})

    return run
