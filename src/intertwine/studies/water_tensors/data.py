"""The step that reads the files, and the molecules and features that the other steps take from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from intertwine.errors import DataError
from intertwine.physics.sample_files import sample_file
from intertwine.studies.seeds import seed_of
from intertwine.studies.step import Step, StepContext, StepResult
from intertwine.studies.water_tensors.configuration import TENSORS, WaterTensorsConfiguration
from intertwine.studies.water_tensors.tensors import Array, tensor_space

if TYPE_CHECKING:
    from intertwine.studies.store import Store

SOURCE = "example/water_monomer of github.com/dilkins/TENSOAP"
FILES = {
    False: ("molecules/water_monomer_tensors.xyz", "coords_1000.xyz"),
    True: ("molecules/water_monomer_gamma.xyz", "coords_gamma.xyz"),
}
"""Whether the file is that of the second hyperpolarisability → our name and the publisher's."""
DATA = "data"


def data_step(configuration: WaterTensorsConfiguration) -> Step:
    """Positions about the oxygen [n, 3, 3] in Å, and every tensor [n, 3, …] in atomic units."""

    def run(context: StepContext) -> StepResult:
        from intertwine.physics.molecules import read_water_tensors

        arrays: dict[str, Array] = {}
        for gamma, (name, theirs) in FILES.items():
            wanted = [one for one in configuration.tensors if (TENSORS[one][0] == "gamma") == gamma]
            if not wanted:
                continue
            found = read_water_tensors(sample_file(name, f"{SOURCE} ({theirs})"), gamma=gamma)
            positions = np.stack([_about_oxygen(one.positions, one.symbols, one.name) for one in found])
            if "positions" in arrays and not np.array_equal(arrays["positions"], positions):
                raise DataError("the two files are not of the same molecules", fix=f"take both from {SOURCE}")
            arrays["positions"] = positions
            arrays |= {one: found.stacked(TENSORS[one][0]) for one in wanted}
        needed = configuration.n_test + max(configuration.sizes)
        if len(arrays["positions"]) < needed:
            raise DataError(
                "not enough molecules", received=len(arrays["positions"]), expected=f"≥ {needed} for training and tests"
            )
        asymmetry = {one: _asymmetry(arrays[one]) for one in configuration.tensors}
        return StepResult({"molecules": len(arrays["positions"]), "asymmetry": asymmetry}, arrays)

    return Step(DATA, run, seconds=3)


def split(configuration: WaterTensorsConfiguration, results: Store, size: int, instance: int, seed: int) -> Split:
    """The molecules of one training. Those of the test are the same for all; a larger set holds the smaller ones."""
    arrays = results.arrays(DATA)
    order = np.random.default_rng(seed_of(seed, "test molecules")).permutation(len(arrays["positions"]))
    test, rest = order[: configuration.n_test], order[configuration.n_test :]
    chosen = np.random.default_rng(seed_of(seed, "training molecules", instance)).permutation(rest)[:size]
    held = max(1, size // 10)
    return Split(arrays, chosen[held:], chosen[:held], test)


class Split:
    """Molecules for training, for the choice of weights, and for the test."""

    def __init__(self, arrays: Mapping[str, Any], training: Any, choice: Any, test: Any) -> None:
        self._arrays = arrays
        self.places = {"training": training, "choice": choice, "test": test}

    def positions(self, part: str) -> Array:
        """[n, 3, 3] about the oxygen: O, H, H."""
        found: Array = self._arrays["positions"][self.places[part]]
        return found

    def tensors(self, part: str, name: str) -> Array:
        """[n, 3, …]."""
        found: Array = self._arrays[name][self.places[part]]
        return found

    def features(self, part: str, names: tuple[str, ...]) -> Array:
        """[n, sum of dims]: all these tensors by irreps, side by side."""
        return np.hstack([tensor_space(name).features(self.tensors(part, name)) for name in names])


def _about_oxygen(positions: Array, symbols: tuple[str, ...], name: str) -> Array:
    if sorted(symbols) != ["H", "H", "O"]:
        raise DataError("not a water molecule", received=f"{name}: {' '.join(symbols)}", expected="O H H")
    order = np.argsort([symbol != "O" for symbol in symbols], kind="stable")
    about: Array = (positions - positions[order[0]])[order]
    return about


def _asymmetry(tensors: Array) -> float:
    """The largest difference of two entries that exchanged indices make equal."""
    axes = range(1, tensors.ndim - 1)
    return max((float(np.abs(tensors - tensors.swapaxes(one, one + 1)).max()) for one in axes), default=0.0)
