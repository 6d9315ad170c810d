"""Everything that the n-body study can be told, and its presets."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, PositiveFloat, PositiveInt

from intertwine.studies.study import Configuration


class NetworkChoice(BaseModel):
    """One network and its training.

    kind: "egnn" (as published), "tensor-product", "unrolled" (options of a tensor-product network), or "perceptron".
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["egnn", "tensor-product", "unrolled", "perceptron"]
    options: dict[str, Any] = {}
    steps: PositiveInt
    learning_rate: PositiveFloat = 1e-3
    final_learning_rate: float = 0.01
    averaging: float = 0.0
    weight_decay: float = 0.0
    evaluate_every: PositiveInt = 500
    """Steps between looks at the validation error; the weights with the least are kept."""
    seconds_a_step: PositiveFloat = 0.02
    """Expected, on one core; only the estimate depends on it."""


class NBodyConfiguration(Configuration):
    """The defaults are the published set: frames 30 → 40 of trajectories 0 to 6999, as 3000 + 2000 + 2000."""

    n_training: PositiveInt = 3000
    n_validation: PositiveInt = 2000
    n_test: PositiveInt = 2000
    burn_in: PositiveInt = 3100
    horizon: PositiveInt = 1000
    """Time steps from what the networks see to what they predict."""
    batch_size: PositiveInt = 100
    repeats: PositiveInt = 1
    """Trainings of each network, from different seeds."""
    networks: dict[str, NetworkChoice]

    stride: PositiveInt = 100
    """Faithfulness: time steps that one application of a propagator stands for."""
    rolled: PositiveInt = 10_000
    """Time steps that are rolled out."""
    n_rolled: PositiveInt = 100
    """Trajectories that are rolled out."""
    propagators: dict[str, NetworkChoice]


_EGNN = NetworkChoice(kind="egnn", steps=300_000, learning_rate=5e-4, final_learning_rate=1.0, seconds_a_step=0.012)
"""As published: 10 000 epochs of 30 batches at a constant rate."""
_HIDDEN = {"hidden": "32x0e + 32x1o", "channels": 32, "layers": 4, "radial_width": 32, "max_degree": 1}
_TENSOR = NetworkChoice(
    kind="tensor-product", options=_HIDDEN, steps=100_000, learning_rate=2e-3, averaging=0.999, seconds_a_step=0.02
)
_STEPPED = {"hidden": "16x0e + 16x1o", "channels": 16, "layers": 1, "radial_width": 48, "max_degree": 1}
_UNROLLED = NetworkChoice(
    kind="unrolled", options={**_STEPPED, "applications": 10}, steps=100_000, learning_rate=5e-3, averaging=0.999,
    seconds_a_step=0.05,
)  # fmt: skip
_GRAPH = _TENSOR.model_copy(
    update={"options": {
        "group": "C1", "vector": "3xA", "hidden": "64xA", "channels": 64, "layers": 4, "radial_width": 64,
        "max_degree": 0,
    }}
)  # fmt: skip
_PERCEPTRON = NetworkChoice(kind="perceptron", steps=30_000, averaging=0.999, seconds_a_step=0.003)


def _budget(steps: int, choice: NetworkChoice) -> NetworkChoice:
    return choice.model_copy(update={"steps": steps, "final_learning_rate": 0.01, "averaging": 0.999})


def presets() -> dict[str, NBodyConfiguration]:
    """quick: the shapes of the results; standard: an hour of one core; paper: the published budget, three seeds.

    tiny is for the tests: a whole study in seconds, with numbers that mean nothing.
    """
    strides = _UNROLLED.model_copy(update={"options": {**_STEPPED, "applications": 2}, "seconds_a_step": 0.01})
    propagators = {
        "tensor products, unrolled": _budget(6000, strides), "tensor products, O(3)": _budget(6000, _TENSOR),
        "graph network": _budget(6000, _GRAPH),
    }  # fmt: skip
    standard = NBodyConfiguration(
        networks={
            "tensor products, unrolled": _budget(6000, _UNROLLED),
            "EGNN": _budget(12_000, _EGNN).model_copy(update={"learning_rate": 1e-3}),
            "tensor products, O(3)": _budget(3000, _TENSOR),
            "graph network": _budget(2000, _GRAPH),
            "perceptron": _budget(2000, _PERCEPTRON),
        },
        propagators=propagators,
    )
    paper = standard.model_copy(
        update={
            "repeats": 3, "networks": {
                "tensor products, unrolled": _UNROLLED, "EGNN": _EGNN, "tensor products, O(3)": _TENSOR,
                "graph network": _GRAPH, "perceptron": _PERCEPTRON,
            },
        }
    )  # fmt: skip
    quick = standard.model_copy(
        update={
            "networks": {name: _budget(1000, one) for name, one in standard.networks.items()},
            "propagators": {name: _budget(1000, one) for name, one in propagators.items()}, "n_rolled": 20,
        }
    )  # fmt: skip
    small = {**_HIDDEN, "hidden": "4x0e + 4x1o", "channels": 4, "layers": 2, "radial_width": 4}
    stepped = {**_STEPPED, "hidden": "4x0e + 4x1o", "channels": 4, "radial_width": 4, "applications": 2}
    free = {**_GRAPH.options, "hidden": "4xA", "channels": 4, "layers": 2, "radial_width": 4}

    def shrunk(one: NetworkChoice) -> NetworkChoice:
        options = {"tensor-product": free if "group" in one.options else small, "unrolled": stepped}.get(one.kind, {})
        return _budget(6, one.model_copy(update={"options": options}))

    tiny = quick.model_copy(
        update={
            "n_training": 24, "n_validation": 8, "n_test": 8, "burn_in": 100, "horizon": 50, "batch_size": 8,
            "rolled": 100, "stride": 10, "n_rolled": 2,
            "networks": {name: shrunk(one) for name, one in standard.networks.items()},
            "propagators": {name: shrunk(one) for name, one in propagators.items()},
        }
    )  # fmt: skip
    return {"quick": quick, "standard": standard, "paper": paper, "tiny": tiny}
