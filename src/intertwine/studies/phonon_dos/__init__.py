"""The study `phonon-dos`: crystals to their phonon density of states, and the heat capacity that follows.

`configuration` and its presets; the `crystals`, read or generated; what networks see of them (`data`); the `networks`;
the steps in `training`; what they found in `results`; the report in `figures` and `story`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from intertwine.studies.phonon_dos.configuration import PRESETS, PhononDosConfiguration
from intertwine.studies.phonon_dos.crystals import crystal_step
from intertwine.studies.phonon_dos.training import training_steps
from intertwine.studies.step import Step
from intertwine.studies.study import Study


class PhononDos(Study[PhononDosConfiguration]):
    """Cross-validated spectra and heat capacities, beside networks that see lengths only or know no symmetry."""

    name = "phonon-dos"
    title = "crystals to phonon densities of states"
    source = "Chen et al., Adv. Sci. 8, 2004214 (2021), arXiv:2009.05163"
    configuration_type = PhononDosConfiguration
    story = "intertwine.studies.phonon_dos.story"
    presets: ClassVar = PRESETS
    hidden_presets = frozenset({"tiny"})

    def steps(self, configuration: PhononDosConfiguration, seed: int) -> Sequence[Step]:
        return [crystal_step(configuration, seed), *training_steps(configuration, seed)]
