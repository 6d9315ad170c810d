"""`read_qm7`: small organic molecules with their atomisation energies."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from intertwine.errors import DataError
from intertwine.physics.entry_reading import existing, read_entries
from intertwine.physics.structure import Structure, StructureSet, checked_structure


def read_qm7(path: str | Path, *, skip_bad: bool = False) -> StructureSet:
    """Molecules with `energy`: the PBE0 heat of formation, in kcal/mol. Positions in Å.

    The file is an npz with Z [m, most], R [m, most, 3], N [m], E [m] or [m, 2] (PBE0 first) and names [m], padded by
    zeros beyond N atoms. Source: Rupp et al., Phys. Rev. Lett. 108, 058301 (2012). Raises DataError.
    """
    file = existing(path)
    try:
        with np.load(file, allow_pickle=False) as data:
            missing = {"Z", "R", "N", "E"} - set(data.files)
            if missing:
                raise DataError("not the arrays of QM7", received=sorted(data.files), expected="Z, R, N, E")
            Z, R, N, E = (data[key] for key in ("Z", "R", "N", "E"))
            names = data["names"] if "names" in data.files else np.arange(len(N)).astype(str)
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise DataError(f"{file.name} is not an npz file", received=error) from error
    energies = E[:, 0] if E.ndim == 2 else E
    if not (Z.ndim == 2 and R.shape == (*Z.shape, 3) and N.shape == energies.shape == names.shape == Z.shape[:1]):
        shapes = ", ".join(f"{key} {value.shape}" for key, value in (("Z", Z), ("R", R), ("N", N), ("E", E)))
        raise DataError(
            "the arrays of QM7 do not fit", received=shapes, expected="Z [m, most], R [m, most, 3], N, E [m]"
        )

    def read(where: str, row: Any) -> Structure:
        n = int(N[row])
        if not 0 < n <= Z.shape[1]:
            raise DataError("a number of atoms out of range", received=n, expected=f"1 to {Z.shape[1]}")
        return checked_structure(R[row, :n], Z[row, :n], None, {"energy": energies[row]}, where)

    return read_entries(file, ((str(name), row) for row, name in enumerate(names)), read, skip_bad)
