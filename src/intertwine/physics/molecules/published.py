"""Readers of published sets: response tensors of water, the Zundel cation, ethanol."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import numpy as np

from intertwine.errors import DataError
from intertwine.physics.entry_reading import existing
from intertwine.physics.molecules.extended_xyz import Shapes, read_extended_xyz
from intertwine.physics.structure import StructureSet

_WATER: Shapes = {"mu": (3,), "alpha": (3, 3), "beta": (3, 3, 3), "potential": ()}


def read_water_tensors(path: str | Path, *, gamma: bool = False) -> StructureSet:
    """Water monomers with dipole mu [3], polarisability alpha [3, 3] and first hyperpolarisability beta [3, 3, 3].

    All in atomic units, `potential` in Hartree. gamma: the other file of the set, with the second hyperpolarisability
    gamma [3, 3, 3, 3] only. Source: TENSOAP's examples, Wilkins et al., PNAS 116, 3401 (2019). Raises DataError.
    """
    return read_extended_xyz(path, {"gamma": (3, 3, 3, 3)} if gamma else _WATER, periodic=False)


def read_zundel(path: str | Path, energies: str | Path) -> StructureSet:
    """Frames of H5O2⁺ with forces [7, 3] in eV/Å and energies in eV, relative to the set's own zero.

    The cell of the files is a large empty box and is left out. Raises DataError, also where frames and energies are not
    as many.
    """
    found = read_extended_xyz(path, {"forces": ("n", 3)}, periodic=False)
    try:
        values = np.atleast_1d(np.loadtxt(existing(energies), comments="#"))
    except ValueError as error:
        raise DataError(f"{Path(energies).name} is not a column of numbers", received=error) from error
    if values.shape != (len(found),):
        raise DataError(
            "frames and energies do not match", received=f"{len(found)} frames, {values.shape} energies",
            expected="one energy a frame",
        )  # fmt: skip
    if not np.isfinite(values).all():
        raise DataError("energies are not finite", received=f"{int((~np.isfinite(values)).sum())} such numbers")
    return StructureSet(
        tuple(
            replace(one, targets=MappingProxyType({**one.targets, "energy": np.asarray(value)}))
            for one, value in zip(found, values, strict=True)
        )
    )


def read_ethanol(path: str | Path) -> StructureSet:
    """Frames of ethanol with energy in kcal/mol and forces [9, 3] in kcal/mol/Å (MD17). Raises DataError."""
    return read_extended_xyz(path, {"energy": (), "forces": ("n", 3)}, periodic=False)
