"""The study `inertia-tensor`: point masses to their moment of inertia, type 0 → 0 ⊕ 2.

`configuration` and its presets; `data`; the `networks`; the steps in `training`; the report in `figures` and `story`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from intertwine.studies.inertia_tensor.configuration import PRESETS, InertiaTensorConfiguration
from intertwine.studies.inertia_tensor.training import training_steps
from intertwine.studies.step import Step
from intertwine.studies.study import Study


class InertiaTensor(Study[InertiaTensorConfiguration]):
    """Learning curves of a tensor field network beside perceptrons, on other numbers of points and turned clouds."""

    name = "inertia-tensor"
    title = "point masses to moments of inertia"
    source = "Thomas et al., arXiv:1802.08219, section 5.2"
    configuration_type = InertiaTensorConfiguration
    story = "intertwine.studies.inertia_tensor.story"
    presets: ClassVar = PRESETS
    hidden_presets = frozenset({"tiny"})

    def steps(self, configuration: InertiaTensorConfiguration, seed: int) -> Sequence[Step]:
        return training_steps(configuration, seed)
