"""Structure: atoms in space, with or without a periodic cell, and what was measured or computed for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from intertwine.errors import DataError

# fmt: off
SYMBOLS = (
    "X", "H", "He", "Li", "Be", "B", "C", "N", "O", "F", "Ne", "Na", "Mg", "Al", "Si", "P", "S", "Cl", "Ar", "K", "Ca",
    "Sc", "Ti", "V", "Cr", "Mn", "Fe", "Co", "Ni", "Cu", "Zn", "Ga", "Ge", "As", "Se", "Br", "Kr", "Rb", "Sr", "Y",
    "Zr", "Nb", "Mo", "Tc", "Ru", "Rh", "Pd", "Ag", "Cd", "In", "Sn", "Sb", "Te", "I", "Xe", "Cs", "Ba", "La", "Ce",
    "Pr", "Nd", "Pm", "Sm", "Eu", "Gd", "Tb", "Dy", "Ho", "Er", "Tm", "Yb", "Lu", "Hf", "Ta", "W", "Re", "Os", "Ir",
    "Pt", "Au", "Hg", "Tl", "Pb", "Bi", "Po", "At", "Rn", "Fr", "Ra", "Ac", "Th", "Pa", "U", "Np", "Pu", "Am", "Cm",
    "Bk", "Cf", "Es", "Fm", "Md", "No", "Lr", "Rf", "Db", "Sg", "Bh", "Hs", "Mt", "Ds", "Rg", "Cn", "Nh", "Fl", "Mc",
    "Lv", "Ts", "Og",
)
# fmt: on
_NUMBERS = {symbol: number for number, symbol in enumerate(SYMBOLS)}


@dataclass(frozen=True)
class Structure:
    """Atoms, made by `checked_structure`; all arrays are read-only.

    Attributes
    ----------
    positions:
        float64 [n, 3], in Å.
    numbers:
        int64 [n], atomic numbers.
    cell:
        float64 [3, 3], one cell vector a row, in Å; None in open space.
    pbc:
        bool [3]: periodic directions.
    targets:
        name → array; units are those that the reader states.
    name:
        Where it comes from.
    """

    positions: NDArray[np.float64]
    numbers: NDArray[np.int64]
    cell: NDArray[np.float64] | None
    pbc: NDArray[np.bool_]
    targets: Mapping[str, NDArray[np.float64]]
    name: str = ""

    def __len__(self) -> int:
        return len(self.numbers)

    @property
    def symbols(self) -> tuple[str, ...]:
        """Chemical symbols."""
        return tuple(SYMBOLS[number] for number in self.numbers)


@dataclass(frozen=True)
class StructureSet:
    """What a reader found: structures, and a line for each entry that it was asked to skip."""

    structures: tuple[Structure, ...]
    skipped: tuple[str, ...] = field(default=())

    def __len__(self) -> int:
        return len(self.structures)

    def __getitem__(self, index: int) -> Structure:
        return self.structures[index]

    def __iter__(self) -> Iterator[Structure]:
        return iter(self.structures)

    def stacked(self, target: str) -> NDArray[np.float64]:
        """One target of all structures, [structures, …]. Raises DataError where it is missing."""
        missing = sum(target not in one.targets for one in self)
        if missing:
            raise DataError(f"not every structure has {target}", received=f"{missing} of {len(self)} without")
        return np.stack([one.targets[target] for one in self])


def atomic_numbers(symbols: Any) -> NDArray[np.int64]:
    """Atomic numbers of chemical symbols. Raises DataError for what is no element."""
    unknown = sorted({str(symbol) for symbol in symbols if symbol not in _NUMBERS or symbol == "X"})
    if unknown:
        raise DataError("unknown species", received=", ".join(unknown), expected="chemical symbols, as Na")
    return np.array([_NUMBERS[symbol] for symbol in symbols], dtype=np.int64)


def checked_structure(
    positions: ArrayLike,
    numbers: ArrayLike,
    cell: ArrayLike | None,
    targets: Mapping[str, ArrayLike],
    name: str = "",
) -> Structure:
    """A structure, periodic in all directions where there is a cell.

    Raises
    ------
    DataError
        No atoms, wrong shapes, numbers that are no element, NaN or infinity, a cell of zero or negative volume.
    """
    place = np.array(positions, dtype=np.float64)
    kinds = np.array(numbers)
    if place.ndim != 2 or place.shape[1] != 3 or len(place) == 0:
        raise DataError("not positions of atoms", received=f"shape {place.shape}", expected="[n, 3] with n ≥ 1")
    if kinds.shape != place.shape[:1]:
        raise DataError("as many species as positions", received=f"{kinds.shape} and {place.shape}")
    if kinds.dtype.kind not in "iu" or kinds.min() < 1 or kinds.max() >= len(SYMBOLS):
        raise DataError("unknown species", received=kinds.tolist(), expected="atomic numbers from 1 to 118")
    if not np.isfinite(place).all():
        raise DataError("positions are not finite", received=f"{int((~np.isfinite(place)).any(1).sum())} such atoms")
    box = None
    if cell is not None:
        box = np.array(cell, dtype=np.float64)
        if box.shape != (3, 3) or not np.isfinite(box).all():
            raise DataError("not a cell", received=box.tolist(), expected="[3, 3] finite numbers")
        if not np.linalg.det(box) > 0:
            raise DataError(
                "the cell has no positive volume", received=f"det = {np.linalg.det(box):g} Å³", expected="> 0",
                fix="exchange two cell vectors if they are left-handed",
            )  # fmt: skip
    kept: dict[str, NDArray[np.float64]] = {}
    for key, value in targets.items():
        array = np.array(value, dtype=np.float64)
        if not np.isfinite(array).all():
            raise DataError(f"{key} is not finite", received=f"{int((~np.isfinite(array)).sum())} such numbers")
        kept[key] = array
    arrays = [place, kinds.astype(np.int64), np.full(3, box is not None), *kept.values()]
    for array in [*arrays, *([] if box is None else [box])]:
        array.flags.writeable = False
    return Structure(arrays[0], arrays[1], box, arrays[2], MappingProxyType(kept), name)
