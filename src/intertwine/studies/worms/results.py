"""The numbers of a worm study, read from its steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from intertwine.studies.worms.configuration import FAMILIES, WormsConfiguration
from intertwine.studies.worms.dissection import DISSECT
from intertwine.studies.worms.matching import match_step
from intertwine.studies.worms.testing import apply_step, families_on
from intertwine.studies.worms.training import OPTIMISERS, train_step

if TYPE_CHECKING:
    import numpy as np

    from intertwine.studies.store import Store

    Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Scores:
    """Loss and accuracy of one family on one lattice: [optimiser, instance, η, μ, number]."""

    family: str
    extent: int
    loss: Array
    accuracy: Array

    def pooled(self, metric: str, optimiser: str = "finisher") -> Array:
        """[instance]: over all (η, μ) and numbers of worms."""
        return self._mean(metric, (1, 2, 3), optimiser)

    def by_mu(self, metric: str) -> Array:
        """[instance, μ] with the finisher."""
        return self._mean(metric, (1, 3))

    def by_number(self, metric: str) -> Array:
        """[instance, number] with the finisher."""
        return self._mean(metric, (1, 2))

    def _mean(self, metric: str, axes: tuple[int, ...], optimiser: str = "finisher") -> Array:
        import numpy as np

        return np.asarray(getattr(self, metric)[OPTIMISERS.index(optimiser)].mean(axis=axes))

    @property
    def name(self) -> str:
        return f"{self.extent}×{self.extent}"


@dataclass(frozen=True)
class WormResults:
    """Everything that the report draws and says."""

    configuration: WormsConfiguration
    scores: tuple[Scores, ...]
    networks: dict[str, dict[str, Any]]
    control: dict[str, dict[str, float]]
    """Detection: "training" and extents → accuracy of the control before and after matching."""
    dissection: dict[str, Array] | None

    def on(self, family: str, extent: int) -> Scores:
        return next(item for item in self.scores if (item.family, item.extent) == (family, extent))

    def transfers(self, family: str) -> list[Scores]:
        """A family on every lattice, smallest first."""
        found = [item for item in self.scores if item.family == family]
        return sorted(found, key=lambda item: item.extent)


def read_results(configuration: WormsConfiguration, store: Store) -> WormResults:
    """Collect the results of a finished run."""
    c = configuration
    shape = (len(c.etas), len(c.mus), len(c.numbers))
    scores = []
    for extent in c.extents:
        for family in families_on(c, extent):
            arrays = store.arrays(apply_step(family, extent))
            loss, accuracy = (arrays[name].reshape(*arrays[name].shape[:2], *shape) for name in ("loss", "accuracy"))
            scores.append(Scores(family, extent, loss, accuracy))
    networks = {family: store.values(train_step(family)) for family in FAMILIES}
    control, dissection = {}, None
    if c.task == "detection":
        control = {"training": store.values(match_step("training", c.extents[0]))}
        control |= {f"{extent}×{extent}": store.values(match_step("test", extent)) for extent in c.extents}
        dissection = store.arrays(DISSECT)
    return WormResults(c, tuple(scores), networks, control, dissection)
