"""What the steps found, put together: spectra and errors of each crystal in the order of the crystals."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from intertwine.studies.phonon_dos.configuration import PhononDosConfiguration
from intertwine.studies.phonon_dos.crystals import CRYSTALS, stored
from intertwine.studies.phonon_dos.training import folds_of, train_step

if TYPE_CHECKING:
    from intertwine.studies.store import Store

Array = NDArray[np.float64]
KINDS = ("as given", "turned")
MEAN = "mean spectrum"
"""Not a network: the mean of the training crystals' spectra."""


@dataclass(frozen=True)
class Predictions:
    """One network's spectra [crystals, bins] beside the true ones, of the crystals in the folds that were tested."""

    crystals: NDArray[np.int64]
    found: Array
    true: Array

    @property
    def errors(self) -> Array:
        """Mean squared error of each crystal, over the bins."""
        squared: Array = ((self.found - self.true) ** 2).mean(axis=1)
        return squared

    @property
    def dark(self) -> NDArray[np.bool_]:
        """Crystals for which a network sees nothing at any frequency."""
        return np.asarray((self.found <= 0).all(axis=1))


class Results:
    """The results of one run."""

    def __init__(self, configuration: PhononDosConfiguration, store: Store) -> None:
        self.configuration, self.store = configuration, store
        self.structures = stored(store)
        self.about = store.values(CRYSTALS)
        self.frequencies: Array = store.arrays(CRYSTALS)["frequencies"]
        self.dos: Array = store.arrays(CRYSTALS)["dos"]

    def tested(self, network: str, kind: str = KINDS[0], share: float = 1.0) -> Predictions:
        """Of one network, or of `MEAN`; in the order of the crystals."""
        c, crystals, found = self.configuration, [], []
        for fold in folds_of(c, share):
            stored = self.store.arrays(train_step(next(iter(c.networks)) if network == MEAN else network, share, fold))
            crystals.append(stored["test"])
            if network == MEAN:
                mean = np.delete(self.dos, stored["test"], axis=0).mean(axis=0)
                found.append(np.repeat((mean / mean.max())[None], len(stored["test"]), axis=0))
            else:
                found.append(stored["predicted" if kind == KINDS[0] else "turned"].astype(np.float64))
        order = np.concatenate(crystals)
        place = np.argsort(order)
        return Predictions(order[place], np.concatenate(found)[place], self.dos[order[place]])

    def values(self, network: str, share: float = 1.0) -> list[dict[str, float]]:
        """Of each fold."""
        return [self.store.values(train_step(network, share, fold)) for fold in folds_of(self.configuration, share)]

    def formula(self, crystal: int) -> str:
        """As NaCl: elements and how many of each, divided by their common factor."""
        elements, counts = np.unique(self.structures[crystal].symbols, return_counts=True)
        order = np.argsort([self.structures[crystal].symbols.index(one) for one in elements])
        counts = counts // np.gcd.reduce(counts)
        return "".join(f"{elements[i]}{counts[i] if counts[i] > 1 else ''}" for i in order)

    def twins(self, tested: Predictions) -> NDArray[np.bool_]:
        """Whether another crystal of the same composition was in training."""
        formulas = [self.formula(one) for one in range(len(self.structures))]
        fold_of: dict[int, int] = {}
        for fold in folds_of(self.configuration, 1.0):
            name = train_step(next(iter(self.configuration.networks)), 1.0, fold)
            fold_of |= dict.fromkeys(self.store.arrays(name)["test"].tolist(), fold)
        return np.array(
            [
                any(
                    formulas[other] == formulas[one] and fold_of.get(other, -1) != fold_of[one]
                    for other in range(len(formulas))
                    if other != one
                )
                for one in tested.crystals.tolist()
            ]
        )


def paired(first: Array, second: Array) -> tuple[float, float]:
    """Mean of first − second over crystals, and its standard error."""
    difference = first - second
    spread = float(difference.std(ddof=1)) if len(difference) > 1 else float("nan")
    return float(difference.mean()), spread / sqrt(len(difference))
