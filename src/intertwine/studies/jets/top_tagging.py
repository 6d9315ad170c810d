"""The study `top-tagging`: equivariant networks beside unconstrained ones (2203.06153, sections 4 and 5)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from intertwine.studies.jets.configuration import QUICK, TINY, JetsConfiguration, NetworkChoice, equivariant_networks
from intertwine.studies.jets.data import data_steps, every_data_step
from intertwine.studies.jets.training import train_step, training_steps, tuning_steps
from intertwine.studies.step import Step, StepContext, StepResult
from intertwine.studies.study import Study


class TopTaggingConfiguration(JetsConfiguration):
    """Parameters of `top-tagging`."""

    sizes: dict[int, int]
    """Number of training jets → instances of each network, trained from different weights."""
    tuning_size: int
    """Number of training jets on which learning rates are chosen."""
    cost_batch: int = 32
    resamples: int = 200
    """Of the test sample, for errors."""


def cost_step(name: str) -> str:
    """Name of the step that measures what a network costs."""
    return f"cost/{name}"


def measure_cost(configuration: TopTaggingConfiguration, name: str, size: int) -> Callable[[StepContext], StepResult]:
    """A step with operations, memory, latency and throughput."""

    def run(context: StepContext) -> StepResult:
        from dataclasses import asdict

        from intertwine.evaluation.cost import network_cost
        from intertwine.studies.jets.data import load_jets
        from intertwine.studies.jets.training import load_network

        test = load_jets(configuration, context.results)[2][: configuration.cost_batch]
        network = load_network(configuration, context.results, name, size)
        return StepResult(asdict(network_cost(network, test.momenta, test.mask, repeats=3)))

    return run


class TopTagging(Study[TopTaggingConfiguration]):
    """Accuracy, AUC and rejection of many networks against the number of jets; what each costs."""

    name = "top-tagging"
    title = "top jets from QCD jets"
    source = "Bogatskiy et al., arXiv:2203.06153, sections 4 and 5"
    configuration_type = TopTaggingConfiguration
    hidden_presets = frozenset({"tiny"})
    story = "intertwine.studies.jets.tagging_story"

    def steps(self, configuration: TopTaggingConfiguration, seed: int) -> Sequence[Step]:
        c = configuration
        largest = max(c.sizes)
        return [
            *data_steps(c),
            *tuning_steps(c, seed, c.tuning_size),
            *training_steps(c, seed, c.sizes),
            *(
                Step(
                    cost_step(name), measure_cost(c, name, largest),
                    (train_step(name, largest), *every_data_step(c)), seconds=5,
                )
                for name in c.networks
            ),
        ]  # fmt: skip

    presets: ClassVar = {
        "quick": TopTaggingConfiguration(
            **QUICK, sizes={300: 1, 1_500: 2}, tuning_size=1_500,
            networks={
                **equivariant_networks(small=True),
                "ParticleNet": NetworkChoice(kind="particle-net"),
                "fully connected": NetworkChoice(kind="fully-connected", options={"particles": 30}),
            },
        ),
        "standard": TopTaggingConfiguration(
            sizes={500: 1, 2_000: 3, 10_000: 1}, tuning_size=2_000, steps=2_500, batch_size=32, evaluations=12,
            networks={
                **equivariant_networks(small=True),
                "ParticleNet": NetworkChoice(kind="particle-net"),
                "fully connected": NetworkChoice(kind="fully-connected"),
            },
        ),
        "paper": TopTaggingConfiguration(
            n_training=100_000, n_validation=20_000, n_test=80_000, particles=100, batch_size=128, steps=25_000,
            sizes={500: 3, 2_000: 3, 10_000: 3, 30_000: 3, 100_000: 3}, tuning_size=10_000, evaluations=50,
            networks={
                "LGN": NetworkChoice(kind="lgn"),
                "LorentzNet": NetworkChoice(kind="lorentz-net"),
                "PELICAN": NetworkChoice(kind="pelican"),
                "Lorentz transformer": NetworkChoice(kind="lorentz-transformer"),
                "VecNet": NetworkChoice(kind="vec-net"),
                "ParticleNet": NetworkChoice(
                    kind="particle-net",
                    options={"neighbours": 16, "blocks": ((64,) * 3, (128,) * 3, (256,) * 3), "head": 256},
                ),
                "particle transformer": NetworkChoice(kind="particle-transformer"),
                "PFN": NetworkChoice(kind="particle-flow"),
                "EFN": NetworkChoice(kind="energy-flow"),
                "EFP": NetworkChoice(kind="efp"),
                "fully connected": NetworkChoice(kind="fully-connected"),
            },
        ),
        "tiny": TopTaggingConfiguration(
            **TINY, sizes={8: 1, 16: 2}, tuning_size=8, resamples=5, cost_batch=4,
            networks={
                "PELICAN": NetworkChoice(kind="pelican", options={"channels": 4, "blocks": 1, "embedding": 4}),
                "ParticleNet": NetworkChoice(
                    kind="particle-net", options={"neighbours": 3, "blocks": ((8,),), "head": 8}
                ),
            },
        ),
    }  # fmt: skip
