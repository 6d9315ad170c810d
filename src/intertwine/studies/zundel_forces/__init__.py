"""The study `zundel-forces`: energies and forces of H5O2⁺, and molecular dynamics with what was learnt.

`configuration` and its presets; the `data`; potentials in `networks`; the steps in `training` and `dynamics`, with what
is looked at in `watchers`; the report in `figures` and `story`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from intertwine.studies.step import Step
from intertwine.studies.study import Study
from intertwine.studies.zundel_forces.configuration import PRESETS, ZundelForcesConfiguration


class ZundelForces(Study[ZundelForcesConfiguration]):
    """Learning curves of an equivariant and an invariant potential, and dynamics at constant energy."""

    name = "zundel-forces"
    title = "energies, forces and dynamics of H5O2⁺"
    source = "Batzner et al., arXiv:2101.03164; Schütt et al., arXiv:1706.08566"
    configuration_type = ZundelForcesConfiguration
    story = "intertwine.studies.zundel_forces.story"
    presets: ClassVar = PRESETS
    hidden_presets = frozenset({"tiny"})

    def steps(self, configuration: ZundelForcesConfiguration, seed: int) -> Sequence[Step]:
        from intertwine.studies.zundel_forces.data import data_step
        from intertwine.studies.zundel_forces.dynamics import dynamics_steps
        from intertwine.studies.zundel_forces.training import training_steps

        return [data_step(configuration), *training_steps(configuration, seed), *dynamics_steps(configuration, seed)]
