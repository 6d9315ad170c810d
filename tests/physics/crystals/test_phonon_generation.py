"""Generated crystals: the same for the same seed, resumed after an interruption, refused where they differ."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("phonopy")

from intertwine.errors import ConfigurationError, DataError
from intertwine.physics.crystals import generate, generation, read_attributes, read_phonon_json, read_phonons
from intertwine.physics.crystals.generation import REASONS

ARGUMENTS = {"seed": 1, "chunk": 1, "workers": 1}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generate(tmp_path_factory.mktemp("crystals") / "whole.json", 2, **ARGUMENTS)


def test_what_is_made(made: Path) -> None:
    found = read_phonon_json(made)
    assert len(found) == 2
    for one in found:
        assert one.targets["dos"].max() == 1
        assert (one.targets["dos"] >= 0).all()
        assert one.targets["dos"][25:].max() == 0  # no metal vibrates above 500 cm⁻¹
        assert one.targets["frequencies"].tolist() == np.linspace(0, 1000, 51).tolist()
    about = read_attributes(made)
    assert about["identity"]["seed"] == [1]
    assert set(about["rejected"]) == set(REASONS)
    assert {"ase", "phonopy", "spglib", "python"} <= set(about["versions"])
    assert not made.with_name(made.name + ".parts").exists()
    assert read_phonons(made).structures[0].name == found[0].name


def test_an_interrupted_generation_goes_on(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, real = tmp_path / "again.json", generation.make_chunk

    def interrupted(folder: Path, chunk: generation.CrystalChunk, strain: float) -> int:
        if chunk.number == 1:
            (folder / (chunk.name + ".unfinished")).write_text("{")
            raise KeyboardInterrupt
        return real(folder, chunk, strain)

    monkeypatch.setattr(generation, "make_chunk", interrupted)
    with pytest.raises(KeyboardInterrupt):
        generate(file, 2, **ARGUMENTS)
    assert not file.exists()
    parts = tmp_path / "again.json.parts"
    first = (parts / "00000.json").stat().st_mtime_ns
    with pytest.raises(ConfigurationError, match="in the way"):
        generate(file, 2, **{**ARGUMENTS, "seed": 2})
    again: list[int] = []

    def watched(folder: Path, chunk: generation.CrystalChunk, strain: float) -> int:
        assert (parts / "00000.json").stat().st_mtime_ns == first
        again.append(chunk.number)
        return real(folder, chunk, strain)

    monkeypatch.setattr(generation, "make_chunk", watched)
    generate(file, 2, **ARGUMENTS)
    assert again == [1]
    one, other = (json.loads(path.read_text()) for path in (made, file))
    assert one == other


def test_a_finished_file_is_left_alone_or_refused(made: Path) -> None:
    before = made.stat().st_mtime_ns
    assert generate(made, 2, **ARGUMENTS) == made
    assert made.stat().st_mtime_ns == before
    for changes in ({"seed": 2}, {"strain": 0.01}):
        with pytest.raises(ConfigurationError, match="other parameters"):
            generate(made, 2, **{**ARGUMENTS, **changes})


def test_another_seed_gives_other_crystals_and_damaged_parts_are_told(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fake(folder: Path, chunk: generation.CrystalChunk, strain: float) -> int:
        rng = np.random.default_rng((*chunk.words, chunk.number))
        entry = {"name": generation.draw(rng, strain).name}
        content = {"crystals": [entry], "rejected": dict.fromkeys(REASONS, 1)}
        (folder / chunk.name).write_text("{" if chunk.number == 1 else json.dumps(content))
        return 1

    monkeypatch.setattr(generation, "make_chunk", fake)
    file = tmp_path / "damaged.json"
    with pytest.raises(DataError, match=r"00001\.json.*delete"):
        generate(file, 2, **{**ARGUMENTS, "seed": 2})
    assert not file.exists()
    name = json.loads((tmp_path / "damaged.json.parts" / "00000.json").read_text())["crystals"][0]["name"]
    assert name != read_phonon_json(made)[0].name


@pytest.mark.parametrize(
    ("path", "changes", "words"),
    [
        ("a.json", {"seed": -1}, "nothing to generate"),
        ("a.json", {"chunk": 0}, "nothing to generate"),
        ("a.json", {"workers": 0}, "nothing to generate"),
        ("a.json", {"strain": 0.5}, "not a strain"),
        ("a.h5", {}, "written as JSON"),
    ],
)
def test_nonsense(tmp_path: Path, path: str, changes: dict[str, float], words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        generate(tmp_path / path, 2, **changes)
    assert not list(tmp_path.iterdir())


def test_files_of_neither_kind(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="not a file of crystals"):
        read_phonons(tmp_path / "crystals.xyz")
    (tmp_path / "a.json").write_text('{"identity": 1}')
    with pytest.raises(DataError, match="not a list of crystals"):
        read_phonon_json(tmp_path / "a.json")
    (tmp_path / "b.json").write_text("[]")
    assert read_attributes(tmp_path / "b.json") == {}
