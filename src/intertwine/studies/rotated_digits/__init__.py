"""The study `rotated-digits`: classification of rotated MNIST by plain, group and steerable networks.

`configuration` and its presets; the steps in `training`; the report in `story`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from intertwine.studies.rotated_digits.configuration import PRESETS, RotatedDigitsConfiguration
from intertwine.studies.rotated_digits.training import all_steps
from intertwine.studies.step import Step
from intertwine.studies.study import Study

if TYPE_CHECKING:
    from intertwine.report.content import Content
    from intertwine.studies.store import Store


class RotatedDigitsStudy(Study[RotatedDigitsConfiguration]):
    """Error and parameters against training size, and error against the angle after training on upright digits."""

    name = "rotated-digits"
    title = "classification of rotated digits"
    source = "arXiv:1602.07576, 1612.04642, 1911.08251"
    configuration_type = RotatedDigitsConfiguration
    presets: ClassVar = PRESETS
    hidden_presets = frozenset({"tiny"})

    def steps(self, configuration: RotatedDigitsConfiguration, seed: int) -> Sequence[Step]:
        return all_steps(configuration, seed)

    def summary(self, configuration: RotatedDigitsConfiguration, results: Store) -> list[dict[str, str]]:
        from intertwine.studies.rotated_digits.story import summary_rows

        return summary_rows(configuration, results)

    def content(self, configuration: RotatedDigitsConfiguration, results: Store, out: Path) -> Content:
        from intertwine.studies.rotated_digits.story import tell

        return tell(configuration, results)
