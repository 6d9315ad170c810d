"""The study `jet-mass`: the W's four-momentum inside a top jet, by an equivariant network (2211.00454, section 5)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ClassVar

from intertwine.studies.jets.configuration import QUICK, TINY, JetsConfiguration, NetworkChoice, equivariant_networks
from intertwine.studies.jets.data import data_steps, every_data_step
from intertwine.studies.jets.training import expected_seconds
from intertwine.studies.seeds import seed_of
from intertwine.studies.step import Step, StepContext, StepResult
from intertwine.studies.study import Study

if TYPE_CHECKING:
    import torch


SCALE = 10.0
"""GeV: the unit of the loss."""


class JetMassConfiguration(JetsConfiguration):
    """Parameters of `jet-mass`. Numbers of jets count both classes, of which the top jets are used."""

    rapidity: float = 2.0
    """Of the boosts with which the claim of equivariance is checked on the trained networks."""


def regression_step(name: str) -> str:
    """Name of the step that trains and tests a network."""
    return f"regress/{name}"


def vector_loss(predicted: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Mean over jets of |p - p̂| (Euclidean, three-momentum) and |m - m̂|, in units of 10 GeV.

    The mass of the target counts beside its direction and size, since a small error of a large momentum can be a large
    one of the mass. m is √|m²|, so that predictions off the light cone on the wrong side have a gradient too.
    """
    momentum = (predicted - target)[:, 1:].norm(dim=1)
    mass = (invariant_mass(predicted) - invariant_mass(target)).abs()
    value: torch.Tensor = ((momentum + mass) / SCALE).mean()
    return value


def invariant_mass(p: torch.Tensor) -> torch.Tensor:
    """√|E² - p²|, smooth at 0 on the scale of 1e-3 GeV."""
    length = p[:, 1:].norm(dim=1)
    mass: torch.Tensor = ((p[:, 0] - length) * (p[:, 0] + length)).abs().add(1e-6).sqrt()
    return mass


def regress(configuration: JetMassConfiguration, name: str, seed: int) -> Callable[[StepContext], StepResult]:
    """A step whose arrays are the momenta predicted for the test jets' W, also from boosted jets and boosted back."""

    def run(context: StepContext) -> StepResult:
        import torch

        from intertwine.studies.jets.boosting import boosted, random_directions
        from intertwine.studies.jets.data import load_jets
        from intertwine.studies.jets.networks import build
        from intertwine.studies.jets.training import EVALUATION_BATCH, fit_settings
        from intertwine.training.module_fit import fit_module

        c = configuration
        training, validation, test = (jets.tops for jets in load_jets(c, context.results))
        network = build(c.networks[name], seed, target="vectors").to(context.device)

        def predict(momenta: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
            output: torch.Tensor = network(momenta.to(context.device), mask.to(context.device))
            return output[:, 0].cpu()

        def predict_all(momenta: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
            network.eval()
            spans = [slice(i, i + EVALUATION_BATCH) for i in range(0, len(momenta), EVALUATION_BATCH)]
            with torch.no_grad():
                return torch.cat([predict(momenta[span], mask[span]) for span in spans])

        def loss(index: torch.Tensor) -> torch.Tensor:
            batch = training[index.cpu()]
            return vector_loss(predict(batch.momenta, batch.mask), batch.w)

        def validate() -> float:
            return float(vector_loss(predict_all(validation.momenta, validation.mask), validation.w))

        with torch.random.fork_rng():
            torch.manual_seed(seed)
            fit = fit_module(
                network, loss, len(training), validate, fit_settings(c, c.learning_rates[0]), seed,
                checkpoint=context.folder / "fit.checkpoint", key=name,
                on_progress=lambda state: context.progress(state.step / state.steps),
            )  # fmt: skip
        (context.folder / "fit.checkpoint").unlink(missing_ok=True)
        axes = random_directions(len(test), torch.Generator().manual_seed(seed % 2**31))
        rapidity = torch.full((len(test),), c.rapidity)
        found = predict_all(boosted(test.momenta, rapidity, axes), test.mask)
        moved = boosted(found[:, None], -rapidity, axes)[:, 0]
        arrays = {
            "predicted": predict_all(test.momenta, test.mask).numpy(), "returned": moved.numpy(),
            "w": test.w.numpy(), "jet": test.jet.numpy(),
        }  # fmt: skip
        values = {
            "n_parameters": network.n_parameters, "validation_loss": fit.validation_loss, "history": fit.history,
            "claims_equivariance": network.symmetry is not None,
        }  # fmt: skip
        return StepResult(values, arrays)

    return run


class JetMass(Study[JetMassConfiguration]):
    """The momentum of the W boson inside a top jet, from the jet's particles."""

    name = "jet-mass"
    title = "the W's four-momentum inside a top jet"
    source = "Bogatskiy et al., arXiv:2211.00454, section 5"
    configuration_type = JetMassConfiguration
    hidden_presets = frozenset({"tiny"})
    story = "intertwine.studies.jets.jet_mass_story"

    def steps(self, configuration: JetMassConfiguration, seed: int) -> Sequence[Step]:
        c = configuration
        return [
            *data_steps(c),
            *(
                Step(
                    regression_step(name), regress(c, name, seed_of(seed, "regress", name)), every_data_step(c),
                    seconds=expected_seconds(c, choice),
                )
                for name, choice in c.networks.items()
            ),
        ]  # fmt: skip

    presets: ClassVar = {
        "quick": JetMassConfiguration(**{**QUICK, "steps": 300}, networks=equivariant_networks(small=True)),
        "standard": JetMassConfiguration(
            n_training=10_000, n_validation=2_000, n_test=8_000, steps=1_000, batch_size=32, evaluations=10,
            networks=equivariant_networks(small=True),
        ),
        "paper": JetMassConfiguration(
            n_training=200_000, n_validation=20_000, n_test=80_000, steps=50_000, batch_size=128, particles=100,
            networks={
                **equivariant_networks(small=False),
                "Lorentz transformer": NetworkChoice(kind="lorentz-transformer"),
            },
        ),
        "tiny": JetMassConfiguration(
            **TINY,
            networks={"PELICAN": NetworkChoice(kind="pelican", options={"channels": 4, "blocks": 1, "embedding": 4})},
        ),
    }  # fmt: skip
