"""The flattening network of Zhou et al. (1810.12879): some 10⁷ parameters on 200×10 at two chemical potentials."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import TYPE_CHECKING

from intertwine.studies.flux_regression.configuration import FluxRegressionConfiguration, LargeFlattening
from intertwine.studies.flux_regression.sampling import load_set, sample_sets
from intertwine.studies.seeds import seed_of
from intertwine.studies.step import Step, StepContext, StepResult

if TYPE_CHECKING:
    from intertwine.models.lattice_cnn_config import LatticeCNNConfig
    from intertwine.studies.store import Store
    from intertwine.training.fit_result import FitResult
    from intertwine.training.lattice_data import LatticeData

SAMPLE = "sample/large-flattening"
TRAIN = "train/large-flattening"


def large_flattening_steps(configuration: FluxRegressionConfiguration, seed: int) -> list[Step]:
    """Sampling and training; none if the preset goes without."""
    large = configuration.large_flattening
    if large is None:
        return []
    sets = [(mu, count) for count in (large.n_training, large.n_validation, large.n_test) for mu in large.mus]
    sample = sample_sets(configuration, large.lattice, sets, seed_of(seed, "large-flattening"))
    count = sum(count for _, count in sets)
    # A step costs two passes and a gradient for each configuration and parameter, at some 10¹⁰ multiplications a
    # second.
    seconds = large.fit.steps * large.fit.batch_size * 1e7 * 3 / 1e10
    return [
        Step(SAMPLE, sample, seconds=4e-6 * prod(large.lattice) * count),
        Step(TRAIN, train_large(large, seed_of(seed, "train", "large-flattening")), needs=(SAMPLE,), seconds=seconds),
    ]


def network(large: LargeFlattening) -> LatticeCNNConfig:
    """Two convolutions, a pooling that halves each direction, flattening, one wide hidden layer."""
    from intertwine.models.lattice_cnn_config import ConvolutionLayer, LatticeCNNConfig

    layers = (
        ConvolutionLayer(channels=large.channels, kernel=3),
        ConvolutionLayer(channels=large.channels, kernel=3, pool_window=2, pool_stride=2),
    )
    return LatticeCNNConfig(
        family="FL", sites=large.lattice, in_channels=2 * len(large.lattice), layers=layers, head=(large.width,)
    )


def train_large(large: LargeFlattening, seed: int) -> Callable[[StepContext], StepResult]:
    """A step that trains one instance; values: ``test_mse`` for each μ and ``n_parameters``."""

    def run(context: StepContext) -> StepResult:
        from intertwine.training.ensemble_fit import fit_ensemble

        count = len(large.mus)
        training, validation = (_join(context.results, range(start, start + count)) for start in (0, count))
        fitted = fit_ensemble(
            network(large), 1, training, validation, large.fit, seed,
            checkpoint=context.folder / "adamw.checkpoint", device=context.device,
            on_progress=lambda state: context.progress(state.step / state.steps),
        )  # fmt: skip
        fitted.save(context.folder / "adamw.pt")
        (context.folder / "adamw.checkpoint").unlink()
        errors = [_error(fitted, load_set(context.results, SAMPLE, 2 * count + index)) for index in range(count)]
        return StepResult({"mus": list(large.mus), "test_mse": errors, "n_parameters": fitted.n_parameters})

    return run


def _error(fitted: FitResult, data: LatticeData) -> float:
    """Mean squared error over configurations and targets."""
    from intertwine.training.ensemble import predict_ensemble
    from intertwine.training.losses import mean_losses

    return float(mean_losses("mean_squared_error", predict_ensemble(fitted, data.features), data.targets)[0])


def _join(results: Store, positions: range) -> LatticeData:
    """Several chemical potentials as one set."""
    import torch

    from intertwine.training.lattice_data import LatticeData

    sets = [load_set(results, SAMPLE, position) for position in positions]
    return LatticeData(torch.cat([one.features for one in sets]), torch.cat([one.targets for one in sets]))
