"""The step that reads QM7, and the folds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from intertwine.errors import DataError
from intertwine.physics.sample_files import sample_file
from intertwine.studies.qm7.configuration import FOLDS, QM7Configuration
from intertwine.studies.seeds import seed_of
from intertwine.studies.step import Step, StepContext, StepResult

if TYPE_CHECKING:
    from intertwine.studies.store import Store

SOURCE = "the test data of github.com/qmlcode/qml, as an npz with Z, R, N, E"
FILE = "molecules/qm7.npz"
DATA = "data"
Places = NDArray[np.int64]


def data_step(configuration: QM7Configuration) -> Step:
    """numbers [atoms], positions [atoms, 3] in Å, first [molecules + 1]: the first atom of each; energies in kcal/mol.

    Coulomb matrices besides: spectrum [molecules, most], sorted [molecules, most (most + 1) / 2].
    """

    def run(context: StepContext) -> StepResult:
        from intertwine.physics.molecules import read_qm7
        from intertwine.physics.molecules.coulomb_matrix import coulomb_spectrum, sorted_coulomb_matrix

        found = read_qm7(sample_file(FILE, SOURCE))
        counts = np.array([len(one) for one in found])
        training = len(found) - -(-len(found) // FOLDS)
        if training < max(configuration.sizes):
            raise DataError(
                "not enough molecules", received=f"{training} for training", expected=f"≥ {max(configuration.sizes)}"
            )
        most = int(counts.max())
        arrays: dict[str, NDArray[Any]] = {
            "numbers": np.concatenate([one.numbers for one in found]),
            "positions": np.concatenate([one.positions for one in found]),
            "first": np.concatenate([[0], counts.cumsum()]), "energies": found.stacked("energy"),
            "spectrum": np.array([coulomb_spectrum(one, most) for one in found]),
            "sorted": np.array([sorted_coulomb_matrix(one, most) for one in found]),
        }  # fmt: skip
        energies = arrays["energies"]
        values = {
            "molecules": len(found), "most": most, "mean": float(energies.mean()), "spread": float(energies.std()),
            "elements": sorted(set(arrays["numbers"].tolist())),
        }  # fmt: skip
        return StepResult(values, arrays)

    return Step(DATA, run, seconds=8)


def split(energies: NDArray[np.float64], fold: int, size: int, seed: int) -> tuple[Places, Places, Places]:
    """Molecules for training, choice and test. A larger training set holds the smaller ones.

    The folds are stratified as in Rupp et al.: of every five molecules that follow each other in energy, each goes to
    another fold.
    """
    rng = np.random.default_rng(seed_of(seed, "folds"))
    order = np.argsort(energies, kind="stable")
    groups = -(-len(order) // FOLDS)
    of = np.concatenate([rng.permutation(FOLDS) for _ in range(groups)])[: len(order)]
    test = order[of == fold]
    rest = np.random.default_rng(seed_of(seed, "training", fold)).permutation(np.sort(order[of != fold]))[:size]
    held = max(1, size // 10)
    return rest[held:], rest[:held], np.sort(test)


def compositions(numbers: NDArray[np.int64], first: NDArray[np.int64], elements: list[int]) -> NDArray[np.float64]:
    """How many atoms of each element a molecule has, [molecules, elements]."""
    return np.stack([np.add.reduceat((numbers == element).astype(np.float64), first[:-1]) for element in elements], 1)


def stored(results: Store) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Values and arrays of the data."""
    return results.values(DATA), results.arrays(DATA)
