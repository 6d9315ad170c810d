"""The numbers of the study, read from its steps: learning curves, losses by lattice, predictions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from intertwine.studies.flux_regression.configuration import (
    FluxRegressionConfiguration,
    Lattice,
    arm_name,
    arms,
    lattice_name,
)
from intertwine.studies.flux_regression.training import OPTIMISERS, train_step
from intertwine.studies.flux_regression.transfer import transfer_families, transfer_step

if TYPE_CHECKING:
    import numpy as np

    from intertwine.studies.store import Store

    Array = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class Curve:
    """Test errors of one arm with one optimiser: `mse` [size, instance], mean over μ and both targets."""

    arm: str
    optimiser: str
    sizes: tuple[int, ...]
    mse: Array
    n_parameters: int

    @property
    def median(self) -> Array:
        import numpy as np

        return np.asarray(np.median(self.mse, axis=1))

    @property
    def best(self) -> float:
        """The median instance at the largest training set."""
        return float(self.median[-1])


@dataclass(frozen=True)
class Transfer:
    """One family on one lattice: `mse` [optimiser, instance, μ, target], `predictions` and `truth` [μ, n, target]."""

    family: str
    lattice: Lattice
    mus: Array
    mse: Array
    predictions: Array
    truth: Array

    @property
    def name(self) -> str:
        return lattice_name(self.lattice).replace("x", "×")

    def instances(self, optimiser: str) -> Array:
        """Mean squared error of every instance, over μ and both targets: [instance]."""
        import numpy as np

        return np.asarray(self.mse[OPTIMISERS.index(optimiser)].mean(axis=(1, 2)))

    def by_mu(self, optimiser: str) -> Array:
        """The median instance's mean squared error at every μ: [μ]."""
        import numpy as np

        return np.asarray(np.median(self.mse[OPTIMISERS.index(optimiser)].mean(axis=2), axis=0))


@dataclass(frozen=True)
class Results:
    """Everything that the report draws and says."""

    configuration: FluxRegressionConfiguration
    curves: tuple[Curve, ...]
    transfers: tuple[Transfer, ...]
    networks: dict[str, dict[str, Any]]
    large: dict[str, Any] | None

    def curve(self, arm: str, optimiser: str = "finisher") -> Curve:
        return next(curve for curve in self.curves if (curve.arm, curve.optimiser) == (arm, optimiser))

    def transfer(self, family: str, lattice: Lattice) -> Transfer:
        return next(item for item in self.transfers if (item.family, item.lattice) == (family, lattice))


def read_results(configuration: FluxRegressionConfiguration, store: Store) -> Results:
    """Collect the results of a finished run."""
    from intertwine.studies.flux_regression.large_flattening import TRAIN

    curves: list[Curve] = []
    networks: dict[str, dict[str, Any]] = {}
    for family, augmented in arms(configuration):
        curves += _curves(configuration, store, family, augmented)
        networks[family] = store.values(train_step(family, False, max(configuration.sizes)))["network"]
    transfers = [
        _transfer(store, family, lattice)
        for lattice in configuration.test_lattices
        for family in transfer_families(configuration, lattice)
    ]
    large = store.values(TRAIN) if configuration.large_flattening is not None else None
    return Results(configuration, tuple(curves), tuple(transfers), networks, large)


def _curves(configuration: FluxRegressionConfiguration, store: Store, family: str, augmented: bool) -> list[Curve]:
    import numpy as np

    sizes = tuple(sorted(configuration.sizes))
    steps = [train_step(family, augmented, size) for size in sizes]
    errors = np.stack([store.arrays(step)["test_mse"] for step in steps])  # [size, optimiser, instance, μ, target]
    n_parameters = int(store.values(steps[-1])["n_parameters"])
    return [
        Curve(arm_name(family, augmented), optimiser, sizes, errors[:, index].mean(axis=(2, 3)), n_parameters)
        for index, optimiser in enumerate(OPTIMISERS)
    ]


def _transfer(store: Store, family: str, lattice: Lattice) -> Transfer:
    arrays = store.arrays(transfer_step(family, lattice))
    return Transfer(family, lattice, arrays["mus"], arrays["mse"], arrays["predictions"], arrays["truth"])
