"""Jets from any ROOT tree, or Parquet file, whose columns the caller names."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from intertwine.physics.jets.awkward_jets import from_lists
from intertwine.physics.jets.columns import read_columns
from intertwine.physics.jets.sample import Sample, sample_of


def read_root(
    path: str | Path,
    momenta: Mapping[str, str],
    *,
    tree: str | None = None,
    label: str | None = None,
    weight: str | None = None,
    scalars: Mapping[str, str] | None = None,
    targets: Mapping[str, str] | None = None,
    particles: int | None = None,
    start: int = 0,
    stop: int | None = None,
    unit: str = "GeV",
    drop: tuple[str, ...] | str = (),
) -> Sample:
    """Jets, or whole events, of a tree: one row each, lists of particles.

    momenta: component → column, for (energy, px, py, pz), (pt, eta, phi, mass) or massless (pt, eta, phi). scalars,
    targets: name → column with a number a particle, a number a jet. particles: the hardest so many. drop: problems
    whose jets are left out ("all": any); see `JetProblems`.
    Raises DataError for a file that cannot be read, ConfigurationError for a column that is not there.
    """
    scalars, targets = dict(scalars or {}), dict(targets or {})
    single = {**targets, **({"label": label} if label else {}), **({"weight": weight} if weight else {})}
    names = list(dict.fromkeys([*momenta.values(), *scalars.values(), *single.values()]))
    columns = read_columns(Path(path), names, tree, start, stop)
    ragged, malformed = from_lists(
        {name: columns[column] for name, column in momenta.items()},
        {name: columns[column] for name, column in scalars.items()},
        {name: np.asarray(columns[column]) for name, column in single.items()},
        unit,
    )
    jets = ragged.padded()
    jets = jets if particles is None else jets.hardest(particles)
    return sample_of(jets, drop, malformed)
