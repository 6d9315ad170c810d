"""The studies `open-worm` and `worm-counting`: violations of flux conservation, seen and counted (2103.14686).

`configuration` and its presets; the steps in `sampling`, `matching`, `training`, `testing` and `dissection`; what is
read from them in `results`; the report in `figures`, `worm_figure` and `story`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from intertwine.studies.step import Step
from intertwine.studies.study import Study
from intertwine.studies.worms.configuration import COUNTING_PAPER, DETECTION_PAPER, WormsConfiguration, presets
from intertwine.studies.worms.dissection import dissection_steps
from intertwine.studies.worms.matching import matching_steps
from intertwine.studies.worms.sampling import sampling_steps
from intertwine.studies.worms.testing import testing_steps
from intertwine.studies.worms.training import training_steps


class _Worms(Study[WormsConfiguration]):
    """What both studies share; they differ in the configuration."""

    source = "Bulusu et al., arXiv:2103.14686"
    configuration_type = WormsConfiguration
    hidden_presets = frozenset({"tiny"})
    story = "intertwine.studies.worms.story"

    def steps(self, configuration: WormsConfiguration, seed: int) -> Sequence[Step]:
        detecting = configuration.task == "detection"
        return [
            *sampling_steps(configuration, seed),
            *(matching_steps(configuration) if detecting else []),
            *training_steps(configuration, seed),
            *testing_steps(configuration),
            *(dissection_steps(configuration) if detecting else []),
        ]


class OpenWorm(_Worms):
    """Tell configurations with one open worm from closed ones."""

    name = "open-worm"
    title = "detecting a violation of flux conservation"
    presets: ClassVar = presets(DETECTION_PAPER)


class WormCounting(_Worms):
    """Count open worms, having seen none and five."""

    name = "worm-counting"
    title = "counting violations of flux conservation"
    presets: ClassVar = presets(COUNTING_PAPER)
