"""The study `volumes`: generated solids, trained upright and tested in every pose.

`configuration` with its presets; steps and report in `training`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from intertwine.studies.step import Step
from intertwine.studies.study import Study
from intertwine.studies.volumes.configuration import PRESETS, VolumesConfiguration
from intertwine.studies.volumes.training import all_steps


class Volumes(Study[VolumesConfiguration]):
    """Error on turned solids of plain and steerable networks that were trained on upright, or on turned ones."""

    name = "volumes"
    title = "solids in every pose"
    source = "this project; after Weiler et al., arXiv:1807.02547"
    configuration_type = VolumesConfiguration
    story = "intertwine.studies.volumes.story"
    presets: ClassVar = PRESETS
    hidden_presets = frozenset({"tiny"})

    def steps(self, configuration: VolumesConfiguration, seed: int) -> Sequence[Step]:
        return all_steps(configuration, seed)
