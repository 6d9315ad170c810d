"""The HDF5 layout of the codes of LGN (2006.04780) and PELICAN (2211.00454): Pmu, Nobj, is_signal."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from intertwine.errors import DataError
from intertwine.physics.jets.examination import in_gev
from intertwine.physics.jets.padded import Jets
from intertwine.physics.jets.sample import Sample, sample_of

KNOWN = ("Pmu", "Nobj", "is_signal", "weight")


def read_pmu(
    path: str | Path,
    *,
    particles: int | None = None,
    start: int = 0,
    stop: int | None = None,
    unit: str = "GeV",
    drop: tuple[str, ...] | str = (),
) -> Sample:
    """Jets of Pmu [n, M, 4] = (E, px, py, pz), Nobj [n] particles each, and is_signal [n].

    targets: every other array with n rows, by its name in the file (truth_Pmu, …). A row whose Nobj is not the number
    of its particles is malformed. particles: the hardest so many. drop: problems whose jets are left out.
    Raises DataError.
    """
    import h5py

    try:
        with h5py.File(path, "r") as file:
            pmu = np.asarray(file["Pmu"][start:stop], dtype=np.float64)
            count = np.asarray(file["Nobj"][start:stop], dtype=np.int64) if "Nobj" in file else None
            label = np.asarray(file["is_signal"][start:stop], dtype=np.int64) if "is_signal" in file else None
            weight = np.asarray(file["weight"][start:stop], dtype=np.float64) if "weight" in file else None
            total = len(file["Pmu"])
            targets = {
                name: file[name][start:stop]
                for name in file
                if name not in KNOWN and isinstance(file[name], h5py.Dataset) and file[name].shape[:1] == (total,)
            }
    except (OSError, KeyError) as error:
        raise DataError(
            "not a file with Pmu", received=f"{path}: {error}", expected="HDF5 with Pmu [n, M, 4]"
        ) from error
    if pmu.ndim != 3 or pmu.shape[2] != 4:
        raise DataError("not four-momenta", received=f"Pmu {pmu.shape}", expected="[n, M, 4]")
    pmu *= in_gev(unit)
    mask = (pmu != 0).any(-1)
    malformed = None if count is None else mask.sum(1) != count
    weights = np.ones(len(pmu)) if weight is None else weight
    jets = Jets(pmu, mask, label, weights, {}, targets)
    jets = jets if particles is None else jets.hardest(particles)
    return sample_of(jets, drop, malformed)


def write_pmu(path: str | Path, jets: Jets) -> None:
    """Write jets in that layout, targets included."""
    import h5py

    with h5py.File(path, "w") as file:
        file["Pmu"] = jets.momenta
        file["Nobj"] = jets.mask.sum(1)
        file["weight"] = jets.weights
        if jets.labels is not None:
            file["is_signal"] = jets.labels
        for name, array in jets.targets.items():
            file[name] = array
