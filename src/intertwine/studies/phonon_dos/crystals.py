"""The first step: crystals are read from the sample data or a file, or generated."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from intertwine.errors import ConfigurationError, DataError
from intertwine.physics.sample_files import find_sample
from intertwine.studies.phonon_dos.configuration import PhononDosConfiguration
from intertwine.studies.seeds import seed_of
from intertwine.studies.step import Step, StepContext, StepResult

if TYPE_CHECKING:
    from intertwine.physics.structure import Structure
    from intertwine.studies.store import Store

CRYSTALS = "crystals"
"""Name of the step."""
SAMPLES = {"phonon/data.csv": 1521, "phonon/phonondb103_dos51.json": 103}
"""Looked for in the folder of sample data, in this order: the published set, and 103 of PhononDB's crystals; how many
there are, for estimates."""


def crystal_step(configuration: PhononDosConfiguration, seed: int) -> Step:
    """Stores the crystals as arrays; values: where they are from, their names, how many entries were left out."""
    found = crystal_file(configuration.source)
    seconds = 5.0 if found is not None else 0.8 * configuration.generated
    return Step(CRYSTALS, _collect(configuration, seed), seconds=seconds)


def crystal_file(source: str) -> Path | None:
    """The file that `source` names; None for generated crystals. Raises ConfigurationError where it is not there."""
    if source == "generated":
        return None
    if source != "auto":
        if not Path(source).is_file():
            raise ConfigurationError(
                "no such file of crystals", received=source, expected='a path, "auto", "generated"'
            )
        return Path(source)
    return next((path for name in SAMPLES if (path := find_sample(name))), None)


def expected_crystals(configuration: PhononDosConfiguration) -> int:
    """About how many crystals there will be, for estimates of time."""
    file = crystal_file(configuration.source)
    known = {Path(name).name: count for name, count in SAMPLES.items()}
    count = configuration.generated if file is None else known.get(file.name, 1000)
    return min(count, configuration.limit or count)


def _collect(c: PhononDosConfiguration, seed: int) -> Callable[[StepContext], StepResult]:
    def run(context: StepContext) -> StepResult:
        import numpy as np

        from intertwine.physics import crystals as physics

        file, values = crystal_file(c.source), {}
        if file is None:
            made = context.folder / "crystals.json"
            physics.generate(made, c.generated, seed=seed_of(seed, CRYSTALS), workers=1)
            values = {"rejected": physics.read_attributes(made)["rejected"]}
        found = physics.read_phonons(file or made, skip_bad=True)
        chosen = list(found)
        if c.limit is not None and c.limit < len(chosen):
            order = np.random.default_rng(seed_of(seed, "limit")).permutation(len(chosen))
            chosen = [chosen[index] for index in sorted(order[: c.limit])]
        if len(chosen) < 2 * c.folds:
            raise DataError("too few crystals", received=len(chosen), expected=f"two for each of {c.folds} folds")
        grids = np.stack([one.targets["frequencies"] for one in chosen])
        if not (grids == grids[0]).all():
            raise DataError("the spectra are on different grids", expected="the same frequencies for every crystal")
        dos = np.stack([one.targets["dos"] for one in chosen])
        return StepResult(
            {
                "source": "generated" if file is None else file.name, "names": [one.name for one in chosen],
                "skipped": list(found.skipped), **values,
            },
            {
                "positions": np.concatenate([one.positions for one in chosen]),
                "numbers": np.concatenate([one.numbers for one in chosen]),
                "atoms": np.array([len(one) for one in chosen]),
                "cells": np.stack([np.asarray(one.cell) for one in chosen]),
                "frequencies": grids[0], "dos": dos / dos.max(axis=1, keepdims=True),
            },
        )  # fmt: skip

    return run


def stored(results: Store) -> list[Structure]:
    """The crystals, with target dos of maximum 1."""
    import numpy as np

    from intertwine.physics.structure import checked_structure

    a, names = results.arrays(CRYSTALS), results.values(CRYSTALS)["names"]
    ends = np.cumsum(a["atoms"])
    return [
        checked_structure(
            a["positions"][end - n : end], a["numbers"][end - n : end], cell,
            {"dos": dos, "frequencies": a["frequencies"]}, name,
        )
        for end, n, cell, dos, name in zip(ends, a["atoms"], a["cells"], a["dos"], names, strict=True)
    ]  # fmt: skip
