"""Every layout, written small and read back; public samples where they are; what is wrong is counted."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest

from intertwine.errors import ConfigurationError, DataError
from intertwine.physics.jets import (
    Jets,
    from_awkward,
    read_energyflow,
    read_jetclass,
    read_pmu,
    read_root,
    read_spanet,
    read_top_tagging,
    to_awkward,
    write_pmu,
)
from intertwine.physics.jets.kinematics import from_collider, mass_squared

h5py = pytest.importorskip("h5py")


def some_jets(n: int = 6, particles: int = 5, seed: int = 0) -> Jets:
    rng = np.random.default_rng(seed)
    momenta = from_collider(
        np.sort(rng.exponential(50, (n, particles)) + 1)[:, ::-1], rng.uniform(-2, 2, (n, particles)),
        rng.uniform(-3, 3, (n, particles)),
    )  # fmt: skip
    mask = np.arange(particles) < rng.integers(1, particles + 1, n)[:, None]
    momenta[~mask] = 0
    charge = np.where(mask, rng.integers(-1, 2, mask.shape).astype(float), 0.0)
    return Jets(momenta, mask, np.arange(n) % 2, np.ones(n), {"charge": charge}, {})


def columns_of(jets: Jets) -> dict[str, np.ndarray]:
    names = ("E", "PX", "PY", "PZ")
    found = {f"{name}_{i}": jets.momenta[:, i, k] for i in range(jets.momenta.shape[1]) for k, name in enumerate(names)}
    return found | {
        name: np.full(len(jets), 7.0 + k) for k, name in enumerate(("truthE", "truthPX", "truthPY", "truthPZ"))
    }


def write_table(path: Path, jets: Jets, names: object = None) -> None:
    """As pandas' to_hdf(format="table") lays it out."""
    columns = columns_of(jets)
    with h5py.File(path, "w") as file:
        kind = [("index", "<i8"), ("values_block_0", "<f4", (len(columns),)), ("values_block_1", "<i8", (2,))]
        rows = np.zeros(len(jets), dtype=kind)
        rows["values_block_0"] = np.stack(list(columns.values()), 1)
        rows["values_block_1"] = np.stack([np.ones(len(jets), dtype=int), jets.labels], 1)
        table = file.create_dataset("table/table", data=rows)
        table.attrs["values_block_0_kind"] = np.bytes_(pickle.dumps(names or list(columns), protocol=0))
        table.attrs["values_block_1_kind"] = np.bytes_(pickle.dumps(["ttv", "is_signal_new"], protocol=0))


def write_fixed(path: Path, jets: Jets) -> None:
    """As pandas' to_hdf(format="fixed") lays it out."""
    columns = columns_of(jets)
    with h5py.File(path, "w") as file:
        file["table/block0_items"] = np.array([name.encode() for name in columns])
        file["table/block0_values"] = np.stack(list(columns.values()), 1).astype("float32")
        file["table/block1_items"] = np.array([b"is_signal_new"])
        file["table/block1_values"] = jets.labels[:, None]


@pytest.mark.parametrize("write", [write_table, write_fixed])
def test_top_tagging_reference(tmp_path: Path, write: object) -> None:
    jets = some_jets()
    write(tmp_path / "train.h5", jets)  # type: ignore[operator]
    found, problems = read_top_tagging(tmp_path / "train.h5")
    np.testing.assert_allclose(found.momenta, jets.momenta, rtol=1e-6)
    np.testing.assert_array_equal(found.mask, jets.mask)
    np.testing.assert_array_equal(found.labels, jets.labels)
    np.testing.assert_array_equal(found.targets["top"][0], [7, 8, 9, 10])
    assert problems.counts == {}
    few, _ = read_top_tagging(tmp_path / "train.h5", start=2, stop=4, particles=2)
    np.testing.assert_allclose(few.momenta, jets.momenta[2:4, :2], rtol=1e-6)


class Harmful:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return print, ("executed",)


def test_column_names_execute_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_table(tmp_path / "x.h5", some_jets(), names=[Harmful()])
    with pytest.raises(DataError, match="not a table"):
        read_top_tagging(tmp_path / "x.h5")
    assert "executed" not in capsys.readouterr().out
    with pytest.raises(DataError, match="no table"):
        read_top_tagging(tmp_path / "x.h5", key="other")
    with pytest.raises(DataError, match="zenodo"):
        read_top_tagging(tmp_path / "absent.h5")
    with h5py.File(tmp_path / "y.h5", "w") as file:
        file["table/block0_items"], file["table/block0_values"] = np.array([b"E_0"]), np.zeros((3, 1))
    with pytest.raises(DataError, match="reference set"):
        read_top_tagging(tmp_path / "y.h5")


def test_pmu(tmp_path: Path) -> None:
    jets = some_jets()
    jets.targets["truth_Pmu"] = np.arange(24.0).reshape(6, 4)
    write_pmu(tmp_path / "x.h5", jets)
    found, problems = read_pmu(tmp_path / "x.h5")
    np.testing.assert_array_equal(found.momenta, jets.momenta)
    np.testing.assert_array_equal(found.labels, jets.labels)
    np.testing.assert_array_equal(found.targets["truth_Pmu"], jets.targets["truth_Pmu"])
    assert problems.counts == {}
    with h5py.File(tmp_path / "x.h5", "r+") as file:
        file["Nobj"][2] += 1
        file["Pmu"][...] = file["Pmu"][...] * 1000
    found, problems = read_pmu(tmp_path / "x.h5", unit="MeV", drop=("malformed",))
    assert problems.counts == {"malformed": 1}
    np.testing.assert_allclose(found.momenta, np.delete(jets.momenta, 2, 0))
    with pytest.raises(DataError, match="Pmu"):
        read_pmu(Path(__file__))
    with pytest.raises(ConfigurationError, match="MeV"):
        read_pmu(tmp_path / "x.h5", unit="Mev")


def test_energyflow(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    x = np.stack(
        [rng.exponential(9, (4, 3)), rng.normal(size=(4, 3)), rng.uniform(0, 6, (4, 3)), np.full((4, 3), 211.0)], -1
    )
    x[1, 2] = 0
    np.savez(tmp_path / "x.npz", X=x, y=np.array([0.0, 1, 1, 0]))
    found, problems = read_energyflow(tmp_path / "x.npz")
    assert found.mask.sum() == 11
    p = found.momenta[found.mask]
    np.testing.assert_allclose(mass_squared(p) / p[:, 0] ** 2, 0, atol=1e-14)
    np.testing.assert_allclose(np.arctanh(p[:, 3] / p[:, 0]), x[..., 1][found.mask])
    assert found.labels is not None
    assert found.labels.tolist() == [0, 1, 1, 0]
    assert problems.counts == {}
    np.savez(tmp_path / "z.npz", X=x[0])
    for wrong in (tmp_path / "z.npz", Path(__file__)):
        with pytest.raises(DataError, match="EnergyFlow"):
            read_energyflow(wrong)


def test_spanet(tmp_path: Path) -> None:
    mask = np.array([[True, True, True], [True, True, False]])
    with h5py.File(tmp_path / "x.h5", "w") as file:
        for name in ("pt", "eta", "phi", "mass", "btag"):
            file[f"INPUTS/Source/{name}"] = np.full((2, 3), 1.5)
        file["INPUTS/Source/MASK"] = mask
        file["TARGETS/t1/b"] = np.array([0, 2])  # the second names a jet that is not there
        file["TARGETS/t1/q1"] = np.array([-1, 1])
    found, problems = read_spanet(tmp_path / "x.h5")
    np.testing.assert_allclose(np.sqrt(mass_squared(found.momenta[mask])), 1.5)
    assert not found.momenta[~mask].any()
    assert set(found.targets) == {"t1/b", "t1/q1"}
    assert problems.counts == {"malformed": 1}
    assert len(read_spanet(tmp_path / "x.h5", drop="all").jets) == 1
    with pytest.raises(DataError, match="SPANet"):
        read_spanet(tmp_path / "x.h5", source="Other")


def jetclass_columns(jets: Jets) -> dict[str, object]:
    ak = pytest.importorskip("awkward")
    counts, flat = jets.mask.sum(1), jets.momenta[jets.mask]
    names = ("part_energy", "part_px", "part_py", "part_pz")
    columns = {name: ak.unflatten(np.ascontiguousarray(flat[:, k]), counts) for k, name in enumerate(names)}
    return columns | {
        "part_charge": ak.unflatten(jets.scalars["charge"][jets.mask], counts),
        "label_QCD": (jets.labels == 0).astype("int32"), "label_Tbqq": (jets.labels == 1).astype("int32"),
        "jet_pt": np.arange(6.0),
    }  # fmt: skip


@pytest.mark.parametrize("ending", ["root", "parquet"])
def test_jetclass_columns(tmp_path: Path, ending: str) -> None:
    ak, uproot = pytest.importorskip("awkward"), pytest.importorskip("uproot")
    jets, path = some_jets(), tmp_path / f"x.{ending}"
    columns = jetclass_columns(jets)
    if ending == "root":
        with uproot.recreate(path) as file:
            file.mktree("tree", {n: ("var * float64" if n.startswith("part") else a.dtype) for n, a in columns.items()})
            file["tree"].extend(columns)
    else:
        ak.to_parquet(ak.zip(columns, depth_limit=1), path)
    found, problems = read_jetclass(path)
    np.testing.assert_allclose(found.momenta, jets.momenta[:, : found.momenta.shape[1]])
    np.testing.assert_array_equal(found.labels, jets.labels)
    np.testing.assert_array_equal(found.scalars["charge"], jets.scalars["charge"][:, : found.mask.shape[1]])
    np.testing.assert_array_equal(found.targets["jet_pt"], np.arange(6.0))
    assert problems.counts == {}
    assert problems.remarks == ("label 0: label_QCD", "label 1: label_Tbqq")
    by_name, _ = read_root(
        path, {"energy": "part_energy", "px": "part_px", "py": "part_py", "pz": "part_pz"}, label="label_Tbqq",
        scalars={"q": "part_charge"}, targets={"pt": "jet_pt"}, start=1, stop=4,
    )  # fmt: skip
    np.testing.assert_array_equal(by_name.labels, jets.labels[1:4])
    with pytest.raises(ConfigurationError, match="part_px"):
        read_root(path, {"energy": "part_energy", "px": "part_x", "py": "part_py", "pz": "part_pz"})
    with pytest.raises(DataError, match="components"):
        read_root(path, {"pt": "part_px"})


def test_lists_of_different_lengths_are_malformed(tmp_path: Path) -> None:
    ak = pytest.importorskip("awkward")
    columns = jetclass_columns(some_jets())
    broken = ak.to_list(columns["part_px"])
    broken[3] = [*broken[3], 1.0]
    columns["part_px"] = ak.Array(broken)
    ak.to_parquet(ak.zip(columns, depth_limit=1), tmp_path / "x.parquet")
    found, problems = read_jetclass(tmp_path / "x.parquet")
    assert len(found) == 6
    assert problems.counts == {"empty": 1, "malformed": 1}
    assert len(read_jetclass(tmp_path / "x.parquet", drop="all").jets) == 5


def test_awkward_round_trip() -> None:
    pytest.importorskip("vector")
    jets = some_jets()
    array = to_awkward(jets)
    np.testing.assert_allclose(np.asarray(array[0].pt)[0], np.hypot(*jets.momenta[0, 0, 1:3]))
    back = from_awkward(array)
    np.testing.assert_allclose(back.momenta, jets.momenta[:, : back.momenta.shape[1]])
    with pytest.raises(DataError, match="lists of particles"):
        from_awkward(array[0])


def test_public_samples(data_folder: Path) -> None:
    pytest.importorskip("pyarrow")
    jets, problems = read_jetclass(data_folder / "jets" / "JetClassII_example.parquet", particles=64)
    assert len(jets) == 100
    assert "d0val" in jets.scalars
    assert np.median(np.hypot(*jets.total[:, 1:3].T) / jets.targets["jet_pt"]) == pytest.approx(1, abs=0.05)
    assert problems.counts.get("malformed", 0) == 0
    events, _ = read_spanet(data_folder / "jets" / "spanet_full_hadronic_ttbar.h5", stop=500)
    assert events.momenta.shape == (500, 10, 4)
    # W's mass from the jets that the targets name
    index = [np.asarray(events.targets[f"t1/{name}"]) for name in ("q1", "q2")]
    both = (index[0] >= 0) & (index[1] >= 0)
    pair = sum(np.take_along_axis(events.momenta, np.maximum(i, 0)[:, None, None], 1)[both, 0] for i in index)
    assert np.median(np.sqrt(mass_squared(np.asarray(pair)))) == pytest.approx(80.4, abs=8)
    names = {"pt": "Jet.PT", "eta": "Jet.Eta", "phi": "Jet.Phi", "mass": "Jet.Mass"}
    delphes, _ = read_root(data_folder / "jets" / "events_delphes_example.root", names, tree="Delphes")
    assert len(delphes) == 10
    with pytest.raises(DataError, match="which tree"):
        read_root(data_folder / "jets" / "events_delphes_example.root", names, tree="Events")
