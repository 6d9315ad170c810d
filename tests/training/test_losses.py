"""Cross entropy, first order and second."""

from __future__ import annotations

import warnings

import pytest
import torch

from intertwine.errors import DataError
from intertwine.models.lattice_cnn_config import ConvolutionLayer, LatticeCNNConfig
from intertwine.training import (
    FitSettings,
    LatticeData,
    LevenbergMarquardtSettings,
    finish_levenberg_marquardt,
    fit_ensemble,
    predict_ensemble,
)
from intertwine.training.deviance_residuals import DevianceResiduals, deviance
from intertwine.training.losses import mean_losses, pointwise_loss
from intertwine.training.patch_residuals import PatchResiduals, residuals_for
from intertwine.training.residuals import Residuals

CONFIG = LatticeCNNConfig(
    family="EQ", sites=(4, 4), in_channels=2, out_features=1, layers=(ConvolutionLayer(channels=3, kernel=2),),
    global_pooling="sum", bias=False,
)  # fmt: skip


def classes(n: int = 60, seed: int = 0, soft: float = 0.0) -> LatticeData:
    """Integer fields; class 1 has a positive sum in the first channel."""
    generator = torch.Generator().manual_seed(seed)
    fields = torch.randint(-1, 2, (n, 2, 4, 4), generator=generator).double()
    labels = (fields[:, 0].sum((1, 2)) > 0).double()[:, None]
    return LatticeData(fields, soft + (1 - 2 * soft) * labels)


def test_cross_entropy_is_minus_the_logarithm_of_the_probability() -> None:
    outputs = torch.tensor([[[0.3], [-2.0], [40.0]]], dtype=torch.float64)
    targets = torch.tensor([[1.0], [0.0], [0.25]], dtype=torch.float64)
    p = torch.sigmoid(outputs)
    wanted = -(targets * p.log() + (1 - targets) * (1 - p + 1e-300).log())
    got = pointwise_loss("binary_cross_entropy", outputs, targets)
    torch.testing.assert_close(got[:, :2], wanted[:, :2])
    assert float(got[0, 2, 0]) == pytest.approx(0.75 * 40)
    assert float(mean_losses("binary_cross_entropy", outputs, targets)[0]) == pytest.approx(float(got.mean()))
    squared = pointwise_loss("mean_squared_error", outputs, targets)
    torch.testing.assert_close(squared, (outputs - targets) ** 2)


def test_targets_outside_of_zero_to_one_are_refused() -> None:
    data = LatticeData(classes().features, classes().targets * 5)
    with pytest.raises(DataError, match="probabilities"):
        fit_ensemble(CONFIG, 1, data, data, FitSettings(steps=1, loss="binary_cross_entropy"), 0)


def test_a_classifier_learns_and_its_outputs_are_logits() -> None:
    train, held_out = classes(200), classes(100, seed=1)
    settings = FitSettings(steps=300, batch_size=50, learning_rate=2e-2, loss="binary_cross_entropy")
    result = fit_ensemble(CONFIG, 2, train, held_out, settings, 0)
    assert (result.buffers["output_scale"] == 1).all()
    assert (result.buffers["output_shift"] == 0).all()
    outputs = predict_ensemble(result, held_out.features)
    assert (((outputs > 0) == (held_out.targets > 0.5)).double().mean(dim=(1, 2)) > 0.9).all()
    losses = mean_losses("binary_cross_entropy", outputs, held_out.targets)
    torch.testing.assert_close(losses, result.validation_loss, rtol=1e-4, atol=1e-6)
    squared = fit_ensemble(CONFIG, 2, train, held_out, settings.model_copy(update={"loss": "mean_squared_error"}), 0)
    assert not torch.allclose(squared.validation_loss, result.validation_loss, rtol=1e-2)


@pytest.mark.parametrize("goal", [0.0, 1.0, 0.01, 0.6])
def test_deviance_squares_to_the_divergence_and_its_slope_is_the_derivative(goal: float) -> None:
    logit = torch.linspace(-9, 9, 41, dtype=torch.float64, requires_grad=True)
    target = torch.full_like(logit, goal)
    value, slope = deviance(logit, target)
    cross = torch.nn.functional.binary_cross_entropy_with_logits(logit, target, reduction="none")
    entropy = torch.special.entr(target) + torch.special.entr(1 - target)
    torch.testing.assert_close(value**2, cross - entropy, atol=1e-12, rtol=1e-9)
    shifted, _ = deviance(logit.detach() + 1e-6, target)
    before, _ = deviance(logit.detach() - 1e-6, target)
    torch.testing.assert_close(slope.detach(), (shifted - before) / 2e-6, atol=1e-6, rtol=1e-5)


def test_deviance_is_smooth_through_its_zero() -> None:
    zero = torch.logit(torch.tensor(0.01, dtype=torch.float64))
    steps = torch.tensor([-1e-3, -1e-5, -1e-7, 0.0, 1e-7, 1e-5, 1e-3], dtype=torch.float64)
    value, slope = deviance(zero + steps, torch.full_like(steps, 0.01))
    torch.testing.assert_close(value, steps * (0.5 * 0.01 * 0.99) ** 0.5, rtol=2e-3, atol=1e-12)
    torch.testing.assert_close(slope, torch.full_like(slope, (0.5 * 0.01 * 0.99) ** 0.5), rtol=2e-3, atol=0)


def test_jacobian_of_deviance_residuals_is_the_derivative_of_their_values() -> None:
    data = classes(30, soft=0.05)
    model = fit_ensemble(CONFIG, 1, data, data, FitSettings(steps=1, loss="binary_cross_entropy"), 0)
    residuals = residuals_for(model.to(torch.float64).instance(0), data, loss="binary_cross_entropy")
    assert isinstance(residuals, DevianceResiduals)
    assert isinstance(residuals.linear, PatchResiduals)
    theta, generator = residuals.vector(), torch.Generator().manual_seed(1)
    direction = torch.randn(len(theta), generator=generator, dtype=torch.float64)
    numeric = (residuals.values(theta + 1e-6 * direction) - residuals.values(theta - 1e-6 * direction)) / 2e-6
    jacobian = residuals.jacobian(theta)
    torch.testing.assert_close(jacobian @ direction, numeric, atol=1e-8, rtol=1e-6)
    with warnings.catch_warnings():  # torch's own, on the first forward derivative in a process
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.testing.assert_close(residuals.forward_product(theta, direction), jacobian @ direction)
    cotangent = torch.randn(len(numeric), generator=generator, dtype=torch.float64)
    torch.testing.assert_close(residuals.backward_product(theta, cotangent), jacobian.mT @ cotangent)


def test_patch_residuals_without_biases_are_the_plain_ones() -> None:
    config = CONFIG.model_copy(
        update={"layers": (*CONFIG.layers, ConvolutionLayer(channels=4, kernel=1)), "out_features": 1}
    )
    data = classes(20)
    model = fit_ensemble(config, 1, data, data, FitSettings(steps=1), 0).to(torch.float64).instance(0)
    fast, plain = PatchResiduals(model, data), Residuals(model, data)
    theta = plain.vector()
    torch.testing.assert_close(fast.values(theta), plain.values(theta))
    torch.testing.assert_close(fast.jacobian(theta), plain.jacobian(theta))


def test_the_finisher_minimises_the_cross_entropy() -> None:
    train, held_out = classes(200, soft=0.02), classes(80, seed=1, soft=0.02)
    fitted = fit_ensemble(CONFIG, 1, train, held_out, FitSettings(steps=30, loss="binary_cross_entropy"), 0)
    settings = LevenbergMarquardtSettings(iterations=15, loss="binary_cross_entropy")
    finished = finish_levenberg_marquardt(fitted, train, held_out, settings)
    entropy = float(torch.special.entr(torch.tensor(0.02)) + torch.special.entr(torch.tensor(0.98)))
    assert float(finished.validation_loss[0]) < 0.7 * (float(fitted.validation_loss[0]) - entropy)
    outputs = predict_ensemble(finished, held_out.features)
    whole = mean_losses("binary_cross_entropy", outputs, held_out.targets)
    assert float(whole[0]) - entropy == pytest.approx(float(finished.validation_loss[0]), rel=1e-6)
