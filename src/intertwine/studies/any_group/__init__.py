"""The study `any-group`: one class of network on O(5), Sp(4), SU(3), G2, F4, SO(1,3) and S5, beside perceptrons.

`configuration` and its presets; the functions to learn in `targets`; the steps in `sampling` and `training`, with
`networks` and the batched `ensemble`; what is read from them in `results`; the report in `figures` and `story`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from intertwine.studies.any_group.configuration import PRESETS, AnyGroupConfiguration
from intertwine.studies.any_group.sampling import sampling_steps
from intertwine.studies.any_group.training import training_steps
from intertwine.studies.step import Step
from intertwine.studies.study import Study


class AnyGroup(Study[AnyGroupConfiguration]):
    """Invariant and equivariant regressions for any group, with one network."""

    name = "any-group"
    title = "one network for any group"
    source = "this project; after Finzi et al., arXiv:2104.09459"
    configuration_type = AnyGroupConfiguration
    presets: ClassVar = PRESETS
    hidden_presets = frozenset({"tiny"})
    story = "intertwine.studies.any_group.story"

    def steps(self, configuration: AnyGroupConfiguration, seed: int) -> Sequence[Step]:
        return [*sampling_steps(configuration, seed), *training_steps(configuration, seed)]
