"""The study `water-tensors`: dipole, polarisability and hyperpolarisabilities of water, of rank 1 to 4.

`configuration` and its presets; `tensors` by irreps; the `data`; the `networks`; the steps in `training`; what kernel
methods reach in `references`; the report in `figures` and `story`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from intertwine.studies.step import Step
from intertwine.studies.study import Study
from intertwine.studies.water_tensors.configuration import PRESETS, WaterTensorsConfiguration


class WaterTensors(Study[WaterTensorsConfiguration]):
    """Learning curves of one network a rank and of one for several, beside perceptrons and SA-GPR."""

    name = "water-tensors"
    title = "response tensors of water, rank 1 to 4"
    source = "Grisafi et al., Phys. Rev. Lett. 120, 036002 (2018)"
    configuration_type = WaterTensorsConfiguration
    story = "intertwine.studies.water_tensors.story"
    presets: ClassVar = PRESETS
    hidden_presets = frozenset({"tiny"})

    def steps(self, configuration: WaterTensorsConfiguration, seed: int) -> Sequence[Step]:
        from intertwine.studies.water_tensors.data import data_step
        from intertwine.studies.water_tensors.training import training_steps

        return [data_step(configuration), *training_steps(configuration, seed)]
