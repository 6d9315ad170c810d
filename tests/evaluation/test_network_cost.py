"""Parameters, operations, kept memory by hand; the ant factor of published networks."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from intertwine.errors import ConfigurationError, DataError
from intertwine.evaluation import ant_factor, count_flops, count_parameters, network_cost, roc
from intertwine.evaluation.cost import kept_bytes, median_seconds
from intertwine.evaluation.power_to_weight import SIGNAL_EFFICIENCY


def net() -> nn.Module:
    return nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 1))


def test_counts_by_hand() -> None:
    network = net()
    assert count_parameters(network) == 8 * 16 + 16 + 16 + 1
    network[0].requires_grad_(False)
    assert count_parameters(network) == 17
    x = torch.randn(5, 8)
    assert count_flops(network, x) == 2 * 5 * (8 * 16 + 16)
    network[0].requires_grad_(True)
    # ReLU keeps its output, which the second layer keeps too: once
    assert kept_bytes(network, x) == 5 * 16 * 4


def test_cost_of_a_batch() -> None:
    network = net().train()
    cost = network_cost(network, torch.randn(5, 8), repeats=2)
    assert network.training
    assert cost.parameters == 161
    assert cost.flops == 2 * (8 * 16 + 16)
    assert cost.activations == 16 * 4
    assert cost.latency > 0
    assert cost.throughput > 0
    with pytest.raises(ConfigurationError, match="repeat"):
        median_seconds(lambda: None, 0)


def test_ant_factor_of_published_networks() -> None:
    assert ant_factor(1298, 498_000) == pytest.approx(260, rel=0.01)
    assert ant_factor(435, 4_500) == pytest.approx(9667, rel=0.01)
    with pytest.raises(DataError, match="without parameters"):
        ant_factor(100, 0)


def test_ant_factor_by_hand() -> None:
    """Three of ten signal jets lie above 0.65, and two of ten background jets: 1/ε_B = 5; 50 parameters."""
    signal = np.arange(20) < 10
    scores = np.concatenate([[0.9, 0.8, 0.7], np.linspace(0.1, 0.6, 7), [0.95, 0.75], np.linspace(0.05, 0.55, 8)])
    rejection = roc(scores, signal).rejection(SIGNAL_EFFICIENCY)
    assert rejection == pytest.approx(5)
    assert ant_factor(rejection, 50) == pytest.approx(10_000)
    assert ant_factor(rejection, 50, scale=1) == pytest.approx(0.1)
    network = nn.Linear(4, 10)
    network.bias.requires_grad_(False)  # what is not trained does not count
    assert ant_factor(rejection, count_parameters(network)) == pytest.approx(12_500)
    assert roc(scores, signal).rejection(0.5) != pytest.approx(5)  # another working point is another factor
