"""The networks that are compared, made by name for any group and task."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn

    from intertwine.studies.any_group.configuration import AnyGroupConfiguration, GroupCase


def make_network(configuration: AnyGroupConfiguration, case: GroupCase, task: str, name: str, seed: int) -> nn.Module:
    """float32, initialised by the seed. "equivariant" is one class for every group."""
    import torch

    from intertwine.models.equivariant_perceptron import EquivariantPerceptron
    from intertwine.nn.multilayer_perceptron import multilayer_perceptron
    from intertwine.studies.any_group.targets import representations

    c = configuration
    rep_in, rep_out = representations(case, task)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        if name == "equivariant":
            return EquivariantPerceptron(
                rep_in, rep_out, channels=c.channels, layers=c.layers, dtype=torch.float32, device="cpu"
            )
        return multilayer_perceptron([rep_in.dim, *[c.mlp_width] * c.mlp_layers, rep_out.dim])
