"""The search spaces: what each family of networks may look like and how it is trained (Bulusu et al., 2103.14686)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from intertwine.models.lattice_cnn_config import ConvolutionLayer, LatticeCNNConfig
from intertwine.studies.flux_regression.configuration import FamilySpace, FluxRegressionConfiguration
from intertwine.training.fit_settings import FitSettings

if TYPE_CHECKING:
    from optuna.trial import Trial


def space(
    configuration: FluxRegressionConfiguration, family: str
) -> Callable[[Trial], tuple[LatticeCNNConfig, FitSettings]]:
    """The family's space as a function of an Optuna trial.

    Depth, widths and kernels are drawn from the family's `FamilySpace`; activation, learning rate and batch size are
    the same for all. ST networks also choose where they stride: by a convolution or by a pooling. FL networks may pool
    before
    they flatten. Networks with more than `max_parameters` are thinned: the widest layer is halved until they fit.
    """

    allowed = configuration.spaces[family]

    def draw(trial: Trial) -> tuple[LatticeCNNConfig, FitSettings]:
        depth = trial.suggest_int("depth", *allowed.depth)
        layers = [_layer(trial, allowed, index) for index in range(depth)]
        if family == "ST":
            layers = _stride(trial, layers)
        elif family == "FL" and trial.suggest_categorical("pool", (False, True)):
            layers[-1] = layers[-1] | {"pool_window": 2, "pool_stride": 2}
        hidden = trial.suggest_int("hidden_layers", 0, allowed.hidden_layers) if allowed.hidden_layers else 0
        head = [trial.suggest_categorical(f"head_{index}", allowed.heads) for index in range(hidden)]
        network: dict[str, Any] = {
            "family": family, "sites": configuration.lattice, "in_channels": 2 * len(configuration.lattice),
            "layers": layers, "head": head, "activation": trial.suggest_categorical("activation", ("silu", "softplus")),
        }  # fmt: skip
        steps = configuration.search_steps
        fit = FitSettings(
            steps=steps, learning_rate=trial.suggest_float("learning_rate", 2e-3, 2e-2, log=True),
            batch_size=trial.suggest_categorical("batch_size", (20, 50)), warmup=min(50, max(1, steps // 10)),
            evaluate_every=max(1, steps // 10),
        )  # fmt: skip
        return thin(network, configuration.max_parameters), fit

    return draw


def thin(network: dict[str, Any], limit: int) -> LatticeCNNConfig:
    """The network, its widest layer halved as often as it takes to have at most `limit` parameters."""
    from intertwine.models.lattice_cnn import LatticeCNN

    while True:
        config = LatticeCNNConfig.model_validate(network)
        widths = [layer["channels"] for layer in network["layers"]] + list(network["head"])
        if LatticeCNN(config, device="meta").n_parameters <= limit or max(widths) <= 1:
            return config
        widest = widths.index(max(widths))
        depth = len(network["layers"])
        layers, head = [dict(layer) for layer in network["layers"]], list(network["head"])
        if widest < depth:
            layers[widest]["channels"] //= 2
        else:
            head[widest - depth] //= 2
        network = network | {"layers": layers, "head": head}


def _layer(trial: Trial, allowed: FamilySpace, index: int) -> dict[str, Any]:
    kernels = allowed.first_kernels if index == 0 else allowed.later_kernels
    return ConvolutionLayer(
        channels=trial.suggest_categorical(f"channels_{index}", allowed.channels),
        kernel=trial.suggest_categorical(f"kernel_{index}", kernels),
    ).model_dump()


def _stride(trial: Trial, layers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Stride 2 in one layer, by its convolution or by a pooling after it."""
    where = trial.suggest_int("stride_layer", 0, 2) % len(layers)
    if where == len(layers) - 1:  # the global average would undo an average over blocks right before it
        how = trial.suggest_categorical("stride_last_by", ("convolution", "max"))
    else:
        how = trial.suggest_categorical("stride_by", ("convolution", "average", "max"))
    change = {"stride": 2} if how == "convolution" else {"pool_window": 2, "pool_stride": 2, "pool_kind": how}
    return [layer | change if index == where else layer for index, layer in enumerate(layers)]
