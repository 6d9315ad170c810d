"""The numbers of the study, read from its steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from intertwine.studies.any_group.configuration import NETWORKS, AnyGroupConfiguration, GroupCase
from intertwine.studies.any_group.sampling import sample_step
from intertwine.studies.any_group.training import load

if TYPE_CHECKING:
    import numpy as np

    from intertwine.studies.store import Store

    Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Curve:
    """One network on one group and task."""

    case: GroupCase
    task: str
    network: str
    error: Array
    """[size, instance]: relative squared test error."""
    equivariance: Array
    """[size, instance]."""
    parameters: int
    training_seconds: float
    """Of one network and step."""
    prediction_seconds: float
    """Of one sample."""

    @property
    def median(self) -> Array:
        """[size]."""
        import numpy as np

        return np.asarray(np.median(self.error, axis=1))


@dataclass(frozen=True)
class AnyGroupResults:
    """Everything that the report draws and says."""

    configuration: AnyGroupConfiguration
    curves: tuple[Curve, ...]
    dims: dict[tuple[str, str], tuple[int, int]]
    """(group, task) → dimensions of inputs and outputs."""

    def curve(self, group: str, task: str, network: str) -> Curve:
        return next(c for c in self.curves if (c.case.group, c.task, c.network) == (group, task, network))

    def gain(self, group: str, task: str) -> float:
        """Error of the better perceptron over that of the equivariant one, medians at the largest size."""
        others = [self.curve(group, task, name).median[-1] for name in NETWORKS if name != "equivariant"]
        return float(min(others) / self.curve(group, task, "equivariant").median[-1])

    def enough(self, group: str, task: str) -> int | None:
        """The smallest number of samples with which the equivariant median beats both perceptrons at the largest."""
        others = [self.curve(group, task, name).median[-1] for name in NETWORKS if name != "equivariant"]
        ours = self.curve(group, task, "equivariant").median
        return next((n for n, e in zip(self.configuration.sizes, ours, strict=True) if e < min(others)), None)


def read_results(configuration: AnyGroupConfiguration, store: Store) -> AnyGroupResults:
    """Collect the results of a finished run."""
    curves, dims = [], {}
    for case in configuration.groups:
        for task in configuration.tasks:
            sampled = store.values(sample_step(case, task))
            dims[case.group, task] = (int(sampled["dim_in"]), int(sampled["dim_out"]))
            for network in NETWORKS:
                values, arrays = load(store, case, task, network)
                curves.append(
                    Curve(
                        case, task, network, arrays["error"], arrays["equivariance"], int(values["parameters"]),
                        values["training_seconds"], values["prediction_seconds"],
                    )
                )  # fmt: skip
    return AnyGroupResults(configuration, tuple(curves), dims)
