"""The study of water's response tensors: irreps, symmetry of the networks, a whole tiny run, and the real data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from synthetic_molecules import Silent, write_water

import intertwine as tw
from intertwine.errors import DataError
from intertwine.physics.sample_files import VARIABLE
from intertwine.report.build import build_report
from intertwine.studies.random_rotations import random_orthogonal_matrices
from intertwine.studies.runner import Run
from intertwine.studies.step import StepContext
from intertwine.studies.store import Store
from intertwine.studies.water_tensors.configuration import QUICK, TENSORS, TINY, WaterTensorsConfiguration
from intertwine.studies.water_tensors.data import DATA, data_step, split
from intertwine.studies.water_tensors.networks import make_network
from intertwine.studies.water_tensors.references import SA_GPR, SA_GPR_SIZES
from intertwine.studies.water_tensors.tensors import parts, tensor_space, turned
from intertwine.studies.water_tensors.training import train


def test_a_whole_study_and_its_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_water(tmp_path)
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    run = Run("water-tensors", "tiny", out=tmp_path / "a", workers=1)
    run.execute(Silent())
    rows = run.study.summary(run.configuration, run.store)
    assert len(rows) == 3 * 8 + 5  # three methods on eight irreps, one network for five
    page = build_report(tmp_path / "a").read_text()
    assert "<svg" in page
    assert "SA-GPR" in page
    assert run.store.arrays("train/equivariant/second-hyperpolarisability/12")["error"].shape == (1, 3, 2)


def test_missing_data_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    step, context = data_step(TINY), StepContext(tmp_path, Store(tmp_path), "cpu", None, lambda fraction: None)
    monkeypatch.delenv(VARIABLE, raising=False)
    with pytest.raises(DataError, match=r"water_monomer_tensors\.xyz(.|\n)*INTERTWINE_DATA is not set(.|\n)*TENSOAP"):
        step.run(context)
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    with pytest.raises(DataError, match=r"a folder that holds molecules/water_monomer_tensors\.xyz"):
        step.run(context)
    write_water(tmp_path, n=10)
    with pytest.raises(DataError, match="not enough molecules"):
        step.run(context)
    write_water(tmp_path, n=24)
    other = tmp_path / "other"
    write_water(other, n=24, seed=1)
    (other / "molecules/water_monomer_gamma.xyz").rename(tmp_path / "molecules/water_monomer_gamma.xyz")
    with pytest.raises(DataError, match="not of the same molecules"):
        step.run(context)


@pytest.mark.parametrize("name", TENSORS)
def test_tensors_turn_by_their_irreps(name: str) -> None:
    space, rng = tensor_space(name), np.random.default_rng(0)
    group = tw.group("O(3)")
    r = rng.normal(size=(4, 3))
    tensors = r
    for _ in range(space.order - 1):
        tensors = np.einsum("n...,ni->n...i", tensors, r)
    np.testing.assert_allclose(np.linalg.norm(space.features(tensors), axis=1), (r**2).sum(1) ** (space.order / 2))
    turns = random_orthogonal_matrices(4, 1)
    assert np.sign(np.linalg.det(turns)).tolist() == [1, -1, 1, -1]
    expected = [space.rep.matrix(group.element(R)) @ f for R, f in zip(turns, space.features(tensors), strict=True)]
    np.testing.assert_allclose(space.features(turned(tensors, turns)), expected, atol=1e-12)
    matrices = space.rep_matrices(turns)
    np.testing.assert_allclose(np.einsum("nij,nj->ni", matrices, space.features(tensors)), expected, atol=1e-12)
    backwards = space.features(turned(tensors, turns.swapaxes(1, 2)))
    assert not np.allclose(backwards, expected, atol=1e-2)


def test_only_the_equivariant_network_commutes_with_rotations_and_exchange() -> None:
    names = ("dipole", "polarisability", "hyperpolarisability")
    place = torch.tensor([[0.0, 0.0, 0.0], [0.96, 0.1, 0.0], [-0.24, 0.93, 0.2]]).double()
    x = place + 0.1 * torch.randn(5, 3, 3).double()
    features = torch.randn(8, parts(names)[-1][2].stop).double()
    turns = random_orthogonal_matrices(5, 3)
    blocks = [torch.from_numpy(tensor_space(name).rep_matrices(turns)) for name in names]
    for method, commutes in (("equivariant", True), ("mlp", False)):
        network = make_network(TINY, method, names, features, 0).requires_grad_(False)
        y = network(x)
        pieces = y.split([tensor_space(name).rep.dim for name in names], dim=1)
        expected = torch.hstack([(D @ part[..., None])[..., 0] for D, part in zip(blocks, pieces, strict=True)])
        for found, wanted in (
            (network(x @ torch.from_numpy(turns).mT), expected), (network(x[:, [0, 2, 1]]), y),
        ):  # fmt: skip
            assert (float((found - wanted).abs().max() / y.abs().max()) < 1e-10) == commutes, method
        torch.testing.assert_close(network(x + 1.0), y)  # both see differences only


def test_training_test_and_choice_do_not_share_molecules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    results = _real_or_synthetic(TINY, tmp_path, monkeypatch)
    few, many = (split(TINY, results, size, 0, 5) for size in TINY.sizes)
    assert set(few.places["test"]) == set(many.places["test"])
    for one in (few, many):
        every = np.concatenate(list(one.places.values()))
        assert len(set(every)) == len(every)
    assert set(few.places["training"]) | set(few.places["choice"]) <= set(many.places["training"]) | set(
        many.places["choice"]
    )


def test_few_real_molecules_are_enough(data_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(data_folder))
    c = QUICK.model_copy(update={"steps": 100, "iterations": 8, "mlp_steps": 300, "layers": 2})
    results = Store(tmp_path)
    context = StepContext(results.begin(DATA), results, "cpu", None, lambda fraction: None)
    results.finish(DATA, data_step(c).run(context))
    found = {method: train(c, method, ("dipole",), 50, 0)(context).arrays["error"] for method in ("equivariant", "mlp")}
    assert found["equivariant"][0, 0].max() < 0.05  # as given and turned: one and the same
    np.testing.assert_allclose(*found["equivariant"][0, 0], rtol=1e-6)
    assert found["mlp"][0, 0, 1] > 0.2


def test_the_reference_has_an_entry_for_every_irrep() -> None:
    assert set(SA_GPR) == {(name, irrep.name) for name, irrep, _ in parts(tuple(TENSORS))}
    assert all(len(one) == len(SA_GPR_SIZES) for one in SA_GPR.values())


def _real_or_synthetic(c: WaterTensorsConfiguration, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    write_water(folder)
    monkeypatch.setenv(VARIABLE, str(folder))
    results = Store(folder)
    context = StepContext(results.begin(DATA), results, "cpu", None, lambda fraction: None)
    results.finish(DATA, data_step(c).run(context))
    return results
