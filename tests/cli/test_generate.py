"""`intertwine generate flux`."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intertwine.cli import main
from intertwine.cli.generate import parse_range, parse_shape
from intertwine.errors import ConfigurationError
from intertwine.physics.flux import read_ensembles
from intertwine.physics.flux.points import SILVER_BLAZE_MU


def test_ensembles_are_written_and_not_written_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "flux.h5"
    words = ["generate", "flux", str(file), "--shape", "4x2", "--mu", "0.9:1.1:0.1", "-n", "12", "--seed", "3"]
    assert main(words) == 0
    printed = capsys.readouterr()
    assert printed.out.strip() == str(file)
    assert "3 ensembles of 12 configurations" in printed.err
    ensembles = read_ensembles(file)
    assert [ensemble.mu for ensemble in ensembles] == [0.9, 1.0, 1.1]
    assert {ensemble.shape for ensemble in ensembles} == {(4, 2)}
    assert {len(ensemble) for ensemble in ensembles} == {12}
    before = file.stat().st_mtime_ns
    assert main(words) == 0
    assert file.stat().st_mtime_ns == before
    assert main([*words[:-1], "4"]) == 2
    assert "other parameters" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["", "x", "60x", "60xa", "0x4", "-1x4", "6.0x4"])
def test_not_a_lattice(text: str) -> None:
    with pytest.raises(ConfigurationError, match="not a lattice"):
        parse_shape(text)


@given(st.lists(st.integers(1, 300), min_size=1, max_size=4))
def test_lattices(extents: list[int]) -> None:
    assert parse_shape("x".join(map(str, extents))) == tuple(extents)
    assert parse_shape("×".join(map(str, extents))) == tuple(extents)


@pytest.mark.parametrize("text", ["", "a", "1:2", "2:1:0.1", "1:2:0", "1:2:-1", "1:2:3:4", "nan:1:1"])
def test_not_chemical_potentials(text: str) -> None:
    with pytest.raises(ConfigurationError, match="not chemical potentials"):
        parse_range(text)


@given(st.integers(-100, 100), st.integers(0, 50), st.integers(1, 20))
def test_ranges_include_both_ends(first: int, count: int, step: int) -> None:
    found = parse_range(f"{first / 100}:{(first + count * step) / 100}:{step / 100}")
    assert found == pytest.approx([(first + step * index) / 100 for index in range(count + 1)], abs=1e-9)


def test_the_range_of_the_paper() -> None:
    assert tuple(parse_range("0.91:1.05:0.005")) == SILVER_BLAZE_MU
    assert parse_range("1.05") == [1.05]


def test_phonons_are_written_and_rejections_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("phonopy")
    file = tmp_path / "crystals.json"
    words = ["generate", "phonons", str(file), "-n", "1", "--seed", "4"]
    assert main(words) == 0
    printed = capsys.readouterr()
    assert printed.out.strip() == str(file)
    assert "imaginary modes" in printed.err
    assert main([*words[:-1], "5"]) == 2
    assert "other parameters" in capsys.readouterr().err
