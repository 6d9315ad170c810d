"""The study `flux-regression`: what translational equivariance buys on the lattice (Bulusu et al., 2103.14686).

`configuration` and its presets; the steps in `sampling`, `searching`, `training`, `transfer` and `large_flattening`;
what is read from them in `results`; the report in `figures`, `silver_blaze`, `tables` and `story`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from intertwine.studies.flux_regression.configuration import PRESETS, FluxRegressionConfiguration
from intertwine.studies.flux_regression.large_flattening import large_flattening_steps
from intertwine.studies.flux_regression.sampling import sampling_steps
from intertwine.studies.flux_regression.searching import search_steps
from intertwine.studies.flux_regression.training import training_steps
from intertwine.studies.flux_regression.transfer import transfer_steps
from intertwine.studies.step import Step
from intertwine.studies.study import Study


class FluxRegression(Study[FluxRegressionConfiguration]):
    """Predict n and |φ|² from flux configurations with equivariant, strided and flattening networks."""

    name = "flux-regression"
    title = "what translational equivariance buys on the lattice"
    source = "Bulusu et al., arXiv:2103.14686"
    configuration_type = FluxRegressionConfiguration
    presets: ClassVar = PRESETS
    hidden_presets = frozenset({"tiny"})
    story = "intertwine.studies.flux_regression.story"

    def steps(self, configuration: FluxRegressionConfiguration, seed: int) -> Sequence[Step]:
        return [
            *sampling_steps(configuration, seed),
            *search_steps(configuration, seed),
            *training_steps(configuration, seed),
            *transfer_steps(configuration),
            *large_flattening_steps(configuration, seed),
        ]
