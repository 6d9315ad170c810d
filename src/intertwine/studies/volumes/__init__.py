"""The study `volumes`: generated solids, trained upright and tested in every pose.

`configuration` with its presets; steps and report in `training`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from intertwine.studies.step import Step
from intertwine.studies.study import Study
from intertwine.studies.volumes.configuration import PRESETS, VolumesConfiguration
from intertwine.studies.volumes.training import all_steps

if TYPE_CHECKING:
    from intertwine.report.content import Content
    from intertwine.studies.store import Store


class Volumes(Study[VolumesConfiguration]):
    """Error on turned solids of plain and steerable networks that were trained on upright, or on turned ones."""

    name = "volumes"
    title = "solids in every pose"
    source = "this project; after Weiler et al., arXiv:1807.02547"
    configuration_type = VolumesConfiguration
    presets: ClassVar = PRESETS
    hidden_presets = frozenset({"tiny"})

    def steps(self, configuration: VolumesConfiguration, seed: int) -> Sequence[Step]:
        return all_steps(configuration, seed)

    def summary(self, configuration: VolumesConfiguration, results: Store) -> list[dict[str, str]]:
        from intertwine.studies.volumes.story import summary_rows

        return summary_rows(configuration, results)

    def content(self, configuration: VolumesConfiguration, results: Store, out: Path) -> Content:
        from intertwine.studies.volumes.story import tell

        return tell(configuration, results)
