"""Training of a network on jets: AdamW, a learning rate chosen on the validation sample, the same budget for all."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from intertwine.studies.jets.configuration import JetsConfiguration, NetworkChoice
from intertwine.studies.jets.data import every_data_step, load_jets
from intertwine.studies.seeds import seed_of
from intertwine.studies.step import Step, StepContext, StepResult

if TYPE_CHECKING:
    import torch

    from intertwine.models.jet_network import JetNetwork
    from intertwine.studies.jets.data import JetTensors
    from intertwine.studies.store import Store

MAXIMAL_RAPIDITY = 7.6
"""γ = 1000: the range of the augmentation, and of the study of boosts."""
EVALUATION_BATCH = 100
SECONDS_A_STEP = {"fully-connected": 0.003, "lgn": 0.2}
"""Of a training step with 32 jets of 30 particles, on one core; others take about 0.07."""


def train_step(name: str, size: int, instance: int = 0) -> str:
    """Name of the step that trains an instance of a network on `size` jets."""
    return f"train/{name}/{size}/{instance}"


def tune_step(name: str) -> str:
    """Name of the step that chooses a network's learning rate."""
    return f"tune/{name}"


def expected_seconds(configuration: JetsConfiguration, choice: NetworkChoice) -> float:
    """Of one training on one core."""
    pairs: float = configuration.batch_size / 32 * (configuration.particles / 30) ** 1.7
    return 2 + SECONDS_A_STEP.get(choice.kind, 0.07) * pairs * configuration.steps * 1.3


def tuning_steps(configuration: JetsConfiguration, seed: int, size: int) -> list[Step]:
    """Each network with each learning rate on `size` jets."""
    return [
        Step(
            tune_step(name), tune(configuration, name, size, seed_of(seed, "tune", name)),
            every_data_step(configuration),
            expected_seconds(configuration, choice) * len(configuration.learning_rates)
            if len(configuration.learning_rates) > 1 else 0.1,
        )
        for name, choice in configuration.networks.items()
    ]  # fmt: skip


def training_steps(configuration: JetsConfiguration, seed: int, instances: dict[int, int]) -> list[Step]:
    """Each network on each number of jets, so many instances each (number of jets → instances)."""
    return [
        Step(
            train_step(name, size, instance),
            train(configuration, name, size, seed_of(seed, "train", name, size, instance)),
            (tune_step(name), *every_data_step(configuration)),
            expected_seconds(configuration, choice),
        )
        for name, choice in configuration.networks.items()
        for size, count in instances.items()
        for instance in range(count)
    ]


def tune(configuration: JetsConfiguration, name: str, size: int, seed: int) -> Callable[[StepContext], StepResult]:
    """A step whose values are the best ``learning_rate`` and the validation losses of all."""

    def run(context: StepContext) -> StepResult:
        rates = configuration.learning_rates
        if len(rates) == 1:
            return StepResult({"learning_rate": rates[0], "losses": []})
        training, validation, _ = load_jets(configuration, context.results)
        losses = []
        for index, rate in enumerate(rates):

            def progress(fraction: float, done: int = index) -> None:
                context.progress((done + fraction) / len(rates))

            network, fit = fit_classifier(
                configuration, configuration.networks[name], training[:size], validation, rate, seed, context, progress,
                f"rate-{index}",
            )  # fmt: skip
            del network
            losses.append(fit.validation_loss)
        return StepResult({"learning_rate": rates[losses.index(min(losses))], "losses": losses})

    return run


def train(configuration: JetsConfiguration, name: str, size: int, seed: int) -> Callable[[StepContext], StepResult]:
    """A step whose arrays are the logits of the test jets; ``network.pt`` holds the weights."""

    def run(context: StepContext) -> StepResult:
        import torch

        training, validation, test = load_jets(configuration, context.results)
        rate = context.results.values(tune_step(name))["learning_rate"]
        network, fit = fit_classifier(
            configuration, configuration.networks[name], training[:size], validation, rate, seed, context,
            context.progress, "fit",
        )  # fmt: skip
        torch.save(network.state_dict(), context.folder / "network.pt")
        values = {
            "n_parameters": network.n_parameters, "learning_rate": rate, "validation_loss": fit.validation_loss,
            "best_step": fit.best_step, "history": fit.history, "seed": seed,
        }  # fmt: skip
        return StepResult(values, {"scores": logits(network, test).numpy()})

    return run


def fit_classifier(
    configuration: JetsConfiguration,
    choice: NetworkChoice,
    training: JetTensors,
    validation: JetTensors,
    learning_rate: float,
    seed: int,
    context: StepContext,
    progress: Callable[[float], None],
    what: str,
) -> tuple[JetNetwork, Any]:
    """A network trained by binary cross entropy, with the weights that were best on validation, and how it went."""
    import torch
    from torch.nn.functional import binary_cross_entropy_with_logits

    from intertwine.studies.jets.boosting import boosted, random_directions
    from intertwine.studies.jets.networks import build
    from intertwine.training.module_fit import fit_module

    network = build(choice, seed).to(context.device)

    def loss(index: torch.Tensor) -> torch.Tensor:
        batch = training[index.cpu()]
        momenta = batch.momenta
        if choice.augmented:
            # from the jets of the batch, so that a resumed training draws the same boosts
            drawn = int((index.cpu() * torch.arange(1, len(index) + 1)).sum())
            generator = torch.Generator().manual_seed((seed + drawn) % 2**63)
            rapidity = MAXIMAL_RAPIDITY * torch.rand(len(index), generator=generator, dtype=torch.float64)
            momenta = boosted(momenta, rapidity, random_directions(len(index), generator))
        output = network(momenta.to(context.device), batch.mask.to(context.device))
        return binary_cross_entropy_with_logits(output, batch.labels.to(output))

    held = validation
    if choice.augmented:  # what it is trained for is what it is chosen by
        fixed = torch.Generator().manual_seed(0)
        rapidity = MAXIMAL_RAPIDITY * torch.rand(len(validation), generator=fixed, dtype=torch.float64)
        moved = boosted(validation.momenta, rapidity, random_directions(len(validation), fixed))
        held = type(validation)(moved, validation.mask, validation.labels, validation.w, validation.jet)

    def validate() -> float:
        return float(binary_cross_entropy_with_logits(logits(network, held), held.labels.float()))

    with torch.random.fork_rng():  # dropout
        torch.manual_seed(seed)
        fit = fit_module(
            network, loss, len(training), validate, fit_settings(configuration, learning_rate), seed,
            checkpoint=context.folder / f"{what}.checkpoint", key=what,
            on_progress=lambda state: progress(state.step / state.steps),
        )  # fmt: skip
    (context.folder / f"{what}.checkpoint").unlink(missing_ok=True)
    return network, fit


def fit_settings(configuration: JetsConfiguration, learning_rate: float) -> Any:
    """AdamW with warm-up and cosine decay, gradients clipped."""
    from intertwine.training.fit_settings import FitSettings

    return FitSettings(
        steps=configuration.steps, batch_size=configuration.batch_size, learning_rate=learning_rate,
        warmup=max(1, configuration.steps // 20), weight_decay=configuration.weight_decay, gradient_clip=1.0,
        evaluate_every=max(1, configuration.steps // configuration.evaluations),
    )  # fmt: skip


def logits(network: JetNetwork, jets: JetTensors, momenta: torch.Tensor | None = None) -> torch.Tensor:
    """Of every jet, in float32 on the processor; momenta: others than the jets' own."""
    import torch

    device = next(network.parameters()).device
    momenta = jets.momenta if momenta is None else momenta
    network.eval()
    with torch.no_grad():
        parts = [
            network(momenta[i : i + EVALUATION_BATCH].to(device), jets.mask[i : i + EVALUATION_BATCH].to(device))
            for i in range(0, len(jets), EVALUATION_BATCH)
        ]
    return torch.cat(parts).float().cpu()


def load_network(
    configuration: JetsConfiguration, results: Store, name: str, size: int, instance: int = 0
) -> JetNetwork:
    """A trained network."""
    import torch

    from intertwine.studies.jets.networks import build

    network = build(configuration.networks[name], 0)
    weights = torch.load(results.path(train_step(name, size, instance)) / "network.pt", weights_only=True)
    network.load_state_dict(weights)
    return network.eval()
