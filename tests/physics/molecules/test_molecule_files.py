"""Readers of molecules: the sample data, and files that are broken on purpose."""

from __future__ import annotations

import numpy as np
import pytest

from intertwine.errors import DataError
from intertwine.physics.molecules import read_ethanol, read_extended_xyz, read_qm7, read_water_tensors, read_zundel

pytest.importorskip("ase")

GOOD = """3
Properties=species:S:1:pos:R:3:forces:R:3 energy=-1.5 stress="1 2 3 4 5 6 7 8 9" pbc="F F F"
O 0.0 0.0 0.0 1 2 3
H 0.9 0.0 0.0 4 5 6
H 0.0 0.9 0.0 7 8 9
"""
SHAPES = {"energy": (), "forces": ("n", 3)}


def test_values_and_their_order(tmp_path):
    file = tmp_path / "a.xyz"
    file.write_text(GOOD * 2)
    found = read_extended_xyz(file, {**SHAPES})
    assert len(found) == 2
    one = found[0]
    assert one.symbols == ("O", "H", "H")
    assert one.cell is None
    assert one.targets["energy"] == -1.5
    assert one.targets["forces"].tolist() == [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
    with pytest.raises(ValueError, match="read-only"):
        one.positions[0, 0] = 1.0
    assert found.stacked("forces").shape == (2, 3, 3)


def test_nine_numbers_are_read_row_by_row(tmp_path):
    file = tmp_path / "a.xyz"
    file.write_text(GOOD.replace("stress", "tensor"))
    assert read_extended_xyz(file, {"tensor": (3, 3)})[0].targets["tensor"].ravel().tolist() == list(range(1, 10))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda text: text.replace("energy=-1.5", ""), "no energy"),
        (
            lambda text: text.replace("forces:R:3", "forces:R:2").replace(" 3\n", "\n"),
            "cannot be read|not extended xyz",
        ),
        (lambda text: text.replace("O 0.0", "O nan"), "positions are not finite"),
        (lambda text: text.replace("1 2 3\n", "1 nan 3\n"), "forces is not finite"),
        (lambda text: text.replace("O 0.0", "Qq 0.0"), "not extended xyz|unknown species"),
        (lambda text: text.replace("3\nProp", "7\nProp", 1), "not extended xyz"),
        (lambda text: "", "nothing to read|not extended xyz"),
        (lambda text: "hello", "not extended xyz"),
    ],
)
def test_broken_files(tmp_path, change, words):
    file = tmp_path / "a.xyz"
    file.write_text(change(GOOD))
    with pytest.raises(DataError, match=words):
        read_extended_xyz(file, SHAPES)


def test_bad_frames_are_counted_and_left_out_only_when_asked(tmp_path):
    file = tmp_path / "a.xyz"
    file.write_text(GOOD + GOOD.replace("energy=-1.5", "") + GOOD)
    with pytest.raises(DataError, match=r"1 of 3 entries.*frame 1: no energy"):
        read_extended_xyz(file, SHAPES)
    found = read_extended_xyz(file, SHAPES, skip_bad=True)
    assert len(found) == 2
    assert found.skipped[0].startswith("frame 1")


def test_a_cell_that_has_to_be_there(tmp_path):
    file = tmp_path / "a.xyz"
    file.write_text(GOOD)
    with pytest.raises(DataError, match="no cell"):
        read_extended_xyz(file, SHAPES, periodic=True)
    left_handed = GOOD.replace('pbc="F F F"', 'pbc="T T T" Lattice="0 5 0 5 0 0 0 0 5"')
    file.write_text(left_handed)
    with pytest.raises(DataError, match="no positive volume"):
        read_extended_xyz(file, SHAPES)
    with pytest.raises(DataError, match="no such file"):
        read_extended_xyz(tmp_path / "none.xyz", SHAPES)


def test_water(data_folder):
    folder = data_folder / "molecules"
    water = read_water_tensors(folder / "water_monomer_tensors.xyz")
    assert len(water) == 1000
    alpha, beta = water.stacked("alpha"), water.stacked("beta")
    np.testing.assert_allclose(alpha, alpha.transpose(0, 2, 1), atol=1e-4)
    np.testing.assert_allclose(beta, beta.transpose(0, 2, 1, 3), atol=1e-3)
    np.testing.assert_allclose(beta, beta.transpose(0, 1, 3, 2), atol=1e-3)
    # the dipole lies in the plane of the molecule and points from oxygen to the hydrogens
    mu, place = water.stacked("mu"), np.stack([one.positions for one in water])
    away = place[:, 1] + place[:, 2] - 2 * place[:, 0]
    assert (np.einsum("ni,ni->n", mu, away) > 0).all()
    assert 0.5 < np.linalg.norm(mu, axis=1).mean() < 1.0  # 0.73 atomic units
    gamma = read_water_tensors(folder / "water_monomer_gamma.xyz", gamma=True)
    assert gamma.stacked("gamma").shape[1:] == (3, 3, 3, 3)


def test_zundel_and_ethanol(data_folder):
    folder = data_folder / "molecules"
    zundel = read_zundel(folder / "zundel_dataset.xyz", folder / "zundel_energies.txt")
    assert len(zundel) == 1001
    assert sorted(zundel[0].symbols) == ["H"] * 5 + ["O"] * 2
    assert zundel.stacked("energy").shape == (1001,)
    # no net force on an isolated molecule
    assert np.abs(zundel.stacked("forces").sum(1)).max() < 0.05
    ethanol = read_ethanol(folder / "ethanol_reduced_100.xyz")
    assert len(ethanol) == 100
    assert np.abs(ethanol.stacked("forces").sum(1)).max() < 0.05


def test_zundel_without_as_many_energies(data_folder, tmp_path):
    energies = tmp_path / "e.txt"
    energies.write_text("# energy\n1.0\n2.0\n")
    with pytest.raises(DataError, match="1001 frames"):
        read_zundel(data_folder / "molecules" / "zundel_dataset.xyz", energies)


def test_qm7(data_folder, tmp_path):
    file = data_folder / "molecules" / "qm7.npz"
    found = read_qm7(file)
    assert len(found) == 7101
    energy = found.stacked("energy")
    assert -2200 < energy.min() < energy.max() < -200
    assert {symbol for one in found for symbol in one.symbols} <= {"H", "C", "N", "O", "S"}
    with np.load(file) as data:
        arrays = {key: data[key][:5].copy() for key in data.files}
    arrays["R"][2, 0, 0] = np.nan
    arrays["Z"][3, 0] = 0
    np.savez(tmp_path / "bad.npz", **arrays)
    with pytest.raises(DataError, match="2 of 5 entries"):
        read_qm7(tmp_path / "bad.npz")
    assert len(read_qm7(tmp_path / "bad.npz", skip_bad=True)) == 3
    np.savez(tmp_path / "other.npz", Z=arrays["Z"])
    with pytest.raises(DataError, match="not the arrays of QM7"):
        read_qm7(tmp_path / "other.npz")
    (tmp_path / "text.npz").write_text("no archive")
    with pytest.raises(DataError, match="not an npz file"):
        read_qm7(tmp_path / "text.npz")
