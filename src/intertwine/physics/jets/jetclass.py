"""JetClass (Qu, Li, Qian, 2202.03772) and JetClass-II (2405.12972): Parquet or ROOT, their column names."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from intertwine.errors import DataError
from intertwine.physics.jets.awkward_jets import from_lists
from intertwine.physics.jets.columns import column_names, read_columns
from intertwine.physics.jets.sample import Sample, sample_of

MOMENTA = {"energy": "part_energy", "px": "part_px", "py": "part_py", "pz": "part_pz"}


def read_jetclass(
    path: str | Path,
    *,
    particles: int | None = None,
    start: int = 0,
    stop: int | None = None,
    drop: tuple[str, ...] | str = (),
) -> Sample:
    """Jets of a file with JetClass' columns.

    labels: `jet_label` (JetClass-II), or the number of the `label_…` column that is 1 (JetClass, in the file's order);
    a row without exactly one is malformed. scalars: every other `part_…` column by its name without part_ (charge,
    d0val, isElectron, …). targets: every other `jet_…` column. particles: the hardest so many. drop: problems whose
    jets are left out. Raises DataError.
    """
    path = Path(path)
    if not path.is_file():
        raise DataError("no such file", received=path)
    there = [name for name in column_names(path) if "/" not in name]
    missing = [name for name in MOMENTA.values() if name not in there]
    if missing:
        raise DataError("not JetClass' columns", received=f"{path.name} without {missing}", fix="read_root takes names")
    per_particle = [name for name in there if name.startswith("part_") and name not in MOMENTA.values()]
    per_jet = [name for name in there if name.startswith("jet_") and name != "jet_label"]
    classes = ["jet_label"] if "jet_label" in there else [name for name in there if name.startswith("label_")]
    columns = read_columns(path, [*MOMENTA.values(), *per_particle, *per_jet, *classes], None, start, stop)
    values = {name: np.asarray(columns[name]) for name in per_jet}
    rows = len(columns["part_px"])
    unlabelled = np.zeros(rows, dtype=np.bool_)
    if classes == ["jet_label"]:
        values["label"] = np.asarray(columns["jet_label"])
    elif classes:
        hot = np.stack([np.asarray(columns[name]) for name in classes], axis=1) > 0
        unlabelled = hot.sum(1) != 1
        values["label"] = np.where(unlabelled, -1, hot.argmax(1))
    ragged, malformed = from_lists(
        {name: columns[column] for name, column in MOMENTA.items()},
        {name.removeprefix("part_"): columns[name] for name in per_particle},
        values,
    )
    jets = ragged.padded()
    jets = jets if particles is None else jets.hardest(particles)
    remarks = tuple(f"label {number}: {name}" for number, name in enumerate(classes) if len(classes) > 1)
    return sample_of(jets, drop, malformed | unlabelled, remarks)
