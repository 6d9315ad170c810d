"""Generated jets: the window, the truth, the weights, the files, resuming."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from intertwine.errors import ConfigurationError, DataError, IntertwineError
from intertwine.physics.jets.chunk import Chunk
from intertwine.physics.jets.generation import generate
from intertwine.physics.jets.jet_file import read_attributes, read_jets
from intertwine.physics.jets.kinematics import angular_distance, mass_squared, pseudorapidity, transverse_momentum
from intertwine.physics.jets.padded import Jets
from intertwine.physics.jets.settings import JetSettings

pytest.importorskip("pythia8mc")
pytest.importorskip("fastjet")

TOWERS = JetSettings(towers=0.05, minimal_pt=0.5)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generate(tmp_path_factory.mktemp("jets") / "few.h5", 10, TOWERS, seed=3, chunk=6, workers=1)


@pytest.fixture(scope="module")
def jets(file: Path) -> Jets:
    return read_jets(file)


def test_jets_are_in_the_window_and_massless(jets: Jets) -> None:
    assert len(jets) == 20
    assert jets.labels is not None
    np.testing.assert_array_equal(jets.labels, np.tile([0, 1], 10))
    np.testing.assert_allclose(jets.total, jets.targets["jet"], rtol=1e-10, atol=1e-8)
    pt = transverse_momentum(jets.total)
    assert pt.min() >= 550
    assert pt.max() <= 650
    assert np.abs(pseudorapidity(jets.total)).max() < 2
    particles = jets.momenta[jets.mask]
    np.testing.assert_allclose(mass_squared(particles) / particles[:, 0] ** 2, 0, atol=1e-13)
    assert transverse_momentum(particles).min() > 0.5
    each = np.where(jets.mask, transverse_momentum(jets.momenta), -1.0)
    assert (np.diff(each, axis=1) <= 0).all()
    assert not jets.momenta[~jets.mask].any()


def test_tops_are_matched(jets: Jets) -> None:
    tops = jets[np.flatnonzero(jets.labels == 1)]
    axis = tops.total
    for index in range(3):
        assert angular_distance(np.asarray(tops.targets["quarks"][:, index]), axis).max() < 0.8
    assert np.median(np.sqrt(mass_squared(np.asarray(tops.targets["w"])))) == pytest.approx(80.4, abs=1.5)
    assert np.median(np.sqrt(mass_squared(np.asarray(tops.targets["top"])))) == pytest.approx(172.5, abs=3)
    # the calorimeter's masses: a peak at the top, and none for QCD
    assert 160 < np.median(np.sqrt(mass_squared(axis))) < 182
    qcd = jets[np.flatnonzero(jets.labels == 0)]
    assert np.median(np.sqrt(mass_squared(qcd.total))) < 110
    assert np.isnan(qcd.targets["w"]).all()


def low_fraction(jets: Jets, settings: JetSettings) -> float:
    """Weight of the QCD jets whose event was drawn within 10 % of the lower bound of p̂T."""
    qcd = jets[np.flatnonzero(jets.labels == 0)]
    low = qcd.targets["pthat"] < 1.1 * settings.pthat_min
    return float(qcd.weights[low].sum() / qcd.weights.sum())


def test_window_does_not_feel_the_bound_of_pthat(jets: Jets, tmp_path: Path) -> None:
    assert low_fraction(jets, TOWERS) < 0.15
    near = TOWERS.model_copy(update={"pthat_min": 545.0})  # the check fails where the bound is near the window
    biased = read_jets(generate(tmp_path / "near.h5", 8, near, workers=1))
    assert low_fraction(biased, near) > 0.3


def test_weights_undo_the_bias(jets: Jets) -> None:
    # the p̂T that the bias sees is that before quarks get their masses
    np.testing.assert_allclose(jets.weights, (jets.targets["pthat"] / 600) ** -4, rtol=3e-4)
    equal = jets.unweighted(np.random.default_rng(0))
    assert 0 < len(equal) < len(jets)
    assert set(equal.weights) == {1.0}


def test_seed_and_not_the_schedule_decides(file: Path, tmp_path: Path) -> None:
    again = generate(tmp_path / "again.h5", 10, TOWERS, seed=3, chunk=6, workers=2)
    assert again.read_bytes() == file.read_bytes() or _same(read_jets(again), read_jets(file))
    attributes = read_attributes(again)
    assert attributes["seeds"] == read_attributes(file)["seeds"]
    assert len(set(attributes["seeds"].values())) == 4
    assert attributes["events"]["qcd"] > 10


def _same(a: Jets, b: Jets) -> bool:
    return bool(np.array_equal(a.momenta, b.momenta) and np.array_equal(a.weights, b.weights))


def test_resumes_after_an_interruption(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, made = tmp_path / "few.h5", []
    original = Chunk.make

    def interrupted(self: Chunk, settings: JetSettings) -> object:
        if len(made) == 2:
            raise KeyboardInterrupt
        made.append(self.name)
        return original(self, settings)

    monkeypatch.setattr(Chunk, "make", interrupted)
    with pytest.raises(KeyboardInterrupt):
        generate(path, 10, TOWERS, seed=3, chunk=6, workers=1)
    assert not path.exists()
    with pytest.raises(ConfigurationError, match="other parameters"):
        generate(path, 10, TOWERS, seed=4, chunk=40, workers=1)
    monkeypatch.undo()
    before = len(made)
    monkeypatch.setattr(Chunk, "make", lambda self, s: (made.append(self.name), original(self, s))[1])
    generate(path, 10, TOWERS, seed=3, chunk=6, workers=1)
    assert len(made) - before == 2
    assert _same(read_jets(path), read_jets(file))
    assert not path.with_name("few.h5.parts").exists()


def test_damaged_part_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.h5"
    parts = tmp_path / "x.h5.parts"
    parts.mkdir()
    for name in ("qcd-00000.h5", "top-00000.h5"):
        (parts / name).write_bytes(b"nothing")
    with pytest.raises(DataError, match=r"damaged.*qcd-00000.h5"):
        generate(path, 5, TOWERS, workers=1)


def test_parquet_holds_the_same(file: Path, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    path = generate(tmp_path / "few.parquet", 10, TOWERS, seed=3, chunk=6, workers=1)
    a, b = read_jets(path), read_jets(file)
    assert _same(a, b)
    np.testing.assert_array_equal(a.targets["quarks"], b.targets["quarks"])
    np.testing.assert_array_equal(a.scalars["pid"], b.scalars["pid"])
    assert read_attributes(path)["events"] == read_attributes(file)["events"]
    part = read_jets(path, start=3, stop=7, particles=5)
    np.testing.assert_array_equal(part.momenta, b.momenta[3:7, :5])


def test_hadrons_keep_mass_and_identity_when_asked(tmp_path: Path) -> None:
    settings = JetSettings(massless=False, multiparton=True, constituents=30)
    jets = read_jets(generate(tmp_path / "x.h5", 3, settings, workers=1))
    assert jets.momenta.shape[1] == 30
    pions = np.abs(jets.scalars["pid"]) == 211
    np.testing.assert_allclose(np.sqrt(mass_squared(jets.momenta[pions])), 0.13957, atol=2e-3)


def test_mistakes_are_explained(file: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="other parameters"):
        generate(file, 11, TOWERS, seed=3, chunk=6)
    with pytest.raises(ConfigurationError, match="ending"):
        generate(tmp_path / "x.txt", 3)
    with pytest.raises(ConfigurationError, match="nothing to generate"):
        generate(tmp_path / "x.h5", 0)
    with pytest.raises(ConfigurationError, match="pthat_min"):
        JetSettings.checked(pthat_min=600.0)
    with pytest.raises(ConfigurationError, match="massless"):
        JetSettings.checked(towers=0.05, massless=False)
    with pytest.raises(IntertwineError, match="no such file"):
        read_jets(tmp_path / "absent.h5")
    (tmp_path / "other.h5").write_bytes(b"x")
    with pytest.raises(DataError):
        read_jets(tmp_path / "other.h5")
