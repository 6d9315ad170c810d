"""The public top-tagging reference set (Kasieczka et al., Zenodo 2603256): HDF5 tables of pandas."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from intertwine.errors import DataError
from intertwine.physics.jets.examination import in_gev
from intertwine.physics.jets.padded import Jets
from intertwine.physics.jets.pandas_table import read_pandas_table
from intertwine.physics.jets.sample import Sample, sample_of

COMPONENTS = ("E", "PX", "PY", "PZ")
TRUTH = ("truthE", "truthPX", "truthPY", "truthPZ")


def read_top_tagging(
    path: str | Path,
    *,
    key: str = "table",
    particles: int | None = None,
    start: int = 0,
    stop: int | None = None,
    unit: str = "GeV",
    drop: tuple[str, ...] | str = (),
) -> Sample:
    """Jets of columns E_0, PX_0, PY_0, PZ_0, E_1, …, zero where there is no particle, and is_signal_new (1 top).

    targets: `top`, the true top's momentum (zero for QCD), and `ttv` (0 training, 1 test, 2 validation), where they
    are. The file holds single precision: particles that were massless are so to 1e-7 of their energy.
    Needs neither pandas nor PyTables. particles: the hardest so many. drop: problems whose jets are left out.
    Raises DataError.
    """
    path = Path(path)
    if not path.is_file():
        raise DataError("no such file", received=path, fix="download it from zenodo.org/records/2603256")
    columns = read_pandas_table(path, key, start, stop)
    count = 0
    while f"E_{count}" in columns:
        count += 1
    if count == 0 or any(f"{name}_{index}" not in columns for name in COMPONENTS for index in range(count)):
        raise DataError(
            "not the reference set's columns", received=sorted(columns)[:6], expected="E_0, PX_0, PY_0, PZ_0, …"
        )
    momenta = np.stack(
        [np.stack([columns[f"{name}_{index}"] for name in COMPONENTS], -1) for index in range(count)], axis=1
    ).astype(np.float64)
    momenta *= in_gev(unit)
    mask = (momenta != 0).any(-1)
    labels = columns.get("is_signal_new")
    targets: dict[str, NDArray[np.generic]] = {}
    if all(name in columns for name in TRUTH):
        targets["top"] = np.stack([columns[name] for name in TRUTH], -1).astype(np.float64) * in_gev(unit)
    if "ttv" in columns:
        targets["ttv"] = columns["ttv"].astype(np.int64)
    # a particle behind an empty place: the rows are lists, so this one was not written as the others
    holes = (np.diff(mask.astype(np.int8), axis=1) > 0).any(1)
    jets = Jets(momenta, mask, None if labels is None else labels.astype(np.int64), np.ones(len(mask)), {}, targets)
    jets = jets if particles is None else jets.hardest(particles)
    return sample_of(jets, drop, holes)
