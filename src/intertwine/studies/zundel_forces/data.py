"""The step that reads the frames of H5O2⁺, and their division into training and test frames."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from intertwine.errors import DataError
from intertwine.physics.sample_files import sample_file
from intertwine.studies.seeds import seed_of
from intertwine.studies.step import Step, StepContext, StepResult
from intertwine.studies.zundel_forces.configuration import ZundelForcesConfiguration

if TYPE_CHECKING:
    from intertwine.studies.store import Store

SPECIES = ("O", "H")
SYMBOLS = ("O", "O", "H", "H", "H", "H", "H")
SOURCE = "reference_data/inputs of github.com/lab-cosmo/librascal"
FRAMES, ENERGIES = "molecules/zundel_dataset.xyz", "molecules/zundel_energies.txt"
DATA = "data"


def data_step(configuration: ZundelForcesConfiguration) -> Step:
    """Positions [n, 7, 3] in Å about their mean, forces [n, 7, 3] in eV/Å, energies [n] in eV; O, O and then H."""

    def run(context: StepContext) -> StepResult:
        from intertwine.physics.molecules import read_zundel

        found = read_zundel(sample_file(FRAMES, SOURCE), sample_file(ENERGIES, SOURCE))
        positions, forces = [], []
        for one in found:
            if sorted(one.symbols) != sorted(SYMBOLS):
                raise DataError("not H5O2⁺", received=f"{one.name}: {' '.join(one.symbols)}", expected="O2 H5")
            order = np.argsort([SPECIES.index(symbol) for symbol in one.symbols], kind="stable")
            positions.append((one.positions - one.positions.mean(axis=0))[order])
            forces.append(one.targets["forces"][order])
        if len(found) < configuration.n_test + max(configuration.sizes):
            raise DataError(
                "not enough frames",
                received=len(found),
                expected=f"≥ {configuration.n_test} + {max(configuration.sizes)}",
            )
        energies = found.stacked("energy")
        arrays = {"positions": np.array(positions), "forces": np.array(forces), "energies": energies}
        values = {
            "frames": len(found), "energy_spread": float(energies.std()),
            "force_size": float(np.sqrt(np.mean(np.square(arrays["forces"])))),
            "net_force": float(np.abs(arrays["forces"].sum(axis=1)).max()),
        }  # fmt: skip
        return StepResult(values, arrays)

    return Step(DATA, run, seconds=3)


def frames(c: ZundelForcesConfiguration, results: Store, size: int, seed: int) -> dict[str, dict[str, NDArray[Any]]]:
    """ "training", "choice" and "test" → positions, forces, energies. A larger set holds the smaller ones."""
    arrays = results.arrays(DATA)
    order = np.random.default_rng(seed_of(seed, "frames")).permutation(len(arrays["energies"]))
    test, chosen = order[: c.n_test], order[c.n_test : c.n_test + size]
    held = max(1, size // 10)
    places = {"training": chosen[held:], "choice": chosen[:held], "test": test}
    return {part: {name: array[place] for name, array in arrays.items()} for part, place in places.items()}
