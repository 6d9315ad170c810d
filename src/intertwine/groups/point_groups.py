"""Point groups: the 32 of crystallography, the icosahedral ones and every axial family, with their 3×3 matrices.

Setting: z is the main axis; the twofold axes of D groups and the planes of C_nv contain x; the cubic groups have their
twofold or fourfold axes along x, y, z; the icosahedral ones contain the cubic group T (three twofold axes along x, y,
z). Source of names and relations: *International Tables for Crystallography* A, chapter 10.1 (Hahn and Klapper).
"""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from intertwine.errors import GroupError
from intertwine.groups.finite_group import FiniteGroup

Matrix = NDArray[np.float64]

# Hermann–Mauguin -> Schoenflies. "3", "32", ... are written without spaces; "-" is the bar.
HERMANN_MAUGUIN = {
    "1": "C1", "-1": "Ci", "2": "C2", "m": "Cs", "2/m": "C2h",
    "222": "D2", "mm2": "C2v", "mmm": "D2h",
    "4": "C4", "-4": "S4", "4/m": "C4h", "422": "D4", "4mm": "C4v", "-42m": "D2d", "4/mmm": "D4h",
    "3": "C3", "-3": "C3i", "32": "D3", "3m": "C3v", "-3m": "D3d",
    "6": "C6", "-6": "C3h", "6/m": "C6h", "622": "D6", "6mm": "C6v", "-6m2": "D3h", "6/mmm": "D6h",
    "23": "T", "m-3": "Th", "432": "O", "-43m": "Td", "m-3m": "Oh",
    "235": "I", "m-3-5": "Ih",
}  # fmt: skip
_OTHER_SPELLINGS = {
    "m3": "m-3",
    "m3m": "m-3m",
    "532": "235",
    "53m": "m-3-5",
    "-53m": "m-3-5",
    "-62m": "-6m2",
    "-4m2": "-42m",
}

_PLAIN = re.compile(r"([CD])_?(\d+)")
_AXIAL = re.compile(r"([CD])_?(\d+)(h|v|d|i)")

INVERSION: Matrix = -np.eye(3)
MIRROR_Z: Matrix = np.diag([1.0, 1.0, -1.0])
MIRROR_Y: Matrix = np.diag([1.0, -1.0, 1.0])
TWOFOLD_X: Matrix = np.diag([1.0, -1.0, -1.0])
TWOFOLD_Z: Matrix = np.diag([-1.0, -1.0, 1.0])
THREEFOLD_111: Matrix = np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
FOURFOLD_Z: Matrix = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])


def rotation_z(n: int, k: int = 1) -> Matrix:
    """The rotation by 2πk/n about z, with exact zeros, halves and ones."""
    turn = 2 * np.pi * k / n
    c, s = (_exact(float(f(turn))) for f in (np.cos, np.sin))
    return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])


def _exact(value: float) -> float:
    rounded = round(2 * value) / 2
    return rounded if abs(value - rounded) < 1e-14 else value


def _fivefold() -> Matrix:
    """Rotation by 2π/5 about (0, 1, φ), an axis of the icosahedron whose twofold axes are x, y, z."""
    golden = (1 + np.sqrt(5)) / 2
    axis = np.array([0.0, 1.0, golden]) / np.sqrt(1 + golden**2)
    cross = np.array([[0.0, -axis[2], axis[1]], [axis[2], 0.0, -axis[0]], [-axis[1], axis[0], 0.0]])
    turn = 2 * np.pi / 5
    rotation: Matrix = np.eye(3) + np.sin(turn) * cross + (1 - np.cos(turn)) * (cross @ cross)
    # Its entries are ±1/2, ±φ/2, ±1/(2φ).
    exact = np.array([0.5, golden / 2, 1 / (2 * golden)])
    nearest = exact[np.abs(np.abs(rotation)[..., None] - exact).argmin(axis=-1)]
    out: Matrix = np.sign(rotation) * nearest
    return out


def _cubic(name: str) -> list[Matrix] | None:
    table = {
        "T": [THREEFOLD_111, TWOFOLD_Z],
        "Th": [THREEFOLD_111, TWOFOLD_Z, INVERSION],
        "O": [THREEFOLD_111, FOURFOLD_Z],
        "Td": [THREEFOLD_111, -FOURFOLD_Z],
        "Oh": [THREEFOLD_111, FOURFOLD_Z, INVERSION],
        "I": [THREEFOLD_111, _fivefold()],
        "Ih": [THREEFOLD_111, _fivefold(), INVERSION],
    }
    return table.get(name)


def _axial(letter: str, n: int, suffix: str) -> list[Matrix] | None:
    main = rotation_z(n)
    if letter == "C":
        if suffix == "i":
            # C3i and its like: rotation–inversions of odd order; "Ci" itself is n = 1.
            return [main, INVERSION] if n % 2 else None
        extra = {"": [], "h": [MIRROR_Z], "v": [MIRROR_Y]}
        return [main, *extra[suffix]] if suffix in extra else None
    if suffix == "d":
        # The improper rotation S_2n and a twofold axis along x.
        return [rotation_z(2 * n) @ MIRROR_Z, TWOFOLD_X]
    extra = {"": [], "h": [MIRROR_Z]}
    return [main, TWOFOLD_X, *extra[suffix]] if suffix in extra else None


def schoenflies(name: str) -> str:
    """The Schoenflies symbol of a Hermann–Mauguin one; other names are returned as they are.

    "S4" as a name of ours is the symmetric group, so the point groups that Schoenflies calls S4 and S6 are "-4" and
    "C3i".
    """
    text = name.replace(" ", "").replace("̅", "-")
    text = _OTHER_SPELLINGS.get(text, text)
    return HERMANN_MAUGUIN.get(text, name)


def point_group(name: str) -> FiniteGroup | None:
    """The point group of a Schoenflies or Hermann–Mauguin name, with its 3×3 matrices; None for other names.

    The group is named by its Schoenflies symbol, −4 excepted. Raises GroupError for an axial family with n < 1.
    """
    symbol = schoenflies(name)
    matrices = point_group_matrices(symbol)
    return (
        None
        if matrices is None
        else FiniteGroup.from_matrices(matrices, "-4" if symbol == "S4" else symbol.replace("_", ""))
    )


def point_group_matrices(symbol: str) -> list[Matrix] | None:
    """Generators [3, 3] of a Schoenflies symbol; "S4" here is the improper rotation group −4."""
    special = {"Cs": [MIRROR_Z], "Ci": [INVERSION], "S4": [rotation_z(4) @ MIRROR_Z]}
    if symbol in special:
        return special[symbol]
    if (cubic := _cubic(symbol)) is not None:
        return cubic
    plain = _PLAIN.fullmatch(symbol)
    match = plain or _AXIAL.fullmatch(symbol)
    if match is None:
        return None
    n = int(match[2])
    if n < 1:
        raise GroupError("an axial point group needs n ≥ 1", received=symbol, expected="C1, C2, …")
    return _axial(match[1], n, "" if plain else match[3])


def axial_group(letter: str, n: int) -> FiniteGroup:
    """C_n or D_n for any n, with matrices on (x, y, z)."""
    matrices = _axial(letter, n, "")
    if matrices is None:
        raise GroupError("no such axial group", received=f"{letter}{n}", expected="C or D")
    return FiniteGroup.from_matrices(matrices, f"{letter}{n}")
