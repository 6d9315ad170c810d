"""The search spaces of the worm studies: architecture, pooling and learning rate."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from intertwine.models.lattice_cnn_config import LatticeCNNConfig
from intertwine.studies.flux_regression.spaces import thin
from intertwine.studies.worms.configuration import WormsConfiguration
from intertwine.training.fit_settings import FitSettings

if TYPE_CHECKING:
    from optuna.trial import Trial


def space(configuration: WormsConfiguration, family: str) -> Callable[[Trial], tuple[LatticeCNNConfig, FitSettings]]:
    """The family's space as a function of an Optuna trial.

    ST networks stride by two in the convolution of one layer. FL networks have no global pooling to choose.
    """
    allowed = configuration.spaces[family]

    def draw(trial: Trial) -> tuple[LatticeCNNConfig, FitSettings]:
        depth = trial.suggest_int("depth", *allowed.depth)
        layers: list[dict[str, Any]] = [
            {
                "channels": trial.suggest_categorical(f"channels_{index}", allowed.channels),
                "kernel": trial.suggest_categorical(
                    f"kernel_{index}", allowed.later_kernels if index else allowed.first_kernels
                ),
                "stride": 1,
            }
            for index in range(depth)
        ]
        if family == "ST":
            layers[trial.suggest_int("stride_layer", 0, depth - 1)]["stride"] = 2
        hidden = trial.suggest_int("hidden_layers", 0, allowed.hidden_layers) if allowed.hidden_layers else 0
        network: dict[str, Any] = {
            "family": family, "sites": configuration.sites, "in_channels": 4, "out_features": 1, "layers": layers,
            "head": [trial.suggest_categorical(f"head_{index}", allowed.heads) for index in range(hidden)],
            "activation": trial.suggest_categorical("activation", allowed.activations),
            "bias": trial.suggest_categorical("bias", allowed.biases),
        }  # fmt: skip
        if family != "FL":
            network["global_pooling"] = trial.suggest_categorical("pooling", allowed.pooling)
        fit = FitSettings(
            steps=configuration.search_steps, batch_size=50, warmup=min(50, max(1, configuration.search_steps // 10)),
            learning_rate=trial.suggest_float("learning_rate", 2e-3, 2e-2, log=True), loss=loss_name(configuration),
            evaluate_every=max(1, configuration.search_steps // 5),
        )  # fmt: skip
        return thin(network, configuration.max_parameters), fit

    return draw


def loss_name(configuration: WormsConfiguration) -> Any:
    """Cross entropy to detect, squared error to count."""
    return "binary_cross_entropy" if configuration.task == "detection" else "mean_squared_error"
