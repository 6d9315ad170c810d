"""What is looked at after every step of a molecular dynamics."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class Conservation:
    """Watches the momentum and the angular momentum about the origin."""

    def __init__(self, atoms: Any) -> None:
        self._atoms = atoms
        p = atoms.get_momenta()
        self._start = self._now()
        turning = np.cross(atoms.positions, p)
        self._scale = float(np.linalg.norm(p, axis=1).sum()), float(np.linalg.norm(turning, axis=1).sum())
        self.momentum, self.angular_momentum = 0.0, 0.0

    def _now(self) -> tuple[Array, Array]:
        p = self._atoms.get_momenta()
        return p.sum(axis=0), np.cross(self._atoms.positions, p).sum(axis=0)

    def __call__(self, _: int) -> None:
        changes = [
            float(np.linalg.norm(now - start)) / scale
            for now, start, scale in zip(self._now(), self._start, self._scale, strict=True)
        ]
        self.momentum = max(self.momentum, changes[0])
        self.angular_momentum = max(self.angular_momentum, changes[1])


class Trajectory:
    """The positions after every step."""

    def __init__(self, atoms: Any) -> None:
        self._atoms = atoms
        self.positions: list[Array] = []

    def __call__(self, _: int) -> None:
        self.positions.append(self._atoms.positions.copy())
