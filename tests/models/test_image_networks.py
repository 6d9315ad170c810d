"""Steerable networks on images and volumes: what they are invariant to, and what not."""

from __future__ import annotations

import jaxtyping
import numpy as np
import pytest
import torch
from pydantic import ValidationError

import intertwine as tw
from intertwine.errors import IntertwineError
from intertwine.models.h_net import HNet, HNetConfig
from intertwine.models.image_cnn import ImageCNN
from intertwine.models.image_network_config import ImageNetworkConfig, Stage
from intertwine.models.steerable_cnn import SteerableCNN
from intertwine.testing import field_equivariance_error

STAGES = (Stage(channels=2, kernel=5, pool=True), Stage(channels=3, kernel=3))


def _network(group: str, fields: str = "regular", **options: object) -> SteerableCNN:
    torch.manual_seed(0)
    return SteerableCNN(ImageNetworkConfig(group=group, fields=fields, stages=STAGES, head=(8,), **options))


def _error(network: torch.nn.Module, group: str, sites: tuple[int, ...] = (12, 12)) -> float:
    G = tw.group(group)
    trivial = tw.Rep(G, [(1, G.trivial)])
    scores = tw.Rep(G, [(10, G.trivial)])
    return field_equivariance_error(network, trivial, scores, sites)


@pytest.mark.parametrize(
    ("group", "fields", "options"),
    [
        ("C4", "regular", {"kernels": "stencil"}),
        ("D4", "regular", {"kernels": "stencil"}),
        ("C8", "regular", {}),
        ("C16", "regular", {}),
        ("D8", "regular", {}),
        ("SO(2)", "0 + 1 + 2", {}),
        ("O(2)", "0e + 1 + 2", {}),
    ],
)
def test_invariant_to_rounding(group: str, fields: str, options: dict[str, object]) -> None:
    network = _network(group, fields, **options)
    assert _error(network, group) < 1e-12
    assert _error(network, group, (13, 13)) < 1e-12
    if group in ("C4", "C8", "C16", "SO(2)"):
        assert _error(network, "D4") > 1e-3  # no reflections
    images = torch.randn(3, 1, 12, 12)
    network.train()(images)
    exported = network.eval().export()
    torch.testing.assert_close(exported(images), network(images), rtol=1e-4, atol=1e-4)
    network.train()(images).square().mean().backward()
    assert all(p.grad is not None for p in network.parameters())


def test_volumes_and_restriction() -> None:
    network = SteerableCNN(
        ImageNetworkConfig(
            group="SO(3)", fields="0 + 1", dimension=3, head=(8,),
            stages=(Stage(channels=2, kernel=3, pool=True), Stage(channels=2, kernel=3)),
        )
    )  # fmt: skip
    error = _error(network, "SO(3)", (7, 7, 7))
    assert error < 0.05  # its Fourier activation samples the icosahedron, which quarter turns do not keep
    assert _error(_network("O", dimension=3, kernels="stencil"), "O", (6, 6, 6)) < 1e-12
    stages = (Stage(channels=2, kernel=5), Stage(channels=2, kernel=3, restrict="C4"))
    restricted = SteerableCNN(ImageNetworkConfig(group="D4", stages=stages, head=(8,)))
    assert _error(restricted, "C4", (8, 8)) < 1e-12
    assert _error(restricted, "D4", (8, 8)) > 1e-4


def test_plain_networks_are_not_invariant() -> None:
    network = ImageCNN(ImageNetworkConfig(group="C1", stages=STAGES, head=(8,)))
    assert _error(network, "C4") > 1e-3


def test_h_net() -> None:
    network = HNet(HNetConfig(channels=(2, 3, 4)))
    assert _error(network, "SO(2)") < 1e-12
    assert HNet(HNetConfig()).n_parameters in range(25_000, 45_000)
    broken = HNet(HNetConfig(channels=(2, 3, 4)))
    with torch.no_grad():
        broken.body[0].harmonics.exact[0, 0, 1, 0, 3] += 0.5
    broken.double()
    assert _error(broken, "SO(2)") > 1e-4


def test_compiles_to_one_graph(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)  # shape checks are no part of a graph
    network = _network("C4").eval()
    images = torch.randn(2, 1, 12, 12)
    compiled = torch.compile(network, fullgraph=True, backend="eager")
    torch.testing.assert_close(compiled(images), network(images), rtol=1e-4, atol=1e-4)


def test_refusals() -> None:
    with pytest.raises((ValidationError, IntertwineError)):
        ImageNetworkConfig(group="C4", stages=())
    with pytest.raises(IntertwineError, match="does not take the lattice to itself"):
        _network("C8", kernels="stencil")
    assert np.isfinite(_network("C4").n_parameters)
