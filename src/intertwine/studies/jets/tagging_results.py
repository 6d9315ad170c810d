"""What the results of `top-tagging` say: metrics with errors over instances and over the test sample."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from intertwine.evaluation.power_to_weight import ant_factor
from intertwine.evaluation.resampling import Bootstrap, bootstrap, paired_bootstrap
from intertwine.evaluation.roc_curve import accuracy, roc
from intertwine.studies.jets.data import data_step
from intertwine.studies.jets.top_tagging import TopTaggingConfiguration, cost_step
from intertwine.studies.jets.training import train_step, tune_step

if TYPE_CHECKING:
    from intertwine.studies.store import Store

UNCONSTRAINED = "ParticleNet"
"""The network that the equivariant ones are compared with."""
SMALL = 50_000
"""Parameters up to which an equivariant network counts as small."""


def auc(scores: NDArray[Any], signal: NDArray[np.bool_], weights: NDArray[Any]) -> float:
    return roc(scores, signal, weights).auc


def rejection_at_half(scores: NDArray[Any], signal: NDArray[np.bool_], weights: NDArray[Any]) -> float:
    return roc(scores, signal, weights).rejection(0.5)


def rejection_at_third(scores: NDArray[Any], signal: NDArray[np.bool_], weights: NDArray[Any]) -> float:
    return roc(scores, signal, weights).rejection(0.3)


METRICS = {"accuracy": accuracy, "AUC": auc, "1/ε_B(0.5)": rejection_at_half, "1/ε_B(0.3)": rejection_at_third}


@dataclass(frozen=True)
class Tagging:
    """All results. scores: (network, jets) → [instances, test jets]; test jets all count alike, p̂T's weights aside."""

    configuration: TopTaggingConfiguration
    scores: dict[tuple[str, int], NDArray[np.float64]]
    signal: NDArray[np.bool_]
    trainings: dict[tuple[str, int], list[dict[str, Any]]]
    costs: dict[str, dict[str, Any]]
    learning_rates: dict[str, float]

    @property
    def sizes(self) -> list[int]:
        return sorted(self.configuration.sizes)

    def values(self, name: str, size: int, metric: str) -> NDArray[np.float64]:
        """The metric of each instance."""
        ones = np.ones(len(self.signal))
        return np.array([METRICS[metric](scores, self.signal, ones) for scores in self.scores[name, size]])

    def error(self, name: str, size: int, metric: str) -> Bootstrap:
        """The first instance's metric with the error of the test sample."""
        scores = self.scores[name, size][0]
        return bootstrap(METRICS[metric], scores, self.signal, resamples=self.configuration.resamples)

    def parameters(self, name: str) -> int:
        return int(self.trainings[name, self.sizes[-1]][0]["n_parameters"])

    def ant_factor(self, name: str) -> float:
        """On the largest training sample; instances averaged."""
        return ant_factor(float(self.values(name, self.sizes[-1], "1/ε_B(0.3)").mean()), self.parameters(name))

    @property
    def small_equivariant(self) -> list[str]:
        """Lorentz-equivariant networks of at most 50 000 parameters."""
        kinds = {"lgn", "lorentz-net", "pelican", "lorentz-transformer"}
        chosen = self.configuration.networks
        return [name for name in chosen if chosen[name].kind in kinds and self.parameters(name) <= SMALL]

    def best_small(self, size: int) -> str | None:
        """The one with the lowest validation loss at this size: test jets do not choose."""
        found = {
            name: np.mean([one["validation_loss"] for one in self.trainings[name, size]])
            for name in self.small_equivariant
        }
        return min(found, key=lambda name: found[name]) if found else None

    def lead(self, size: int) -> Bootstrap | None:
        """AUC of the best small equivariant network minus that of ParticleNet, same jets."""
        best = self.best_small(size)
        if best is None or (UNCONSTRAINED, size) not in self.scores:
            return None
        return paired_bootstrap(
            auc, self.scores[best, size], self.scores[UNCONSTRAINED, size], self.signal,
            resamples=self.configuration.resamples,
        )  # fmt: skip

    def still_falling(self, name: str, size: int) -> float:
        """By how much of itself the best validation loss fell in the last quarter of the training; 0: flat."""
        history = self.trainings[name, size][0]["history"]
        losses = np.minimum.accumulate(history["validation"])
        before = losses[max(0, int(0.75 * len(losses)) - 1)]
        return float((before - losses[-1]) / before)


def read_results(configuration: TopTaggingConfiguration, results: Store) -> Tagging:
    """Everything from the store."""
    c = configuration
    labels = np.concatenate([results.arrays(data_step(number))["labels"] for number in range(c.n_chunks)])
    signal = labels[c.n_training + c.n_validation : c.n_jets] == 1
    scores, trainings = {}, {}
    for name in c.networks:
        for size, count in c.sizes.items():
            steps = [train_step(name, size, instance) for instance in range(count)]
            scores[name, size] = np.stack([results.arrays(step)["scores"].astype(np.float64) for step in steps])
            trainings[name, size] = [results.values(step) for step in steps]
    return Tagging(
        c, scores, signal, trainings, {name: results.values(cost_step(name)) for name in c.networks},
        {name: results.values(tune_step(name))["learning_rate"] for name in c.networks},
    )  # fmt: skip
