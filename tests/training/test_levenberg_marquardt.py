"""The finisher: derivatives, solvers, descent to rounding, interruption."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from intertwine.errors import DataError
from intertwine.models.lattice_cnn import LatticeCNN, LatticeCNNConfig
from intertwine.training import FitSettings, LevenbergMarquardtSettings, finish_levenberg_marquardt, fit_ensemble
from intertwine.training.damped_least_squares import DualStep, MatrixFreeStep, NormalStep, QRStep
from intertwine.training.lattice_data import LatticeData, standardise
from intertwine.training.patch_residuals import PatchResiduals, distinct_rows, is_site_local
from intertwine.training.residuals import Residuals
from training.lattice_samples import samples

# torch builds its forward-mode rules with a function that it has itself deprecated
pytestmark = pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated:DeprecationWarning")

TRAIN, VALIDATION = samples(80, 0), samples(40, 1)
LAYERS = [{"channels": 4, "kernel": 2}, {"channels": 3, "kernel": 1}]
LOCAL = LatticeCNNConfig(family="EQ", sites=(6, 4), in_channels=2, layers=LAYERS)
STRIDED = LatticeCNNConfig(
    family="ST", sites=(6, 4), in_channels=2, global_pooling="sum", activation="softplus",
    layers=[{"channels": 4, "kernel": (3, 2), "stride": 2}, {"channels": 3, "kernel": 1}],
)  # fmt: skip
FLAT = LatticeCNNConfig(family="FL", sites=(6, 4), in_channels=2, layers=[{"channels": 4, "kernel": 2}], head=[3])
FIT = FitSettings(steps=60, batch_size=20, evaluate_every=20, learning_rate=1e-2)


def network(config):
    model = LatticeCNN(config, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    standardise(model, TRAIN)
    return model


@pytest.mark.parametrize("config", [LOCAL, STRIDED, FLAT], ids=["EQ", "ST", "FL"])
def test_jacobian_and_products_against_differences(config):
    fit = Residuals(network(config), TRAIN.subset(7), torch.tensor([1.0, 3.0]), chunk=3)
    theta = fit.vector()
    jacobian = fit.jacobian(theta)
    generator = torch.Generator().manual_seed(1)
    v = torch.randn(len(theta), generator=generator, dtype=torch.float64)
    u = torch.randn(fit.n_residuals, generator=generator, dtype=torch.float64)
    difference = (fit.values(theta + 1e-6 * v) - fit.values(theta - 1e-6 * v)) / 2e-6
    torch.testing.assert_close(jacobian @ v, difference, rtol=1e-6, atol=1e-9)
    torch.testing.assert_close(fit.forward_product(theta, v), jacobian @ v)
    torch.testing.assert_close(fit.backward_product(theta, u), jacobian.mT @ u)


@pytest.mark.parametrize("config", [LOCAL, STRIDED], ids=["EQ", "ST"])
def test_distinct_patches_change_nothing(config):
    assert is_site_local(config)
    model, weights = network(config), torch.tensor([1.0, 3.0])
    plain, fast = Residuals(model, TRAIN, weights, chunk=30), PatchResiduals(model, TRAIN, weights, chunk=30)
    assert len(fast.patches) < TRAIN.features[:, 0].numel()
    theta = plain.vector()
    torch.testing.assert_close(fast.values(theta), plain.values(theta), rtol=1e-12, atol=1e-14)
    torch.testing.assert_close(fast.jacobian(theta), plain.jacobian(theta), rtol=1e-11, atol=1e-13)
    fast.patch_of = fast.patch_of.roll(1, 0)  # a configuration's patches given to its neighbour must show
    assert (fast.values(theta) - plain.values(theta)).abs().max() > 1e-6


def test_what_is_not_site_local_is_not_treated_so():
    assert not is_site_local(FLAT)
    assert not is_site_local(LOCAL.model_copy(update={"head": (3,)}))
    assert not is_site_local(LOCAL.model_copy(update={"global_pooling": "max"}))
    assert not is_site_local(LatticeCNNConfig(**(LOCAL.model_dump() | {"layers": [LAYERS[0], LAYERS[0]]})))


def test_distinct_rows_against_numpy():
    rows = torch.randint(0, 3, (200, 5), generator=torch.Generator().manual_seed(0)).double()
    first, label = distinct_rows(rows)
    assert torch.equal(rows[first][label], rows)
    assert len(first) == len({tuple(row) for row in rows.tolist()})
    wide = torch.rand(50, 12, generator=torch.Generator().manual_seed(0))  # 50 values a column: labels are re-packed
    first, label = distinct_rows(torch.cat([wide, wide]))
    assert len(first) == 50
    assert torch.equal(label[:50], label[50:])


@pytest.mark.parametrize("solver", ["qr", "normal", "dual", "free"])
def test_solvers_minimise_the_damped_problem(solver):
    fit = Residuals(network(LOCAL), TRAIN)
    theta = fit.vector()
    jacobian, residual = fit.jacobian(theta), fit.values(theta)
    scale = torch.linspace(0.5, 2.0, len(theta), dtype=torch.float64)
    damping = 1e-3
    step = {
        "qr": lambda: QRStep(jacobian, residual, scale),
        "normal": lambda: NormalStep(jacobian, residual, scale),
        "dual": lambda: DualStep(jacobian, residual, scale),
        "free": lambda: MatrixFreeStep(fit, theta, residual, scale, iterations=2000, tolerance=1e-13),
    }[solver]()
    delta = step.solve(damping)
    rows = torch.cat([jacobian, damping**0.5 * torch.diag(scale)])
    right = torch.cat([-residual, torch.zeros_like(theta)])
    expected = torch.linalg.lstsq(rows, right[:, None], driver="gelsd").solution[:, 0]
    torch.testing.assert_close(delta, expected, rtol=1e-6, atol=1e-8)
    torch.testing.assert_close(step.gradient, jacobian.mT @ residual)
    wrong = step.solve(10 * damping)
    assert (wrong - expected).abs().max() > 1e-4
    if solver in ("qr", "normal"):
        step.solve(damping)
        bend = step.accelerate(residual, delta)  # with s = r it is half the step itself
        torch.testing.assert_close(bend, 0.5 * delta, rtol=1e-6, atol=1e-8)


def teacher_data(n, seed):
    """Labels from a network of the same architecture: zero error can be reached."""
    data = samples(n, seed)
    teacher = LatticeCNN(LOCAL, generator=torch.Generator().manual_seed(7), dtype=torch.float64)
    with torch.no_grad():
        return LatticeData(data.features, teacher(data.features))


def test_reaches_rounding_where_zero_error_exists():
    train, validation = teacher_data(150, 0), teacher_data(50, 1)
    fitted = fit_ensemble(LOCAL, 1, train, validation, FIT.model_copy(update={"steps": 1}), 0).to(torch.float64)
    teacher = LatticeCNN(LOCAL, generator=torch.Generator().manual_seed(7), dtype=torch.float64)
    generator = torch.Generator().manual_seed(8)
    near = {
        name: (value + 0.05 * torch.randn(value.shape, generator=generator, dtype=torch.float64))[None].detach()
        for name, value in teacher.named_parameters()
    }
    buffers = {name: value[None] for name, value in teacher.named_buffers()}
    start = replace(fitted, parameters=near, buffers=buffers)
    settings = LevenbergMarquardtSettings(iterations=60, patience=None)
    finished = finish_levenberg_marquardt(start, train, validation, settings)
    history = finished.history["instance_0"][0]
    assert history["validation"][0] > 1e-20
    assert finished.validation_loss[0] < 1e-26
    assert history["step"][-1] < 60  # at rounding no damping descends any more
    assert finished.dtype == torch.float64


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"scaling": "columns", "initial_damping": 1e-3},
        {"geodesic": False},
        {"max_dense_bytes": 1, "initial_damping": 1e-4},
        {"target_weighting": "raw"},
    ],
    ids=str,
)
@pytest.mark.parametrize("config", [LOCAL, FLAT], ids=["EQ", "FL"])
def test_every_variant_descends_and_is_never_worse(config, changed):
    fitted = fit_ensemble(config, 1, TRAIN, VALIDATION, FIT, 0)
    settings = LevenbergMarquardtSettings(iterations=15, evaluate_every=1, **changed)
    finished = finish_levenberg_marquardt(fitted, TRAIN, VALIDATION, settings)
    assert finished.validation_loss[0] <= fitted.validation_loss[0]
    costs = finished.history["instance_0"][0]["train"]
    assert costs[-1] < 0.5 * fitted.train_loss[0]


@pytest.mark.parametrize("stop_at", [(0, 4), (0, 8), (1, 6)])
def test_interruption_changes_no_bit(tmp_path, stop_at):
    fitted = fit_ensemble(LOCAL, 2, TRAIN, VALIDATION, FIT, 0)
    settings = LevenbergMarquardtSettings(iterations=8, evaluate_every=2, scaling="columns")
    whole = finish_levenberg_marquardt(fitted, TRAIN, VALIDATION, settings)
    path = tmp_path / "finish.pt"

    def stop(instance, progress):
        if (instance, progress.step) == stop_at:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        finish_levenberg_marquardt(fitted, TRAIN, VALIDATION, settings, checkpoint=path, on_progress=stop)
    resumed = finish_levenberg_marquardt(fitted, TRAIN, VALIDATION, settings, checkpoint=path)
    assert all(torch.equal(whole.parameters[name], resumed.parameters[name]) for name in whole.parameters)
    assert whole.history == resumed.history
    with pytest.raises(DataError, match="another finish"):
        finish_levenberg_marquardt(fitted, VALIDATION, TRAIN, settings, checkpoint=path)
