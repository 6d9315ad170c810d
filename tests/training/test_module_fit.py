"""fit_module: it fits, keeps the best weights, and goes on from a checkpoint to the last bit."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from intertwine.errors import ConfigurationError, DataError
from intertwine.training import FitSettings, ModuleFit, fit_module
from intertwine.training.ensemble_fit import Progress

SETTINGS = FitSettings(steps=300, batch_size=16, learning_rate=1e-2, warmup=10, evaluate_every=25)
X = torch.linspace(-2, 2, 64).unsqueeze(1)
Y = torch.sin(2 * X)


def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(1, 32), nn.Tanh(), nn.Dropout(0.01), nn.Linear(32, 1))


def fit(net: nn.Module, settings: FitSettings = SETTINGS, **options: object) -> ModuleFit:
    def loss(chosen: Tensor) -> Tensor:
        return (net(X[chosen]) - Y[chosen]).square().mean()

    torch.manual_seed(1)
    return fit_module(net, loss, len(X), lambda: float((net(X) - Y).square().mean()), settings, 3, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("averaging", [0.0, 0.9])
def test_it_fits_and_keeps_the_best_weights(averaging: float) -> None:
    net = network()
    found = fit(net, averaging=averaging)
    assert found.validation_loss < 0.02
    assert found.validation_loss == min(found.history["validation"])
    assert float((net(X) - Y).square().mean().detach()) == pytest.approx(found.validation_loss)
    assert found.history["step"] == list(range(25, 301, 25))


@pytest.mark.parametrize("averaging", [0.0, 0.9])
def test_an_interrupted_fit_ends_where_an_uninterrupted_one_does(tmp_path: Path, averaging: float) -> None:
    whole, parted, file = network(), network(), tmp_path / "fit.checkpoint"
    expected = fit(whole, averaging=averaging)

    def stop(progress: Progress) -> None:
        if progress.step == 100:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit(parted, averaging=averaging, checkpoint=file, on_progress=stop)
    again = network()
    found = fit(again, averaging=averaging, checkpoint=file)
    assert found.history == expected.history
    for one, two in zip(whole.parameters(), again.parameters(), strict=True):
        assert torch.equal(one, two)
    with pytest.raises(DataError, match="the checkpoint of another fit"):
        fit(network(), averaging=averaging, checkpoint=file, key="another")


def test_patience_and_errors() -> None:
    lazy = SETTINGS.model_copy(update={"learning_rate": 1e-12, "patience": 50})
    assert len(fit(network(), lazy).history["step"]) <= 6
    with pytest.raises(ConfigurationError, match="not a decay"):
        fit(network(), averaging=1.0)
    wild = SETTINGS.model_copy(update={"learning_rate": 1e30})
    with pytest.raises(DataError, match="the loss at step 25 is not finite"):
        fit(network(), wild)
