"""`read_extended_xyz`: frames of an extended xyz file, through ase."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from intertwine.errors import DataError
from intertwine.optional_library import optional_library
from intertwine.physics.entry_reading import existing, read_entries
from intertwine.physics.structure import Structure, StructureSet, checked_structure

# target → the shape of what one structure has; "n" stands for its number of atoms
Shapes = Mapping[str, tuple[int | str, ...]]


def read_extended_xyz(
    path: str | Path, targets: Shapes, *, periodic: bool | None = None, skip_bad: bool = False
) -> StructureSet:
    """All frames. Positions in Å, targets in the units of the file.

    Parameters
    ----------
    targets:
        Names on the comment line or of columns, with their shapes: {"energy": (), "forces": ("n", 3), "alpha": (3, 3)}.
    periodic:
        True: every frame must have a cell. False: cells are ignored. None: cells of zero volume and pbc="F F F" mean
        open space.
    skip_bad:
        Leave bad frames out, and say so in `skipped`.

    Raises
    ------
    DataError
        For frames with missing or misshapen targets, NaN, unknown species, no cell: all are counted, none is used.
    MissingDependencyError
        Without ase: `pip install intertwine[atoms]`.
    """
    file = existing(path)

    def read(where: str, atoms: Any) -> Structure:
        cell = np.array(atoms.cell.array)
        if periodic is False or (periodic is None and not (cell.any() and atoms.pbc.any())):
            box = None
        elif not cell.any():
            raise DataError("no cell", expected="Lattice on the comment line")
        else:
            box = cell
        values = {name: _target(atoms, name, shape) for name, shape in targets.items()}
        return checked_structure(atoms.positions, atoms.numbers, box, values, f"{file.name}:{where}")

    return read_entries(file, _frames(file), read, skip_bad)


def _frames(path: Path) -> Iterator[tuple[str, Any]]:
    frames = optional_library("ase.io", "atoms").iread(str(path), index=":", format="extxyz")
    count = 0
    while True:
        try:
            atoms = next(frames)
        except StopIteration:
            return
        except (OSError, ValueError, KeyError, IndexError, AttributeError, SyntaxError) as error:
            # what follows a frame that cannot be parsed has no known beginning
            raise DataError(
                f"{path.name} is not extended xyz from frame {count} on",
                received=f"{type(error).__name__}: {error}",
                expected="number of atoms, comment line with Properties=…, one line an atom",
            ) from error
        yield f"frame {count}", atoms
        count += 1


def _target(atoms: Any, name: str, shape: tuple[int | str, ...]) -> NDArray[np.float64]:
    results = {} if atoms.calc is None else atoms.calc.results
    for source in (atoms.info, atoms.arrays, results):
        if name in source:
            raw = np.asarray(source[name], dtype=np.float64)
            break
    else:
        raise DataError(f"no {name}", expected="it on the comment line or as a column")
    if raw.shape == (3, 3) and name in atoms.info:
        raw = raw.T  # ase reads nine numbers column by column
    full = tuple(len(atoms) if size == "n" else int(size) for size in shape)
    if raw.size != int(np.prod(full)):
        raise DataError(f"{name} has the wrong size", received=f"{raw.size} numbers", expected=f"shape {full}")
    return raw.reshape(full)
