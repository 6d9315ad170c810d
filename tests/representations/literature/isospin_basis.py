"""The states |I I3 Y⟩ of an SU(3) irrep in de Swart's phases, built from its generators alone.

I± act as in Condon and Shortley, and V+ = F4 + iF5, which raises I3 by ½ and Y by 1, has matrix elements ≥ 0.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

State = tuple[Fraction, Fraction, int]  # I, I3, Y


def states(theory: Any, label: Any) -> dict[State, np.ndarray]:
    """|I I3 Y⟩ ↦ vector [d]. For irreps in which no (I, Y) occurs twice, as in every irrep of SU(3)."""
    F = 1j * theory.algebra(label)  # X_a = −i λ_a/2
    raise_isospin, lower_isospin, V = F[0] + 1j * F[1], F[0] - 1j * F[1], F[3] + 1j * F[4]
    isospin = F[0] @ F[0] + F[1] @ F[1] + F[2] @ F[2]
    found: dict[State, np.ndarray] = {}
    probe = isospin + 10 * F[2] + 100 * 2 / np.sqrt(3) * F[7]
    _, vectors = np.linalg.eigh(probe)
    tops = []
    for v in vectors.T:
        if np.abs(raise_isospin @ v).max() < 1e-9:  # I3 = I
            third = (v.conj() @ F[2] @ v).real
            tops.append((Fraction(round(2 * third), 2), round((v.conj() @ F[7] @ v).real * 2 / np.sqrt(3)), v))
    # third-integral hypercharges do not occur in irreps of triality zero, the only ones used here
    tops.sort(key=lambda top: (-top[1], -top[0]))
    for I, Y, top in tops:  # noqa: E741
        multiplet, v, m = {}, top, I
        while m >= -I:
            multiplet[m] = v
            v = lower_isospin @ v / np.sqrt(max(float((I + m) * (I - m + 1)), 1e-300))
            m -= 1
        phase = 1.0
        for m, v in multiplet.items():
            for other in (I + Fraction(1, 2), I - Fraction(1, 2)):
                above = found.get((other, m + Fraction(1, 2), Y + 1))
                if above is not None and abs(element := above.conj() @ V @ v) > 1e-6:
                    phase = element.conj() / abs(element)
        for m, v in multiplet.items():
            found[I, m, Y] = phase * v
    return found
