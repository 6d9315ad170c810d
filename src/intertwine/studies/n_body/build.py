"""The predictors by their kinds."""

from __future__ import annotations

import torch

from intertwine.studies.n_body.configuration import NetworkChoice
from intertwine.studies.n_body.predictors import FreePredictor, Predictor, PublishedEGNN, TensorPredictor
from intertwine.studies.n_body.unrolled import UnrolledPredictor

KINDS: dict[str, type[Predictor]] = {
    "egnn": PublishedEGNN, "tensor-product": TensorPredictor, "unrolled": UnrolledPredictor,
    "perceptron": FreePredictor,
}  # fmt: skip


def build(
    choice: NetworkChoice, bodies: int, outputs: int, time: float, scale: tuple[float, ...], seed: int
) -> Predictor:
    """A freshly initialised predictor; its weights depend on the seed only."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return KINDS[choice.kind](bodies, outputs, time, scale, **choice.options)
