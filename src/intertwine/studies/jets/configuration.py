"""What every study of jets can be told: the jets, the networks, the budget of the training."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, PositiveInt

from intertwine.studies.study import Configuration


class NetworkChoice(BaseModel):
    """An architecture: a class of `intertwine.models` by its name in `networks.KINDS`, and its options."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: str
    options: dict[str, Any] = Field(default_factory=dict)
    augmented: bool = False
    """Whether it is trained on jets that are boosted at random."""


class JetsConfiguration(Configuration):
    """Parameters that the studies share. Numbers of jets count both classes together.

    Jets are those of `intertwine generate jets --towers 0.05 --minimal-pt 0.5`, the same for every seed of a study: a
    file of them can be given instead.
    """

    file: str | None = None
    """A file of `intertwine generate jets` to read instead of generating."""
    data_seed: int = 1
    chunk: int = 250
    """Jets of each class that one step generates."""
    towers: float = 0.05
    minimal_pt: float = 0.5
    particles: int = 50
    """The hardest so many of each jet."""
    n_training: PositiveInt = 10_000
    n_validation: PositiveInt = 2_000
    n_test: PositiveInt = 10_000

    networks: dict[str, NetworkChoice]
    steps: PositiveInt = 2_000
    """Of each training, whatever the network and however many jets."""
    batch_size: PositiveInt = 64
    learning_rates: tuple[float, ...] = (1e-3, 3e-3)
    """Each network is trained with all of them once, and goes on with the best on validation."""
    weight_decay: float = 0.01
    evaluations: PositiveInt = 20
    """On the validation sample during each training; the best weights are kept."""

    @property
    def n_jets(self) -> int:
        """Jets of both classes together."""
        return self.n_training + self.n_validation + self.n_test

    @property
    def n_chunks(self) -> int:
        """How many steps generate them."""
        return -(-self.n_jets // (2 * self.chunk))


def equivariant_networks(small: bool) -> dict[str, NetworkChoice]:
    """Three Lorentz-equivariant architectures, below 50 000 parameters."""
    if small:
        lgn: dict[str, Any] = {"hidden": "16x(0,0) + 8x(1/2,1/2)", "channels": 16, "layers": 2, "width": 32}
        lorentz_net, pelican = (
            {"width": 32, "layers": 3, "dropout": 0.1},
            {"channels": 16, "blocks": 3, "embedding": 12},
        )
    else:
        lgn, lorentz_net, pelican = {}, {"width": 40, "layers": 4, "dropout": 0.1}, {"channels": 24, "blocks": 4}
    return {
        "LGN": NetworkChoice(kind="lgn", options=lgn),
        "LorentzNet": NetworkChoice(kind="lorentz-net", options=lorentz_net),
        "PELICAN": NetworkChoice(kind="pelican", options=pelican),
    }


QUICK: dict[str, Any] = {
    "particles": 30, "n_training": 1_500, "n_validation": 500, "n_test": 1_000, "steps": 150, "batch_size": 32,
    "learning_rates": (3e-3,), "evaluations": 6,
}  # fmt: skip
"""Minutes on two cores."""

TINY: dict[str, Any] = {
    "particles": 8, "chunk": 8, "n_training": 16, "n_validation": 8, "n_test": 8, "steps": 3, "batch_size": 8,
    "learning_rates": (3e-3,), "evaluations": 1,
}  # fmt: skip
"""For tests: a whole study in seconds, with numbers that mean nothing."""
