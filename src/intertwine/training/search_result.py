"""What a hyper-parameter search returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from intertwine.models.lattice_cnn import LatticeCNNConfig
from intertwine.training.fit_settings import FitSettings


@dataclass(frozen=True)
class TrialRecord:
    """One setting that was tried.

    Attributes
    ----------
    index:
        Position in the budget, from 0; the sampler and the fits of this trial are seeded by it.
    state:
        "complete" or "pruned".
    loss:
        Mean validation loss over the repeats (of the last evaluation before pruning, if pruned).
    losses:
        Each repeat's.
    """

    index: int
    state: str
    loss: float
    losses: list[float]
    params: dict[str, Any]
    n_parameters: int
    seconds: float


@dataclass(frozen=True)
class SearchResult:
    """The winner, and every trial in order of index."""

    config: LatticeCNNConfig
    settings: FitSettings
    best: TrialRecord
    trials: list[TrialRecord]
