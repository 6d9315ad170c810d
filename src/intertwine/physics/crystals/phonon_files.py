"""`read_phonon_csv` and `read_phonon_json`: crystals with phonon densities of states."""

from __future__ import annotations

import ast
import csv
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from intertwine.errors import DataError
from intertwine.physics.entry_reading import existing, read_entries
from intertwine.physics.structure import Structure, StructureSet, atomic_numbers, checked_structure

_COLUMNS = ("structure", "phfreq", "phdos")
_KEYS = ("symbols", "cell", "frac", "phfreq", "phdos")
CRYSTALS = "crystals"
"""Where a file that `generate` wrote has its list; beside it is what is known about them."""


def read_phonons(path: str | Path, *, skip_bad: bool = False) -> StructureSet:
    """Either of the two, by the name's ending. Raises DataError for another one."""
    readers = {".csv": read_phonon_csv, ".json": read_phonon_json}
    suffix = Path(path).suffix
    if suffix not in readers:
        raise DataError("not a file of crystals", received=Path(path).name, expected="a name in .csv or .json")
    return readers[suffix](path, skip_bad=skip_bad)


def read_phonon_csv(path: str | Path, *, skip_bad: bool = False) -> StructureSet:
    """The published `data.csv` of Chen et al., Adv. Sci. 8, 2004214 (2021), arXiv:2009.05163.

    Columns (others are ignored): structure, the dictionary of an ase Atoms object (numbers, positions, cell, pbc) as
    text; phfreq and phdos, lists as text. Positions and cells in Å. Targets: frequencies [bins] in cm⁻¹, dos [bins],
    non-negative, scaled to a maximum of 1 there. Text is parsed as literals, never evaluated.

    Raises
    ------
    DataError
        For missing columns, and for entries with a missing cell, unknown species, NaN, negative volumes; all are
        counted, and left out only with skip_bad.
    """
    file = existing(path)
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
    try:
        with file.open(newline="", encoding="utf-8") as handle:
            table = csv.DictReader(handle)
            columns = table.fieldnames or []
            missing = [name for name in _COLUMNS if name not in columns]
            if missing:
                raise DataError(
                    f"{file.name} lacks columns", received=", ".join(columns) or "nothing", expected=", ".join(_COLUMNS)
                )
            rows = [(f"row {number}", row) for number, row in enumerate(table, start=1)]
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{file.name} is not a csv file", received=error) from error

    def read(where: str, row: dict[str, str | None]) -> Structure:
        structure, frequencies, dos = (ast.literal_eval(row[name] or "") for name in _COLUMNS)
        if not isinstance(structure, dict) or "positions" not in structure or "numbers" not in structure:
            raise DataError("not a structure", received=str(structure)[:60], expected="numbers, positions, cell, pbc")
        cell = structure.get("cell")
        if cell is None or not np.any(np.asarray(cell, dtype=np.float64)):
            raise DataError("a crystal without a cell", expected="cell in the structure")
        return _crystal(structure["positions"], structure["numbers"], cell, frequencies, dos, where)

    return read_entries(file, rows, read, skip_bad)


def read_phonon_json(path: str | Path, *, skip_bad: bool = False) -> StructureSet:
    """A list of {symbols, cell (Å), frac (fractional positions), phfreq (cm⁻¹), phdos, mp_id or name}.

    The list may be the value of "crystals", as in a file that `generate` wrote. Targets as in `read_phonon_csv`.
    Raises DataError.
    """
    file = existing(path)
    entries = _parsed(file)
    if isinstance(entries, dict):
        entries = entries.get(CRYSTALS)
    if not isinstance(entries, list):
        raise DataError(f"{file.name} is not a list of crystals", received=type(entries).__name__)

    def read(where: str, entry: Any) -> Structure:
        missing = [key for key in _KEYS if not isinstance(entry, dict) or key not in entry]
        if missing:
            raise DataError("a crystal lacks entries", received=f"no {', '.join(missing)}", expected=", ".join(_KEYS))
        positions = np.asarray(entry["frac"], dtype=np.float64) @ np.asarray(entry["cell"], dtype=np.float64)
        numbers = atomic_numbers(entry["symbols"])
        name = str(entry.get("mp_id", entry.get("name", where)))
        return _crystal(positions, numbers, entry["cell"], entry["phfreq"], entry["phdos"], name)

    return read_entries(file, ((f"entry {number}", entry) for number, entry in enumerate(entries)), read, skip_bad)


def read_attributes(path: str | Path) -> dict[str, Any]:
    """What a file says about its crystals: identity (seed and all that they depend on), rejected (counts), versions.

    Empty for a bare list. Raises DataError.
    """
    content = _parsed(existing(path))
    return {key: value for key, value in content.items() if key != CRYSTALS} if isinstance(content, dict) else {}


def _parsed(file: Path) -> Any:
    try:
        return json.loads(file.read_text("utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise DataError(f"{file.name} is not JSON", received=error) from error


def _crystal(
    positions: ArrayLike, numbers: ArrayLike, cell: ArrayLike, frequencies: ArrayLike, dos: ArrayLike, name: str
) -> Structure:
    nu, density = np.asarray(frequencies, dtype=np.float64), np.asarray(dos, dtype=np.float64)
    if nu.ndim != 1 or nu.shape != density.shape or len(nu) < 2 or not (np.diff(nu) > 0).all():
        received = f"{nu.shape} frequencies, {density.shape} densities"
        raise DataError("not a density of states", received=received, expected="as many, frequencies ascending")
    if (density < 0).any():
        raise DataError("a negative density of states", received=float(density.min()), expected="≥ 0")
    return checked_structure(positions, numbers, cell, {"frequencies": nu, "dos": density}, name)
