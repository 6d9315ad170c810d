"""The QM7 study: batches, Coulomb matrices, kernels, folds, a whole tiny run, and the real data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from synthetic_molecules import Silent, write_qm7

from intertwine.errors import DataError
from intertwine.models.tensor_product_network import TensorProductNetwork
from intertwine.physics.molecules import read_qm7
from intertwine.physics.molecules.coulomb_matrix import (
    BOHR,
    coulomb_matrix,
    coulomb_spectrum,
    sorted_coulomb_matrix,
)
from intertwine.physics.sample_files import VARIABLE
from intertwine.physics.structure import checked_structure
from intertwine.report.build import build_report
from intertwine.studies.qm7.configuration import FOLDS, KERNELS, TINY
from intertwine.studies.qm7.data import compositions, data_step, split
from intertwine.studies.qm7.kernels import choose, predict, regress
from intertwine.studies.qm7.molecules import MoleculeTable
from intertwine.studies.qm7.training import network_config
from intertwine.studies.runner import Run
from intertwine.studies.step import StepContext
from intertwine.studies.store import Store


def test_a_whole_study_and_its_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_qm7(tmp_path)
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    run = Run("qm7", "tiny", out=tmp_path / "a", workers=1)
    run.execute(Silent())
    rows = run.study.summary(run.configuration, run.store)
    assert len(rows) == 2 * (2 + len(KERNELS))
    page = build_report(tmp_path / "a").read_text()
    assert "<svg" in page
    assert "Phys. Rev. Lett. 108" in page


def test_missing_data_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    step, context = data_step(TINY), StepContext(tmp_path, Store(tmp_path), "cpu", None, lambda fraction: None)
    with pytest.raises(DataError, match=r"molecules/qm7\.npz(.|\n)*qmlcode"):
        step.run(context)
    write_qm7(tmp_path, n=10)
    with pytest.raises(DataError, match="not enough molecules"):
        step.run(context)


def test_batches_are_the_molecules_one_by_one(tmp_path: Path) -> None:
    write_qm7(tmp_path, n=6)
    found = read_qm7(tmp_path / "molecules/qm7.npz")
    first = np.concatenate([[0], np.cumsum([len(one) for one in found])])
    numbers, positions = (np.concatenate([getattr(one, key) for one in found]) for key in ("numbers", "positions"))
    elements = [1, 6, 8]
    table = MoleculeTable(numbers, positions, first, elements, 2.0)
    network = TensorProductNetwork(network_config(TINY, "equivariant", 3, table.neighbours)).requires_grad_(False)
    index = torch.tensor([4, 0, 4, 3])
    x, graph = table.batch(index)
    together = network(x, graph)
    torch.testing.assert_close(together, torch.cat([network(*table.batch(one[None])) for one in index]))
    assert (together[1:] - together[0]).abs().max() > 1e-3
    assert int(graph.sizes()[1]) == len(found[0])
    lengths = graph.vectors().norm(dim=1)
    torch.testing.assert_close(lengths[::2], lengths[1::2])
    apart = np.linalg.norm(found[0].positions[:, None] - found[0].positions, axis=-1)
    pairs = (graph.node_graph[graph.senders] == 1).sum()
    assert int(pairs) == int(((apart < 2.0) & (apart > 0)).sum())
    counts = compositions(numbers, first, elements)
    np.testing.assert_array_equal(counts[2], [(found[2].numbers == element).sum() for element in elements])


def test_coulomb_matrices() -> None:
    positions, numbers = np.array([[0.0, 0, 0], [0, 0, 1.1], [0, 1.0, -0.4], [0.9, -0.4, -0.3]]), np.array([6, 8, 1, 1])
    one = checked_structure(positions, numbers, None, {})
    found = coulomb_matrix(one)
    np.testing.assert_allclose(found[0, 1], 48 * BOHR / 1.1)
    np.testing.assert_allclose(np.diag(found), 0.5 * numbers**2.4)
    order = [2, 0, 3, 1]
    other = checked_structure(positions[order], numbers[order], None, {})
    assert not np.allclose(coulomb_matrix(other), found)
    for view in (sorted_coulomb_matrix, coulomb_spectrum):
        np.testing.assert_allclose(view(other, 6), view(one, 6), atol=1e-12)
        with pytest.raises(DataError, match="more atoms than there is room for"):
            view(one, 3)
    with pytest.raises(DataError, match="two atoms at one place"):
        coulomb_matrix(checked_structure(np.zeros((2, 3)), [1, 1], None, {}))


def test_kernel_regression_interpolates_and_learns() -> None:
    rng = np.random.default_rng(0)
    x, new = rng.normal(size=(300, 2)), rng.normal(size=(100, 2))

    def law(x: np.ndarray) -> np.ndarray:
        return np.asarray(np.sin(x[:, 0]) + x[:, 1] ** 2 + 5.0)

    y = law(x)
    np.testing.assert_allclose(predict(x, y, x, "sqeuclidean", 1.0, 1e-10), y, atol=1e-4)
    width, ridge = choose(x, y, new[:50], law(new[:50]), "sqeuclidean")
    right = np.abs(predict(x, y, new, "sqeuclidean", width, ridge) - law(new)).mean()
    wrong = np.abs(predict(x, y, new, "sqeuclidean", width * 1e-3, ridge) - law(new)).mean()
    assert right < 0.01 < wrong


def test_folds_are_a_division_stratified_by_energy() -> None:
    energies = np.random.default_rng(0).normal(size=203)
    tests = [split(energies, fold, 50, 1)[2] for fold in range(FOLDS)]
    assert sorted(np.concatenate(tests).tolist()) == list(range(203))
    means = [energies[test].mean() for test in tests]
    assert np.std(means) < 0.03 < energies.std() / np.sqrt(40)  # what folds at random would have
    few, many = split(energies, 2, 20, 1), split(energies, 2, 100, 1)
    assert not set(np.concatenate(many[:2])) & set(tests[2])
    assert set(np.concatenate(few[:2])) < set(np.concatenate(many[:2]))


def test_kernels_on_the_real_molecules(data_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(data_folder))
    results = Store(tmp_path)
    context = StepContext(results.begin("data"), results, "cpu", None, lambda fraction: None)
    results.finish("data", data_step(TINY).run(context))
    assert results.values("data")["molecules"] == 7101
    errors = [regress(TINY, kernel, 500, 0, 0)(context).values["test"] for kernel in KERNELS]
    assert 7 < errors[1] < 14 < errors[0] < 25  # a shuffled target leaves some 180 kcal/mol
