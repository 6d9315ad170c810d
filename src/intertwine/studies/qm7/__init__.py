"""The study `qm7`: atomisation energies of small organic molecules.

`configuration` and its presets; the `data` and folds; `kernels` of Coulomb matrices; batches of `molecules` and the
networks' `training`; published errors in `references`; the report in `figures` and `story`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from intertwine.studies.qm7.configuration import PRESETS, QM7Configuration
from intertwine.studies.step import Step
from intertwine.studies.study import Study


class QM7(Study[QM7Configuration]):
    """Learning curves of an equivariant and an invariant network beside kernels, own and published."""

    name = "qm7"
    title = "atomisation energies of small organic molecules"
    source = "Rupp et al., Phys. Rev. Lett. 108, 058301 (2012)"
    configuration_type = QM7Configuration
    story = "intertwine.studies.qm7.story"
    presets: ClassVar = PRESETS
    hidden_presets = frozenset({"tiny"})

    def steps(self, configuration: QM7Configuration, seed: int) -> Sequence[Step]:
        from intertwine.studies.qm7.data import data_step
        from intertwine.studies.qm7.kernels import kernel_steps
        from intertwine.studies.qm7.training import training_steps

        return [data_step(configuration), *kernel_steps(configuration, seed), *training_steps(configuration, seed)]
