"""The quark and gluon jets of EnergyFlow (Komiske, Metodiev, Thaler, 1810.05165): npz with X and y."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np

from intertwine.errors import DataError
from intertwine.physics.jets.examination import in_gev
from intertwine.physics.jets.padded import Jets
from intertwine.physics.jets.sample import Sample, sample_of


def read_energyflow(
    path: str | Path, *, particles: int | None = None, unit: str = "GeV", drop: tuple[str, ...] | str = ()
) -> Sample:
    """Jets of X [n, M, 3 or 4] = (p_T, rapidity, φ, PDG id) and y [n]; p_T = 0 is padding. Particles are massless.

    labels: y (1 quark, 0 gluon in the published files). scalars: `pid`, where there is a fourth column.
    particles: the hardest so many. drop: problems whose jets are left out. Raises DataError.
    """
    path = Path(path)
    try:
        with np.load(path, allow_pickle=False) as file:
            x, y = file["X"], file.get("y", None)
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise DataError(
            "not an npz file of EnergyFlow", received=f"{path}: {error}", expected="arrays X and y"
        ) from error
    if x.ndim != 3 or x.shape[2] not in (3, 4) or (y is not None and y.shape != x.shape[:1]):
        received = f"X {x.shape}, y {None if y is None else y.shape}"
        raise DataError("not jets of EnergyFlow", received=received, expected="X [n, M, 3 or 4] and y [n]")
    pt, rapidity, phi = (x[..., index].astype(np.float64) for index in range(3))
    pt = pt * in_gev(unit)
    mask = pt != 0
    with np.errstate(over="ignore", invalid="ignore"):
        momenta = np.stack([pt * np.cosh(rapidity), pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(rapidity)], -1)
    scalars = {"pid": np.where(mask, x[..., 3].astype(np.float64), 0.0)} if x.shape[2] == 4 else {}
    jets = Jets(
        np.where(mask[..., None], momenta, 0.0),
        mask,
        None if y is None else y.astype(np.int64),
        np.ones(len(x)),
        scalars,
    )
    jets = jets if particles is None else jets.hardest(particles)
    return sample_of(jets, drop, (pt < 0).any(1))
