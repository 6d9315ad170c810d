"""Several instances of one architecture as one batched model (torch.func): stacking, evaluation, prediction."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor
from torch.func import functional_call, stack_module_state, vmap

from intertwine.errors import ConfigurationError
from intertwine.models.lattice_cnn import LatticeCNN, LatticeCNNConfig
from intertwine.training.fit_result import FitResult
from intertwine.training.lattice_data import LatticeData, standardise

Stacked = dict[str, Tensor]
Forward = Callable[[Stacked, Stacked, Tensor], Tensor]


def generator_for(*key: int) -> torch.Generator:
    """A generator that depends on the whole key (seed, purpose, counter), so that no state needs to be stored."""
    words = np.random.SeedSequence([k & 0xFFFFFFFFFFFFFFFF for k in key]).generate_state(2, np.uint32)
    return torch.Generator().manual_seed(int(words[0]) << 31 ^ int(words[1]))


def stack_instances(
    config: LatticeCNNConfig, n_instances: int, train: LatticeData, seed: int, dtype: torch.dtype,
    device: torch.device, *, standardise_outputs: bool = True,
) -> tuple[Stacked, Stacked]:  # fmt: skip
    """Parameters and buffers of fresh networks, instance i drawn from (seed, i), all standardised on `train`."""
    if n_instances < 1:
        raise ConfigurationError("No instance to train", received=n_instances, expected="at least 1")
    models = []
    for index in range(n_instances):
        model = LatticeCNN(config, generator=generator_for(seed, 0, index), dtype=torch.float64)
        standardise(model, train, outputs=standardise_outputs)
        models.append(model.to(device=device, dtype=dtype))
    parameters, buffers = stack_module_state(models)
    return {name: value.detach() for name, value in parameters.items()}, buffers


def ensemble_forward(config: LatticeCNNConfig) -> Forward:
    """Function (parameters, buffers, features [n, C, *sites]) → predictions [n_instances, n, out_features].

    The buffers of all instances must agree (they are set from the same training set); those of the first are used, so
    that the first layer collects its windows once for all instances.
    """
    template = LatticeCNN(config, device="meta")

    def one(parameters: Stacked, buffers: Stacked, features: Tensor) -> Tensor:
        out: Tensor = functional_call(template, (parameters, buffers), (features,))
        return out

    batched = vmap(one, in_dims=(0, None, None))

    def forward(parameters: Stacked, buffers: Stacked, features: Tensor) -> Tensor:
        shared = {name: value[0] for name, value in buffers.items()}
        out: Tensor = batched(parameters, shared, features)
        return out

    return forward


def predict_ensemble(
    result: FitResult, features: Float[Tensor, "n channels *sites"], *, batch_size: int = 500
) -> Float[Tensor, "instances n out_features"]:
    """Predictions of every instance, in the result's dtype.

    Any lattice of the right dimension for EQ and ST networks; FL networks raise ConfigurationError on another one.
    """
    forward = ensemble_forward(result.config)
    return predict_stacked(forward, result.parameters, result.buffers, features, batch_size)


def predict_stacked(
    forward: Forward, parameters: Stacked, buffers: Stacked, features: Tensor, batch_size: int
) -> Tensor:
    """Predictions batch by batch, without gradients."""
    reference = next(iter(parameters.values()))
    with torch.no_grad():
        parts = [forward(parameters, buffers, part.to(reference)) for part in features.split(batch_size)]
    return torch.cat(parts, dim=1)
