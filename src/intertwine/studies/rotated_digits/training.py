"""The steps: the digits, one training for every network and size, and training on upright digits only."""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt
from time import process_time
from typing import TYPE_CHECKING, Any

from intertwine.studies.rotated_digits.configuration import Entry, RotatedDigitsConfiguration
from intertwine.studies.seeds import seed_of
from intertwine.studies.step import Step, StepContext, StepResult

if TYPE_CHECKING:
    from torch import nn


def train_step(name: str, size: int) -> str:
    """Name of the step that trains a network on so many rotated digits."""
    return f"train/{name.replace(' ', '-')}/{size}"


def upright_step(name: str) -> str:
    """Name of the step that trains a network on upright digits."""
    return f"upright/{name.replace(' ', '-')}"


def race_step(name: str, minutes: float) -> str:
    """Name of the step that trains a network on the largest set for so many minutes."""
    return f"race/{name.replace(' ', '-')}/{minutes:g}"


def all_steps(configuration: RotatedDigitsConfiguration, seed: int) -> list[Step]:
    """Every step of the study."""
    c = configuration
    steps = [Step("digits", make_digits(c, seed), seconds=10)]
    for name, entry in c.networks.items():
        for size in c.sizes:
            seconds = 1e-3 * (entry.milliseconds * steps_at(c, entry, size) + tested(c, size))
            one = seed_of(seed, "train", name, str(size))
            run = train(c, name, size, steps_at(c, entry, size), one)
            steps.append(Step(train_step(name, size), run, needs=("digits",), seconds=seconds))
    for name in c.raced:
        for minutes in c.minutes:
            count = max(1, round(60e3 * minutes / c.networks[name].milliseconds))
            run = train(c, name, c.sizes[-1], count, seed_of(seed, "race", name, f"{minutes:g}"))
            seconds = 60 * minutes + 1e-3 * c.n_test
            steps.append(Step(race_step(name, minutes), run, needs=("digits",), seconds=seconds))
    for name in c.upright:
        entry = c.networks[name]
        steps_upright = entry.upright_steps or entry.steps
        seconds = 1e-3 * (entry.milliseconds * steps_upright + len(c.angles) * c.n_upright_test)
        one = seed_of(seed, "upright", name)
        steps.append(Step(upright_step(name), train_upright(c, name, one), needs=("digits",), seconds=seconds))
    return steps


def steps_at(configuration: RotatedDigitsConfiguration, entry: Entry, size: int) -> int:
    """Steps on a training set of that size; on smaller sets in proportion to the square root of it."""
    whole = configuration.sizes[-1]
    if size >= whole:
        return entry.steps
    return max(1, round((entry.smaller_steps or entry.steps) * sqrt(size / whole)))


def tested(configuration: RotatedDigitsConfiguration, size: int) -> int:
    """How many digits a network is tested on after training on so many."""
    return configuration.n_test if size >= configuration.sizes[-1] else configuration.n_smaller_test


def make_digits(configuration: RotatedDigitsConfiguration, seed: int) -> Callable[[StepContext], StepResult]:
    """A step that stores the digits, rotated and upright, and their hash."""

    def run(context: StepContext) -> StepResult:
        from intertwine.physics.images import mnist_folder, rotated_digits

        c = configuration
        n = max(c.sizes[-1], c.upright_size)
        made = rotated_digits(mnist_folder(), n_train=n, n_test=c.n_test, seed=seed)
        upright = rotated_digits(mnist_folder(), n_train=n, n_test=c.n_upright_test, seed=seed, upright=True)
        return StepResult(
            {"digest": made.digest},
            {
                "train": made.train.images, "train_labels": made.train.labels, "test": made.test.images,
                "test_labels": made.test.labels, "upright": upright.train.images,
                "upright_test": upright.test.images, "upright_angles": upright.test_angles,
                "upright_labels": upright.test.labels,
            },
        )  # fmt: skip

    return run


def train(
    configuration: RotatedDigitsConfiguration, name: str, size: int, steps: int, seed: int
) -> Callable[[StepContext], StepResult]:
    """A step whose values are the test error, parameters, processor seconds of the training and the loss' history."""

    def run(context: StepContext) -> StepResult:
        import torch

        from intertwine.training.classification import predict_classes

        digits = context.results.arrays("digits")
        images = torch.from_numpy(digits["train"][:size])[:, None]
        labels = torch.from_numpy(digits["train_labels"][:size])
        network, values = _fitted(configuration, name, images, labels, steps, seed, context)
        n = tested(configuration, size)
        found = predict_classes(_fast(network), torch.from_numpy(digits["test"][:n])[:, None])
        wrong = (found.numpy() != digits["test_labels"][:n]).mean()
        return StepResult({**values, "error": float(wrong)})

    return run


def train_upright(
    configuration: RotatedDigitsConfiguration, name: str, seed: int
) -> Callable[[StepContext], StepResult]:
    """A step whose values are the test errors at every angle after training on upright digits."""

    def run(context: StepContext) -> StepResult:
        import numpy as np
        import torch

        from intertwine.physics.images import rotate_images
        from intertwine.training.classification import predict_classes

        c = configuration
        digits = context.results.arrays("digits")
        images = torch.from_numpy(digits["upright"][: c.upright_size])[:, None]
        labels = torch.from_numpy(digits["train_labels"][: c.upright_size])
        steps = c.networks[name].upright_steps or c.networks[name].steps
        network, values = _fitted(c, name, images, labels, steps, seed, context)
        errors = []
        for angle in c.angles:
            # test digits come turned by their own angles: turn them back and on, once
            turn = np.radians(angle) - digits["upright_angles"]
            turned = torch.from_numpy(rotate_images(digits["upright_test"], turn) / 255).float()[:, None]
            errors.append(float((predict_classes(_fast(network), turned).numpy() != digits["upright_labels"]).mean()))
        return StepResult({**values, "errors": errors})

    return run


def build(entry: Entry) -> nn.Module:
    """The network of an entry."""
    from intertwine.models.h_net import HNet, HNetConfig
    from intertwine.models.image_cnn import ImageCNN
    from intertwine.models.image_network_config import ImageNetworkConfig, Stage
    from intertwine.models.steerable_cnn import SteerableCNN

    if entry.model == "h-net":
        return HNet(HNetConfig(**entry.options))
    stages = tuple(Stage(channels=c, kernel=k, pool=p, padding=q) for c, k, p, q in entry.stages)
    config = ImageNetworkConfig(stages=stages, **entry.options)
    return SteerableCNN(config) if entry.model == "steerable" else ImageCNN(config)


def _fitted(
    c: RotatedDigitsConfiguration, name: str, images: Any, labels: Any, steps: int, seed: int, context: StepContext
) -> tuple[nn.Module, dict[str, Any]]:
    import torch

    from intertwine.training.classification import ClassifierSettings, fit_classifier

    entry = c.networks[name]
    torch.manual_seed(seed)
    network = build(entry).to(context.device)
    settings = ClassifierSettings(
        steps=steps, batch=c.batch, precision=entry.precision, learning_rate=entry.learning_rate,
        weight_decay=entry.weight_decay, rotate=entry.rotate, shift=entry.shift, scale=entry.scale,
    )  # fmt: skip
    began = process_time()
    history = fit_classifier(
        network, images, labels, settings, seed, checkpoint=context.folder / "checkpoint",
        on_progress=lambda state: context.progress(state.step / state.steps),
    )  # fmt: skip
    (context.folder / "checkpoint").unlink(missing_ok=True)
    torch.save(network.state_dict(), context.folder / "network.pt")
    return network, {
        "parameters": sum(p.numel() for p in network.parameters()), "steps": settings.steps,
        "seconds": process_time() - began, "history": [[h.step, h.loss] for h in history],
    }  # fmt: skip


def _fast(network: nn.Module) -> nn.Module:
    """With plain convolutions where the network can be exported."""
    export = getattr(network, "export", None)
    return network if export is None else export()
