"""Ensembles on disk: everything comes back, interruptions leave no trace, damaged and foreign files are named."""

import json

import h5py
import numpy as np
import pytest

from intertwine.errors import ConfigurationError, DataError
from intertwine.physics import flux
from intertwine.physics.flux import generation

POINTS = [
    *flux.grid([(6, 4)], [4.01], [1.0], [0.95, 1.05], 30),
    *flux.grid([(4, 4)], [4.25], [1.0], [1.0], 25, open_worms=[0, 2]),
]
OPTIONS = {"chains": 2, "seed": (3, 1), "chunk": 12}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return flux.generate(tmp_path_factory.mktemp("flux") / "whole.h5", POINTS, **OPTIONS)


def test_everything_comes_back(whole):
    file = flux.EnsembleFile(whole)
    ensembles = list(file)
    assert len(file) == len(ensembles) == 4
    for point, ensemble in zip(POINTS, ensembles, strict=True):
        assert (ensemble.shape, ensemble.eta, ensemble.mu) == (point.shape, point.eta, point.mu)
        assert ensemble.open_worms == point.open_worms
        assert len(ensemble) == sum(ensemble.chain_lengths) == point.n_configs
        assert (ensemble.violations != 0).reshape(len(ensemble), -1).sum(axis=1).tolist() == [
            2 * point.open_worms
        ] * len(ensemble)
        assert ensemble.errors["phi2"] > 0
    assert file.identity["seed"] == [3, 1]
    assert {"python", "numpy", "numba", "h5py", "intertwine"} <= set(file.versions)
    assert not whole.with_name("whole.h5.parts").exists()
    with pytest.raises(IndexError):
        file[4]


def test_a_point_is_what_sample_gives(whole):
    first = flux.EnsembleFile(whole)[0]
    same = flux.sample((6, 4), 4.01, 1.0, 0.95, 30, chains=2, seed=(3, 1, 0))
    for name in ("k", "l", "n", "phi2", "phi4", "contact"):
        np.testing.assert_array_equal(getattr(first, name), getattr(same, name))
    assert first.schedule == same.schedule
    # … and its last configurations can start another run.
    assert len(flux.sample((6, 4), 4.01, 1.0, 0.9, 4, start=first, seed=1)) == 4


@pytest.mark.parametrize("stop_after", [1, 3])
def test_interrupted_generation_ends_with_the_same_bytes(whole, tmp_path, monkeypatch, stop_after):
    write, calls = generation.write_part, []

    def interrupted(*arguments):
        calls.append(1)
        if len(calls) % (stop_after + 1) == 0:
            raise KeyboardInterrupt
        write(*arguments)

    monkeypatch.setattr(generation, "write_part", interrupted)
    path, interruptions = tmp_path / "again.h5", 0
    while not path.exists():
        try:
            flux.generate(path, POINTS, **OPTIONS, workers=1)
        except KeyboardInterrupt:
            interruptions += 1
            with pytest.raises(DataError, match="pieces of an unfinished generation"):
                flux.EnsembleFile(path)
    assert interruptions >= 2
    assert path.read_bytes() == whole.read_bytes()


def test_a_finished_file_is_left_alone(whole):
    before = whole.stat().st_mtime_ns
    assert flux.generate(whole, POINTS, **OPTIONS) == whole
    assert whole.stat().st_mtime_ns == before
    with pytest.raises(ConfigurationError, match="other parameters"):
        flux.generate(whole, POINTS[:2], **OPTIONS)


def test_damaged_pieces_are_named(tmp_path, monkeypatch):
    path = tmp_path / "x.h5"

    def stop(*arguments):
        raise KeyboardInterrupt

    with monkeypatch.context() as context:
        context.setattr(generation, "_assemble", stop)
        with pytest.raises(KeyboardInterrupt):
            flux.generate(path, POINTS[:1], **OPTIONS)
    with pytest.raises(DataError, match="other parameters"):
        flux.generate(path, POINTS[:1], **{**OPTIONS, "seed": 8})
    piece = max((tmp_path / "x.h5.parts").glob("*.h5"))
    piece.write_bytes(piece.read_bytes()[:500])
    with pytest.raises(DataError, match=f"delete {piece.stem}"):
        flux.generate(path, POINTS[:1], **OPTIONS)
    piece.unlink()
    assert len(flux.read_ensembles(flux.generate(path, POINTS[:1], **OPTIONS))[0]) == 30


def test_truncated_file(whole, tmp_path):
    cut = tmp_path / "cut.h5"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    with pytest.raises(DataError, match=r"damaged.*truncated"):
        flux.EnsembleFile(cut)


def test_foreign_files(tmp_path):
    other = tmp_path / "other.h5"
    with h5py.File(other, "w") as file:
        file["spectra"] = np.zeros(3)
    with pytest.raises(DataError, match=r"format None.*spectra"):
        flux.EnsembleFile(other)
    text = tmp_path / "notes.h5"
    text.write_text("not a data file")
    with pytest.raises(DataError, match=r"starts? with b'not a da"):
        flux.EnsembleFile(text)
    with pytest.raises(DataError, match="no such file"):
        flux.read_ensembles(tmp_path / "nothing.h5")


def test_nothing_to_do_is_refused(tmp_path):
    for points, options in (([], {}), (POINTS, {"chunk": 1}), (POINTS, {"chains": 31})):
        with pytest.raises(ConfigurationError, match="share"):
            flux.generate(tmp_path / "x.h5", points, **{**OPTIONS, **options})


def test_silver_blaze_set():
    points = flux.silver_blaze()
    assert len(points) == 145
    assert {point.shape for point in points} == {(50, 2), (60, 4), (100, 5), (125, 8), (200, 10)}
    assert [point.mu for point in points[:29]] == [round(0.91 + 0.005 * i, 3) for i in range(29)]
    assert json.loads(generation.identity_json(points, 2, (0,), 1000))["points"][0]["shape"] == [50, 2]
