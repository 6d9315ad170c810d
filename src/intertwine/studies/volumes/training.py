"""The steps: one training for every network, on upright and on turned solids."""

from __future__ import annotations

from collections.abc import Callable
from time import process_time
from typing import Any

from intertwine.studies.seeds import seed_of
from intertwine.studies.step import Step, StepContext, StepResult
from intertwine.studies.volumes.configuration import VolumesConfiguration

TRAININGS = ("upright", "turned")


def train_step(name: str, training: str) -> str:
    """Name of the step that trains a network."""
    return f"train/{name}/{training}"


def all_steps(configuration: VolumesConfiguration, seed: int) -> list[Step]:
    """Every step of the study."""
    c = configuration
    seconds = 2.5e-3 * c.steps * c.batch * (c.size / 16) ** 3
    return [
        Step(train_step(name, training), train(c, name, training, seed), seconds=seconds)
        for name in c.networks for training in TRAININGS
    ]  # fmt: skip


def train(
    configuration: VolumesConfiguration, name: str, training: str, seed: int
) -> Callable[[StepContext], StepResult]:
    """A step whose values are the errors on upright and on turned solids that were not seen."""

    def run(context: StepContext) -> StepResult:
        import torch

        from intertwine.models.image_cnn import ImageCNN
        from intertwine.models.image_network_config import ImageNetworkConfig, Stage
        from intertwine.models.steerable_cnn import SteerableCNN
        from intertwine.physics.images.solids import solids
        from intertwine.training.classification import ClassifierSettings, fit_classifier, predict_classes

        c = configuration
        options: dict[str, Any] = dict(c.networks[name])
        stages = tuple(Stage(channels=n, kernel=k, pool=p) for n, k, p in options.pop("stages"))
        config = ImageNetworkConfig(stages=stages, **options)
        torch.manual_seed(seed_of(seed, name, training))
        network = ImageCNN(config) if config.group == "C1" else SteerableCNN(config)
        made = solids(c.n_train, c.size, seed_of(seed, "train"), turned=training == "turned")
        settings = ClassifierSettings(
            steps=c.steps, batch=c.batch, learning_rate=c.learning_rate, precision=c.precision, checkpoint_every=20
        )  # fmt: skip
        began = process_time()
        fit_classifier(
            network, torch.from_numpy(made.images)[:, None], torch.from_numpy(made.labels), settings,
            seed_of(seed, "fit", name, training), checkpoint=context.folder / "checkpoint",
            on_progress=lambda state: context.progress(state.step / state.steps),
        )  # fmt: skip
        (context.folder / "checkpoint").unlink(missing_ok=True)
        errors = {}
        for kind in TRAININGS:
            test = solids(c.n_test, c.size, seed_of(seed, "test"), turned=kind == "turned")
            found = predict_classes(network, torch.from_numpy(test.images)[:, None], 100)
            errors[kind] = float((found.numpy() != test.labels).mean())
        parameters = sum(p.numel() for p in network.parameters())
        return StepResult({"errors": errors, "parameters": parameters, "seconds": process_time() - began})

    return run
