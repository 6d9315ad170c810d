"""The study `n-body`: where charged particles will be (Satorras et al. 2102.09844), and what is conserved on the way.

`configuration` and its presets; the networks as predictors in `predictors`; the steps in `sampling`, `training` and
`rollout`; the report in `figures` and `story`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from intertwine.studies.n_body.configuration import NBodyConfiguration, presets
from intertwine.studies.n_body.rollout import rollout_steps
from intertwine.studies.n_body.sampling import sampling_steps
from intertwine.studies.n_body.training import training_steps
from intertwine.studies.step import Step
from intertwine.studies.study import Study


class NBody(Study[NBodyConfiguration]):
    """Positions of five charged particles 1000 time steps later, from 3000 examples."""

    name = "n-body"
    title = "charged particles: prediction and conservation"
    source = "Satorras, Hoogeboom & Welling, arXiv:2102.09844"
    configuration_type = NBodyConfiguration
    story = "intertwine.studies.n_body.story"
    presets: ClassVar = presets()
    hidden_presets = frozenset({"tiny"})

    def steps(self, configuration: NBodyConfiguration, seed: int) -> Sequence[Step]:
        return [
            *sampling_steps(configuration, seed),
            *training_steps(configuration, seed),
            *rollout_steps(configuration, seed),
        ]
