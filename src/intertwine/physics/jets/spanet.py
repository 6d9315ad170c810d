"""Events in the HDF5 layout of SPANet (2010.09206): jets as particles, targets that say which jet is which quark."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from intertwine.errors import DataError
from intertwine.physics.jets.examination import in_gev
from intertwine.physics.jets.kinematics import from_collider
from intertwine.physics.jets.padded import Jets
from intertwine.physics.jets.sample import Sample, sample_of


def read_spanet(
    path: str | Path,
    *,
    source: str = "Source",
    start: int = 0,
    stop: int | None = None,
    unit: str = "GeV",
    drop: tuple[str, ...] | str = (),
) -> Sample:
    """Events of INPUTS/<source> with MASK, pt, eta, phi, mass; one row an event, its "particles" are the jets.

    scalars: every other input (btag, …). targets: every array of TARGETS, named as "t1/b", with the number of the
    jet, -1 where it is missing. An event whose targets name a jet that is not there is malformed. drop: problems
    whose events are left out. Raises DataError.
    """
    import h5py

    try:
        with h5py.File(path, "r") as file:
            group = file["INPUTS"][source]
            inputs = {name: np.asarray(group[name][start:stop]) for name in group}
            targets: dict[str, NDArray[np.generic]] = {}

            def collect(name: str, item: object) -> None:
                if isinstance(item, h5py.Dataset):
                    targets[name] = item[start:stop]

            if "TARGETS" in file:
                file["TARGETS"].visititems(collect)
        mask = inputs.pop("MASK").astype(np.bool_)
        pt, eta, phi, mass = (inputs.pop(name).astype(np.float64) for name in ("pt", "eta", "phi", "mass"))
    except (OSError, KeyError) as error:
        expected = f"HDF5 with INPUTS/{source}/{{MASK, pt, eta, phi, mass}}"
        raise DataError("not a file of SPANet", received=f"{path}: {error}", expected=expected) from error
    factor = in_gev(unit)
    momenta = from_collider(pt * factor, eta, phi, mass * factor)
    malformed = np.zeros(len(mask), dtype=np.bool_)
    for index in targets.values():
        if np.issubdtype(index.dtype, np.integer) and index.ndim == 1:
            number = index.astype(np.int64)
            inside = (number >= 0) & (number < mask.shape[1])
            there = np.take_along_axis(mask, np.where(inside, number, 0)[:, None], 1)[:, 0]
            malformed |= (number >= 0) & ~(inside & there)
    scalars = {name: np.where(mask, array.astype(np.float64), 0.0) for name, array in inputs.items()}
    jets = Jets(np.where(mask[..., None], momenta, 0.0), mask, None, np.ones(len(mask)), scalars, targets)
    return sample_of(jets, drop, malformed)
