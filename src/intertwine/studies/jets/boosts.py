"""The study `boosts`: accuracy of trained networks on jets seen from moving frames (2203.06153, figure 2)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from intertwine.studies.jets.configuration import QUICK, TINY, JetsConfiguration, NetworkChoice, equivariant_networks
from intertwine.studies.jets.data import data_steps, every_data_step
from intertwine.studies.jets.training import train_step, training_steps, tuning_steps
from intertwine.studies.seeds import seed_of
from intertwine.studies.step import Step, StepContext, StepResult
from intertwine.studies.study import Study

DIRECTIONS = ("x", "random")
ALONG = " (vectors boosted along)"
"""Behind the name of a network whose reference vectors are boosted with the jets."""


class BoostsConfiguration(JetsConfiguration):
    """Parameters of `boosts`."""

    instances: int = 3
    rapidities: tuple[float, ...] = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 7.6)
    """Of the boost of the test jets; 7.6 is γ = 1000."""
    boosted_jets: int = 5_000
    """Test jets that are boosted, all of them by each rapidity."""


def boost_step(name: str, instance: int) -> str:
    """Name of the step that tests an instance on boosted jets."""
    return f"boosted/{name}/{instance}"


def boost(
    configuration: BoostsConfiguration, name: str, instance: int, seed: int
) -> Callable[[StepContext], StepResult]:
    """A step whose arrays are logits [rapidities, jets] for each direction, and with vectors boosted along."""

    def run(context: StepContext) -> StepResult:
        import numpy as np
        import torch

        from intertwine.models.jet_network import VECTORS
        from intertwine.studies.jets.boosting import along_x, boost_matrices, boosted, random_directions
        from intertwine.studies.jets.data import load_jets
        from intertwine.studies.jets.training import EVALUATION_BATCH, load_network, logits

        c = configuration
        test = load_jets(c, context.results)[2][: c.boosted_jets]
        network = load_network(c, context.results, name, c.n_training, instance)
        names = c.networks[name].options.get("references", ())
        vectors = torch.tensor([vector for one in names for vector in VECTORS[one]], dtype=torch.float64).reshape(-1, 4)
        generator = torch.Generator().manual_seed(seed)
        axes = {"x": along_x(len(test)), "random": random_directions(len(test), generator)}
        arrays = {}
        for number, (direction, axis) in enumerate(axes.items()):
            rows, along = [], []
            for index, rapidity in enumerate(c.rapidities):
                rapidities = torch.full((len(test),), rapidity)
                momenta = boosted(test.momenta, rapidities, axis)
                rows.append(logits(network, test, momenta).numpy())
                if len(vectors):
                    moved = vectors @ boost_matrices(rapidities, axis).transpose(1, 2)
                    with torch.no_grad():
                        along.append(np.concatenate([
                            network(
                                momenta[i : i + EVALUATION_BATCH], test.mask[i : i + EVALUATION_BATCH],
                                references=moved[i : i + EVALUATION_BATCH],
                            ).float().numpy()
                            for i in range(0, len(test), EVALUATION_BATCH)
                        ]))  # fmt: skip
                context.progress((number + (index + 1) / len(c.rapidities)) / len(axes))
            arrays[direction] = np.stack(rows)
            if along:
                arrays[f"{direction}-along"] = np.stack(along)
        return StepResult({"claims_invariance": network.is_lorentz_invariant}, arrays)

    return run


def boost_networks(equivariant: dict[str, NetworkChoice], particles: int) -> dict[str, NetworkChoice]:
    """The equivariant networks, PELICAN with reference vectors, and fully connected ones: four layers, as published."""
    pelican = equivariant["PELICAN"]
    vectors = pelican.model_copy(update={"options": {**pelican.options, "references": ("time", "beam")}})

    def connected(frame: str, *, augmented: bool = False) -> NetworkChoice:
        options = {"particles": particles, "frame": frame}
        return NetworkChoice(kind="fully-connected", options=options, augmented=augmented)

    return {
        **equivariant,
        "PELICAN with vectors": vectors,
        "fully connected": connected("laboratory"),
        "fully connected, augmented": connected("laboratory", augmented=True),
        "fully connected, rest frame": connected("rest"),
    }


class Boosts(Study[BoostsConfiguration]):
    """Accuracy against the rapidity of a boost that the training has not seen."""

    name = "boosts"
    title = "accuracy of top taggers on boosted jets"
    source = "Bogatskiy et al., arXiv:2203.06153, figure 2"
    configuration_type = BoostsConfiguration
    hidden_presets = frozenset({"tiny"})
    story = "intertwine.studies.jets.boosts_story"

    def steps(self, configuration: BoostsConfiguration, seed: int) -> Sequence[Step]:
        c = configuration
        tested = 2 * len(c.rapidities) * min(c.boosted_jets, c.n_test) / 32 * 0.03
        return [
            *data_steps(c),
            *tuning_steps(c, seed, c.n_training),
            *training_steps(c, seed, {c.n_training: c.instances}),
            *(
                Step(
                    boost_step(name, instance), boost(c, name, instance, seed_of(seed, "directions")),
                    (train_step(name, c.n_training, instance), *every_data_step(c)), seconds=2 + tested,
                )
                for name in c.networks
                for instance in range(c.instances)
            ),
        ]  # fmt: skip

    presets: ClassVar = {
        "quick": BoostsConfiguration(
            **QUICK, instances=1, boosted_jets=300, rapidities=(0.0, 1.0, 2.0, 4.0, 6.0, 7.6),
            networks=boost_networks(equivariant_networks(small=True), 30),
        ),
        "standard": BoostsConfiguration(
            n_training=4_000, n_validation=1_000, n_test=4_000, boosted_jets=1_000, instances=1, steps=600,
            batch_size=32, learning_rates=(3e-3,), evaluations=6,
            networks=boost_networks(equivariant_networks(small=True), 50),
        ),
        "paper": BoostsConfiguration(
            n_training=100_000, n_validation=20_000, n_test=80_000, boosted_jets=20_000, steps=25_000, batch_size=128,
            networks=boost_networks(equivariant_networks(small=False), 50),
        ),
        "tiny": BoostsConfiguration(
            **TINY, instances=1, boosted_jets=8, rapidities=(0.0, 7.6),
            networks=boost_networks(
                {"PELICAN": NetworkChoice(kind="pelican", options={"channels": 4, "blocks": 1, "embedding": 4})}, 8
            ),
        ),
    }  # fmt: skip
