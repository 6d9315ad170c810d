"""Mulliken symbols of the irreps of point groups.

Source: R. S. Mulliken, J. Chem. Phys. 23, 1997 (1955). With this package's setting (z the main axis, x on a twofold
axis or mirror plane): A and B are one-dimensional with χ = ±1 on the main rotation (or improper rotation), E two-, T
three-, G four- and H five-dimensional; the index 1 or 2 says ±1 on the axis or plane through x; g and u the parity; '
and '' the parity under σ_h. The two halves of a complex pair are 1E (eigenvalue exp(+iθ) of the rotation by θ) and 2E.
D2 and D2h name B by the axis: B1 z, B2 y, B3 x.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from intertwine.errors import GroupError
from intertwine.groups.finite_group import FiniteGroup
from intertwine.groups.point_groups import (
    INVERSION,
    MIRROR_Y,
    MIRROR_Z,
    TWOFOLD_X,
    TWOFOLD_Z,
    point_group_matrices,
    rotation_z,
)  # fmt: skip
from intertwine.representations.finite.character_table import CharacterTable

_AXIAL = re.compile(r"([CD])(\d+)([hvdi]?)")
_LATER_E = re.compile(r"E[2-9]|E1\d")
Matrix = NDArray[np.float64]
Character = Callable[[Matrix], complex]


def mulliken_names(table: CharacterTable) -> list[str] | None:
    """The symbol of every row, or None if the group is not one of this package's point groups."""
    group = table.group
    symbol = "S4" if group.name == "-4" else group.name
    if group.matrices is None or group.matrices.shape[1:] != (3, 3) or symbol.startswith(("matrices", "permutations")):
        return None
    expected = _matrices(symbol)
    if expected is None or np.shape(expected) != group.matrices.shape or not np.allclose(expected, group.matrices):
        return None
    class_of: dict[bytes, int] = {}
    rows = [_character(table, i, class_of) for i in range(len(table.dimensions))]
    if symbol in ("T", "Th", "O", "Td", "Oh", "I", "Ih"):
        names = [_cubic_name(group, symbol, row) for row in rows]
    else:
        names = _axial_names(group, symbol, rows)
    return _with_single_e(names)


def _matrices(symbol: str) -> list[NDArray[np.float64]] | None:
    try:
        return point_group_matrices(symbol)
    except GroupError:
        return None


def _character(table: CharacterTable, label: int, class_of: dict[bytes, int]) -> Character:
    def value(matrix: NDArray[np.float64]) -> complex:
        key = matrix.tobytes()
        if key not in class_of:
            class_of[key] = int(table.classes.of[table.group.element(matrix).index])
        return complex(table.values[label, class_of[key]])

    return value


def _parity(group: FiniteGroup, chi: Character) -> str:
    """g or u, or nothing for a group without the inversion."""
    if not _holds(group, INVERSION):
        return ""
    return "g" if chi(INVERSION).real > 0 else "u"


def _holds(group: FiniteGroup, matrix: NDArray[np.float64]) -> bool:
    return group.holds(matrix)


def _cubic_name(group: FiniteGroup, symbol: str, chi: Character) -> str:
    d, parity = round(chi(np.eye(3)).real), _parity(group, chi)
    if group.matrices is None:
        raise GroupError("a point group has matrices", received=group)
    threefold, main = group.matrices[0], group.matrices[1]
    if symbol in ("T", "Th"):
        value = chi(threefold)
        if d == 3:
            return "T" + parity
        return _e_name("A", "E", float(np.angle(value)) / (2 * np.pi) * 3, 3) + parity
    if symbol in ("I", "Ih"):
        golden = chi(main).real
        return {1: "A", 3: "T1" if golden > 0 else "T2", 4: "G", 5: "H"}[d] + parity
    # O: fourfold rotation; Td: fourfold rotation–inversion; Oh: fourfold rotation.
    index = "1" if chi(main).real > 0 else "2"
    return {1: "A" + index, 2: "E", 3: "T" + index}[d] + parity


def _e_name(one: str, two: str, k: float, n: int) -> str:
    """A for k = 0, B for k = n/2, otherwise 1Ek or 2Ek by the sign of k."""
    rounded = round(k)
    if rounded == 0:
        return one
    if 2 * abs(rounded) == n:
        return "B"
    return f"{'1' if rounded > 0 else '2'}{two}{abs(rounded)}"


def _axial_names(group: FiniteGroup, symbol: str, rows: list[Character]) -> list[str]:
    if symbol in ("Cs", "Ci", "S4"):
        letter, n, suffix = "C", {"Cs": 1, "Ci": 1, "S4": 4}[symbol], {"Cs": "h", "Ci": "i", "S4": ""}[symbol]
    else:
        match = _AXIAL.fullmatch(symbol)
        if match is None:
            raise GroupError("not an axial point group", received=symbol)
        letter, n, suffix = match[1], int(match[2]), match[3]
    main, turns = rotation_z(n), n
    if symbol == "S4" or (suffix == "d" and n % 2 == 0):
        turns = 4 if symbol == "S4" else 2 * n
        main = rotation_z(turns) @ MIRROR_Z
    second = TWOFOLD_X if letter == "D" else MIRROR_Y if suffix == "v" else None
    endings = [""] * len(rows)
    if _holds(group, INVERSION):
        endings = ["g" if chi(INVERSION).real > 0 else "u" for chi in rows]
    elif _holds(group, MIRROR_Z):
        endings = ["'" if chi(MIRROR_Z).real > 0 else "''" for chi in rows]
    setting = letter, n, suffix, turns, main, second
    return [_axial_name(chi, *setting) + ending for chi, ending in zip(rows, endings, strict=True)]


def _axial_name(
    chi: Character, letter: str, n: int, suffix: str, turns: int, main: Matrix, second: Matrix | None
) -> str:
    """Without the parity."""
    value = chi(main)
    if second is None:
        return _e_name("A", "E", float(np.angle(value)) / (2 * np.pi) * turns, turns)
    if chi(np.eye(3)).real > 1.5:
        k = round(float(np.arccos(np.clip(value.real / 2, -1, 1))) / (2 * np.pi) * turns)
        return f"E{k}"
    if letter == "D" and n == 2 and suffix in ("", "h"):
        signs = chi(TWOFOLD_Z).real > 0, chi(TWOFOLD_Z @ TWOFOLD_X).real > 0, chi(TWOFOLD_X).real > 0
        return "A" if all(signs) else f"B{1 + signs.index(True)}"
    return ("A" if value.real > 0 else "B") + ("1" if chi(second).real > 0 else "2")


def _with_single_e(names: list[str]) -> list[str]:
    """E1, where there is no E2, is E."""
    if any(_LATER_E.search(name) for name in names):
        return names
    return [name.replace("E1", "E") for name in names]
