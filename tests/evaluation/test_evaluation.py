"""Metrics, bands and the translation error."""

from __future__ import annotations

import math

import pytest
import torch

from intertwine.errors import ConfigurationError, DataError
from intertwine.evaluation import Band, regression_metrics, translation_error
from intertwine.models.lattice_cnn import LatticeCNN, LatticeCNNConfig


def test_regression_metrics_by_hand():
    targets = torch.tensor([[0.0, 1.0], [2.0, 1.0]])
    metrics = regression_metrics(torch.tensor([[1.0, 1.0], [2.0, 2.0]]), targets)
    assert metrics.mean_squared_error == [0.5, 0.5]
    assert metrics.mean_absolute_error == [0.5, 0.5]
    assert metrics.bias == [0.5, 0.5]
    assert metrics.determination[0] == 0.5
    assert math.isnan(metrics.determination[1])
    assert metrics.mean == 0.5
    with pytest.raises(DataError, match="No predictions"):
        regression_metrics(targets[:0], targets[:0])


def test_band():
    assert Band.of([4.0, 1.0, 2.0, 9.0]) == Band(1.0, 9.0, 4.0, 3.0)
    with pytest.raises(DataError, match="values"):
        Band.of([])


def test_translation_error_tells_the_families_apart():
    fields = torch.randn(3, 2, 8, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(0))

    def network(family, **layer):
        config = LatticeCNNConfig(family=family, sites=(8, 4), in_channels=2, layers=[{"channels": 4} | layer])
        return LatticeCNN(config, generator=torch.Generator().manual_seed(1), dtype=torch.float64)

    assert translation_error(network("EQ"), fields) < 1e-13
    assert translation_error(network("ST", stride=2), fields) > 1e-3
    assert translation_error(network("ST", stride=2), fields, step=(2, 2)) < 1e-13
    assert translation_error(network("FL"), fields, max_translations=5) > 1e-3
    with pytest.raises(ConfigurationError, match="No translation"):
        translation_error(network("EQ"), fields, step=(8, 4))
