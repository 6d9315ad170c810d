"""Training of classifiers: reproducible, resumable, and augmented without a bias."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from intertwine.errors import ConfigurationError
from intertwine.training.classification import ClassifierSettings, fit_classifier, predict_classes


def _problem() -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    labels = torch.randint(0, 2, (64,), generator=generator)
    images = 0.1 * torch.randn(64, 1, 8, 8, generator=generator)
    images[labels == 1, :, 2:6, 2:6] += 1.0
    return images, labels


def _network() -> torch.nn.Module:
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Conv2d(1, 4, 3), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(144, 2))


SETTINGS = ClassifierSettings(steps=40, batch=16, checkpoint_every=10, rotate=True, shift=1.0, scale=0.1)


def test_learns_and_goes_on_from_a_checkpoint_to_the_same_result(tmp_path: Path) -> None:
    images, labels = _problem()
    whole = _network()
    history = fit_classifier(whole, images, labels, SETTINGS, 3)
    assert [h.step for h in history] == [10, 20, 30, 40]
    assert history[-1].loss < 0.5 * history[0].loss
    assert float((predict_classes(whole, images) == labels).float().mean()) > 0.95
    assert float((predict_classes(whole, (images * 255).clamp(0, 255).to(torch.uint8)) == labels).float().mean()) > 0.9

    class Stop(Exception):  # noqa: N818
        pass

    def stop(progress: object) -> None:
        if getattr(progress, "step", 0) == 20:
            raise Stop

    halted = _network()
    with pytest.raises(Stop):
        fit_classifier(halted, images, labels, SETTINGS, 3, checkpoint=tmp_path / "c", on_progress=stop)
    resumed = _network()
    again = fit_classifier(resumed, images, labels, SETTINGS, 3, checkpoint=tmp_path / "c")
    assert [h.step for h in again] == [10, 20, 30, 40]
    for p, q in zip(resumed.parameters(), whole.parameters(), strict=True):
        torch.testing.assert_close(p, q, rtol=0, atol=0)


def test_bfloat16_learns_as_well() -> None:
    images, labels = _problem()
    network = _network()
    kinds = []
    network[0].register_forward_hook(lambda module, inputs, output: kinds.append(output.dtype))
    fit_classifier(network, images, labels, SETTINGS.model_copy(update={"precision": "bfloat16"}), 3)
    assert set(kinds) == {torch.bfloat16}
    assert {p.dtype for p in network.parameters()} == {torch.float32}
    assert float((predict_classes(network, images) == labels).float().mean()) > 0.95


def test_refusals() -> None:
    images, labels = _problem()
    with pytest.raises(ConfigurationError, match="do not fit"):
        fit_classifier(_network(), images, labels[:3], SETTINGS, 0)
    with pytest.raises(ConfigurationError, match="rotations augment images"):
        fit_classifier(_network(), images[..., None], labels, SETTINGS, 0)


def test_augmented_images_keep_their_range_and_their_sharpness(monkeypatch: pytest.MonkeyPatch) -> None:
    from intertwine.training.classification import _augmented

    x = torch.zeros(200, 1, 12, 12)
    x[:, :, 3:9, 3:9] = 1.0
    settings = ClassifierSettings(rotate=True, shift=0.5, scale=0.05)

    def turned() -> torch.Tensor:
        return _augmented(x, settings, torch.Generator().manual_seed(1))

    found = turned()
    assert found.min() == 0.0
    assert found.max() == 1.0
    moments = (found * torch.arange(12.0)).sum((1, 2, 3)) / found.sum((1, 2, 3))
    assert abs(float(moments.mean()) - 5.5) < 0.1
    sampled = torch.nn.functional.grid_sample
    monkeypatch.setattr(torch.nn.functional, "grid_sample", lambda x, grid, **_: sampled(x, grid, align_corners=False))
    assert turned().square().mean() < 0.99 * found.square().mean()  # bilinear ones are blurred
    monkeypatch.setattr(
        torch.nn.functional, "grid_sample", lambda x, grid, **_: sampled(x, grid, mode="bicubic", align_corners=False)
    )
    monkeypatch.setattr(torch.Tensor, "clamp", lambda x, *_: x)
    assert turned().max() > 1.01
