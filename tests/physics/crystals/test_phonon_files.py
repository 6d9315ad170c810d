"""Phonon densities of states: the sample data, the published csv format, and files that are broken on purpose."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest

from intertwine.errors import DataError
from intertwine.physics.crystals import read_phonon_csv, read_phonon_json

CRYSTAL = {
    "structure": {
        "numbers": [11, 17],
        "positions": [[0.0, 0.0, 0.0], [2.8, 0.0, 0.0]],
        "cell": [[0.0, 2.8, 2.8], [2.8, 0.0, 2.8], [2.8, 2.8, 0.0]],
        "pbc": [True, True, True],
    },
    "phfreq": [0.0, 50.0, 100.0],
    "phdos": [0.0, 1.0, 0.5],
}


def write(path, rows, columns=("structure", "phfreq", "phdos", "pdos")):
    with path.open("w", newline="") as handle:
        table = csv.DictWriter(handle, columns, extrasaction="ignore")
        table.writeheader()
        table.writerows({**{key: repr(value) for key, value in row.items()}, "pdos": "{}"} for row in rows)
    return path


def changed(**changes):
    structure = {**CRYSTAL["structure"], **{k: v for k, v in changes.items() if k in ("numbers", "positions", "cell")}}
    return {**CRYSTAL, **{k: v for k, v in changes.items() if k in CRYSTAL}, "structure": structure}


def test_the_published_format(tmp_path):
    (one,) = read_phonon_csv(write(tmp_path / "data.csv", [CRYSTAL]))
    assert one.symbols == ("Na", "Cl")
    assert one.pbc.all()
    assert one.targets["dos"].tolist() == [0.0, 1.0, 0.5]
    np.testing.assert_allclose(np.linalg.det(one.cell), 2 * 2.8**3)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"cell": None}, "without a cell"),
        ({"cell": [[0.0] * 3] * 3}, "without a cell"),
        ({"cell": [[2.8, 0.0, 2.8], [0.0, 2.8, 2.8], [2.8, 2.8, 0.0]]}, "no positive volume"),
        ({"numbers": [11, 200]}, "unknown species"),
        ({"numbers": [11]}, "as many species"),
        ({"positions": [[0.0, 0.0, 0.0], [1e999, 0.0, 0.0]]}, "cannot be read"),
        ({"phdos": [0.0, 1.0]}, "not a density"),
        ({"phdos": [0.0, -1.0, 1.0]}, "negative density"),
        ({"phfreq": [0.0, 0.0, 1.0]}, "ascending"),
    ],
)
def test_bad_rows_are_counted(tmp_path, changes, words):
    file = write(tmp_path / "data.csv", [CRYSTAL, changed(**changes), CRYSTAL])
    with pytest.raises(DataError, match="1 of 3 entries") as caught:
        read_phonon_csv(file)
    with pytest.raises(DataError, match=words):
        raise caught.value
    found = read_phonon_csv(file, skip_bad=True)
    assert len(found) == 2
    assert found.skipped[0].startswith("row 2")


def test_wrong_columns_and_code_in_the_file(tmp_path):
    with pytest.raises(DataError, match=r"lacks columns.*phdos"):
        read_phonon_csv(write(tmp_path / "a.csv", [CRYSTAL], ("structure", "phfreq")))
    file = tmp_path / "b.csv"
    file.write_text('structure,phfreq,phdos\n"__import__(\'os\').getcwd()","[0.0,1.0]","[0.0,1.0]"\n')
    with pytest.raises(DataError, match="1 of 1 entries"):
        read_phonon_csv(file)
    (tmp_path / "c.csv").write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(DataError, match=r"not a csv file|lacks columns"):
        read_phonon_csv(tmp_path / "c.csv")


def test_sample_data(data_folder, tmp_path):
    source = data_folder / "phonon" / "phonondb103_dos51.json"
    found = read_phonon_json(source)
    assert len(found) == 103
    assert found.stacked("dos").shape == (103, 51)
    assert found[0].targets["frequencies"][-1] == 1000
    np.testing.assert_allclose(found.stacked("dos").max(1), 1)
    entries = json.loads(source.read_text())[:4]
    entries[1]["symbols"][0] = "Qq"
    del entries[2]["cell"]
    file = tmp_path / "bad.json"
    file.write_text(json.dumps(entries))
    with pytest.raises(DataError, match=r"2 of 4 entries.*unknown species"):
        read_phonon_json(file)
    assert len(read_phonon_json(file, skip_bad=True)) == 2
    file.write_text("{")
    with pytest.raises(DataError, match="not JSON"):
        read_phonon_json(file)
