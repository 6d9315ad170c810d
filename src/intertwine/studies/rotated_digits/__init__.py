"""The study `rotated-digits`: classification of rotated MNIST by plain, group and steerable networks.

`configuration` and its presets; the steps in `training`; the report in `story`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from intertwine.studies.rotated_digits.configuration import PRESETS, RotatedDigitsConfiguration
from intertwine.studies.rotated_digits.training import all_steps
from intertwine.studies.step import Step
from intertwine.studies.study import Study


class RotatedDigitsStudy(Study[RotatedDigitsConfiguration]):
    """Error and parameters against training size, and error against the angle after training on upright digits."""

    name = "rotated-digits"
    title = "classification of rotated digits"
    source = "arXiv:1602.07576, 1612.04642, 1911.08251"
    configuration_type = RotatedDigitsConfiguration
    story = "intertwine.studies.rotated_digits.story"
    presets: ClassVar = PRESETS
    hidden_presets = frozenset({"tiny"})

    def steps(self, configuration: RotatedDigitsConfiguration, seed: int) -> Sequence[Step]:
        return all_steps(configuration, seed)
