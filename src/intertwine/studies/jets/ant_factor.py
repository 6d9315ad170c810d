"""The study `ant-factor`: background rejection per parameter of partly equivariant networks (2203.06153, figure 3)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from intertwine.studies.jets.configuration import QUICK, TINY, JetsConfiguration, NetworkChoice
from intertwine.studies.jets.data import data_steps
from intertwine.studies.jets.training import training_steps, tuning_steps
from intertwine.studies.step import Step
from intertwine.studies.study import Study


class AntFactorConfiguration(JetsConfiguration):
    """Parameters of `ant-factor`; networks are named "equivariant channels + unconstrained channels"."""

    equivariant: tuple[int, ...]
    unconstrained: tuple[int, ...]
    instances: int = 3
    signal_efficiency: float = 0.3


def cell(equivariant: int, unconstrained: int) -> str:
    """Name of the network with so many channels of each kind."""
    return f"{equivariant}+{unconstrained}"


def grid(equivariant: tuple[int, ...], unconstrained: tuple[int, ...], **options: Any) -> dict[str, Any]:
    """VecNet with every pair of numbers of channels, none and none left out."""
    return {
        "equivariant": equivariant,
        "unconstrained": unconstrained,
        "networks": {
            cell(e, u): NetworkChoice(kind="vec-net", options={"equivariant": e, "unconstrained": u, **options})
            for e in equivariant
            for u in unconstrained
            if e + u > 0
        },
    }


class AntFactor(Study[AntFactorConfiguration]):
    """Which mixture of equivariant and unconstrained channels rejects most background per parameter."""

    name = "ant-factor"
    title = "background rejection per parameter of partly equivariant networks"
    source = "Bogatskiy et al., arXiv:2203.06153, figure 3; Murnane, Thais & Wong, arXiv:2202.06941"
    configuration_type = AntFactorConfiguration
    hidden_presets = frozenset({"tiny"})
    story = "intertwine.studies.jets.ant_factor_story"

    def steps(self, configuration: AntFactorConfiguration, seed: int) -> Sequence[Step]:
        c = configuration
        return [
            *data_steps(c),
            *tuning_steps(c, seed, c.n_training),
            *training_steps(c, seed, {c.n_training: c.instances}),
        ]

    presets: ClassVar = {
        "quick": AntFactorConfiguration(
            **{**QUICK, "steps": 100}, instances=1, **grid((0, 2, 8), (0, 2, 8), layers=2, head=16)
        ),
        "standard": AntFactorConfiguration(
            n_training=4_000, n_validation=1_000, n_test=10_000, steps=400, batch_size=32, instances=1, particles=30,
            learning_rates=(3e-3,), evaluations=6, **grid((0, 2, 4, 8), (0, 2, 4, 8)),
        ),
        "paper": AntFactorConfiguration(
            n_training=100_000, n_validation=20_000, n_test=80_000, steps=25_000, batch_size=128,
            **grid((0, 1, 2, 4, 8, 16, 32, 64), (0, 1, 2, 4, 8, 16, 32, 64)),
        ),
        "tiny": AntFactorConfiguration(**TINY, instances=1, **grid((0, 2), (0, 2), layers=1, head=4)),
    }  # fmt: skip
