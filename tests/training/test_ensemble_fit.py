"""Ensemble fits: they learn, they equal separate fits, and an interruption changes no bit."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch

from intertwine.errors import DataError
from intertwine.models.lattice_cnn import LatticeCNNConfig
from intertwine.training import FitResult, FitSettings, fit_ensemble, predict_ensemble
from intertwine.training.augmentation import random_translations, translate
from intertwine.training.ensemble import generator_for
from intertwine.training.ensemble_fit import batch_indices, learning_rate
from training.lattice_samples import samples

CONFIG = LatticeCNNConfig(
    family="EQ", sites=(6, 4), in_channels=2, layers=[{"channels": 8, "kernel": 2}, {"channels": 8, "kernel": 1}]
)
SETTINGS = FitSettings(steps=60, batch_size=20, evaluate_every=20, learning_rate=1e-2, dtype="float64")
TRAIN, VALIDATION = samples(60, 0), samples(30, 1)


class StopHereError(Exception):
    pass


def interrupted(settings, path, stop_at, config=CONFIG):
    def stop(progress):
        if progress.step == stop_at:
            raise StopHereError

    with pytest.raises(StopHereError):
        fit_ensemble(config, 3, TRAIN, VALIDATION, settings, 5, checkpoint=path, on_progress=stop)
    return fit_ensemble(config, 3, TRAIN, VALIDATION, settings, 5, checkpoint=path)


def same(a: FitResult, b: FitResult) -> bool:
    return (
        all(torch.equal(a.parameters[name], b.parameters[name]) for name in a.parameters)
        and torch.equal(a.validation_loss, b.validation_loss)
        and torch.equal(a.train_loss, b.train_loss)
        and a.history == b.history
    )


def test_learns_and_keeps_the_best_step():
    result = fit_ensemble(CONFIG, 3, TRAIN, VALIDATION, SETTINGS.model_copy(update={"steps": 300}), 5)
    assert result.validation_loss.max() < 0.1 * VALIDATION.targets.var(0).mean()
    losses = torch.tensor(result.history["validation"])
    torch.testing.assert_close(losses.amin(0).double(), result.validation_loss)
    assert [result.history["step"][i] for i in losses.argmin(0)] == result.best_step
    errors = (predict_ensemble(result, VALIDATION.features) - VALIDATION.targets).square().mean((1, 2))
    torch.testing.assert_close(errors, result.validation_loss)
    torch.testing.assert_close(
        result.instance(1)(VALIDATION.features), predict_ensemble(result, VALIDATION.features)[1]
    )


def test_instances_side_by_side_equal_instances_alone():
    both = fit_ensemble(CONFIG, 2, TRAIN, VALIDATION, SETTINGS, 5)
    alone = fit_ensemble(CONFIG, 1, TRAIN, VALIDATION, SETTINGS, 5)
    torch.testing.assert_close(both.validation_loss[:1], alone.validation_loss, rtol=1e-8, atol=0)
    assert (both.validation_loss[1] - both.validation_loss[0]).abs() > 1e-6


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("stop_at", [20, 40, 60])
def test_interruption_changes_no_bit(tmp_path, stop_at, dtype):
    config = CONFIG.model_copy(update={"family": "FL"})
    settings = SETTINGS.model_copy(update={"augment": True, "dtype": dtype, "gradient_clip": 0.5, "patience": 1000})
    whole = fit_ensemble(config, 3, TRAIN, VALIDATION, settings, 5)
    resumed = interrupted(settings, tmp_path / "fit.pt", stop_at, config)
    assert same(whole, resumed)
    other = fit_ensemble(config, 3, TRAIN, VALIDATION, settings, 6)
    assert not same(whole, other)  # `same` can tell


def test_a_checkpoint_of_another_fit_is_refused(tmp_path):
    path = tmp_path / "fit.pt"
    fit_ensemble(CONFIG, 1, TRAIN, VALIDATION, SETTINGS, 5, checkpoint=path)
    with pytest.raises(DataError, match="another fit"):
        fit_ensemble(CONFIG, 1, TRAIN, VALIDATION, SETTINGS, 6, checkpoint=path)
    path.write_bytes(b"something else")
    with pytest.raises(DataError, match="Cannot read"):
        fit_ensemble(CONFIG, 1, TRAIN, VALIDATION, SETTINGS, 5, checkpoint=path)


def test_patience_stops_early_and_divergence_is_an_error():
    still = SETTINGS.model_copy(update={"learning_rate": 1e-30, "patience": 20, "steps": 400, "warmup": 1})
    result = fit_ensemble(CONFIG, 1, TRAIN, VALIDATION, still, 5)
    assert result.history["step"][-1] < 400
    wild = SETTINGS.model_copy(update={"learning_rate": 1e300, "warmup": 0})
    with pytest.raises(DataError, match="finite"):
        fit_ensemble(CONFIG, 1, TRAIN, VALIDATION, wild, 5)


def test_results_survive_the_disk(tmp_path):
    result = fit_ensemble(CONFIG, 2, TRAIN, VALIDATION, SETTINGS, 5)
    result.save(tmp_path / "result.pt")
    loaded = FitResult.load(tmp_path / "result.pt")
    assert same(result, loaded)
    assert loaded.config == CONFIG


def test_every_epoch_sees_every_configuration_once():
    seen = torch.cat([batch_indices(10, 3, 0, step) for step in range(3)])
    assert len(set(seen.tolist())) == 9
    assert batch_indices(10, 3, 0, 3).tolist() != batch_indices(10, 3, 0, 0).tolist()
    assert sorted(batch_indices(5, 50, 0, 7).tolist()) == [0, 1, 2, 3, 4]


def test_learning_rate_schedule():
    settings = FitSettings(steps=100, warmup=10, learning_rate=1.0, final_learning_rate=0.1)
    rates = [learning_rate(settings, step) for step in range(101)]
    assert rates[0] == pytest.approx(0.1)
    assert max(rates) == pytest.approx(1.0)
    assert rates[100] == pytest.approx(0.1)
    assert all(a >= b for a, b in pairwise(rates[10:]))


def test_translation_moves_each_configuration_by_its_own_vector():
    fields = samples(5, 2).features
    shifts = random_translations(5, (6, 4), generator_for(0))
    moved = translate(fields, shifts)
    for before, after, shift in zip(fields, moved, shifts.tolist(), strict=True):
        assert torch.equal(after, torch.roll(before, shift, (1, 2)))
    assert not torch.equal(moved, fields)
    assert len({tuple(s) for s in random_translations(500, (6, 4), generator_for(1)).tolist()}) == 24


def test_augmentation_makes_a_flattening_network_more_symmetric():
    config = CONFIG.model_copy(update={"family": "FL"})
    settings = SETTINGS.model_copy(update={"steps": 400})
    errors = []
    moved = torch.roll(VALIDATION.features, (2, 1), (2, 3))
    for augment in (False, True):
        result = fit_ensemble(config, 1, TRAIN, VALIDATION, settings.model_copy(update={"augment": augment}), 5)
        errors.append((predict_ensemble(result, moved) - predict_ensemble(result, VALIDATION.features)).square().mean())
    assert errors[1] < 0.8 * errors[0]
