"""The study `flux-point-group`: what reflections add to translations in the flux regression.

`configuration` with its presets; the steps in `training`; the report in `story`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from intertwine.studies.flux_point_group.configuration import PRESETS, FluxPointGroupConfiguration
from intertwine.studies.flux_point_group.training import all_steps
from intertwine.studies.step import Step
from intertwine.studies.study import Study


class FluxPointGroup(Study[FluxPointGroupConfiguration]):
    """Test loss against training size with translations only and with the point group that μ leaves."""

    name = "flux-point-group"
    title = "reflections in the flux regression"
    source = "this project; data and task of Bulusu et al., arXiv:2103.14686"
    configuration_type = FluxPointGroupConfiguration
    story = "intertwine.studies.flux_point_group.story"
    presets: ClassVar = PRESETS
    hidden_presets = frozenset({"tiny"})

    def steps(self, configuration: FluxPointGroupConfiguration, seed: int) -> Sequence[Step]:
        return all_steps(configuration, seed)
