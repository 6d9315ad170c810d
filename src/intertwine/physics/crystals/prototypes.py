"""The structure types of metals and ordered alloys that crystals are generated in."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

Row = tuple[float, float, float]


@dataclass(frozen=True)
class Prototype:
    """A primitive cell in units of its own, and where atoms are in it.

    Attributes
    ----------
    name:
        Strukturbericht symbol.
    cell:
        One cell vector a row; only its shape counts.
    places:
        Fractional positions.
    letters:
        Which species is at each place, "A" or "B".
    """

    name: str
    cell: tuple[Row, Row, Row]
    places: tuple[Row, ...]
    letters: str

    @property
    def species(self) -> int:
        """Number of different species."""
        return len(set(self.letters))

    def scaled(self, volume: float) -> NDArray[np.float64]:
        """The cell with that volume, [3, 3]."""
        cell = np.array(self.cell, dtype=np.float64)
        scaled: NDArray[np.float64] = cell * (volume / np.linalg.det(cell)) ** (1 / 3)
        return scaled


_CUBIC: tuple[Row, Row, Row] = ((1, 0, 0), (0, 1, 0), (0, 0, 1))
_FCC: tuple[Row, Row, Row] = ((0, 1, 1), (1, 0, 1), (1, 1, 0))
_BCC: tuple[Row, Row, Row] = ((-1, 1, 1), (1, -1, 1), (1, 1, -1))
_CLOSE = sqrt(8 / 3)
"""c/a of close-packed spheres."""


def _hexagonal(a: float, c: float) -> tuple[Row, Row, Row]:
    return (a, 0.0, 0.0), (-a / 2, a * sqrt(3) / 2, 0.0), (0.0, 0.0, c)


_X = 5 / 6  # of D0_19's 6h places, where spheres are close-packed
_D019 = (
    (_X, 2 * _X, 1 / 4), (-2 * _X, -_X, 1 / 4), (_X, -_X, 1 / 4), (-_X, -2 * _X, 3 / 4), (2 * _X, _X, 3 / 4),
    (-_X, _X, 3 / 4), (1 / 3, 2 / 3, 1 / 4), (2 / 3, 1 / 3, 3 / 4),
)  # fmt: skip

PROTOTYPES = (
    Prototype("A1", _FCC, ((0, 0, 0),), "A"),
    Prototype("A2", _BCC, ((0, 0, 0),), "A"),
    Prototype("A3", _hexagonal(1, _CLOSE), ((1 / 3, 2 / 3, 1 / 4), (2 / 3, 1 / 3, 3 / 4)), "AA"),
    Prototype("L1_0", ((1, 0, 0), (0, 1, 0), (0, 0, sqrt(2))), ((0, 0, 0), (0.5, 0.5, 0.5)), "AB"),
    Prototype("L1_1", ((2, 1, 1), (1, 2, 1), (1, 1, 2)), ((0, 0, 0), (0.5, 0.5, 0.5)), "AB"),
    Prototype("B2", _CUBIC, ((0, 0, 0), (0.5, 0.5, 0.5)), "AB"),
    Prototype("L1_2", _CUBIC, ((0, 0.5, 0.5), (0.5, 0, 0.5), (0.5, 0.5, 0), (0, 0, 0)), "AAAB"),
    Prototype("D0_3", _FCC, ((0.25, 0.25, 0.25), (0.5, 0.5, 0.5), (0.75, 0.75, 0.75), (0, 0, 0)), "AAAB"),
    Prototype(
        "D0_22", ((-0.5, 0.5, 1), (0.5, -0.5, 1), (0.5, 0.5, -1)),
        ((0.5, 0.5, 0), (0.75, 0.25, 0.5), (0.25, 0.75, 0.5), (0, 0, 0)), "AAAB",
    ),
    Prototype("D0_19", _hexagonal(2, _CLOSE), _D019, "AAAAAABB"),
)  # fmt: skip
"""Pearson's handbook has them: fcc, bcc, hcp; CuAu, CuPt, CsCl; Cu3Au, BiF3, TiAl3, Ni3Sn."""
