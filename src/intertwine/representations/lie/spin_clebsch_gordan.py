"""SU(2): all J of j1 ⊗ j2 at once. The same equations as for every other algebra, solved for all J together at each m.

Every weight space has multiplicity one in each V_J, so that one batched solve a weight m serves all J; negative m
follow by ⟨j1 −m1 j2 −m2 | J −M⟩ = (−1)^(j1+j2−J) ⟨j1 m1 j2 m2 | J M⟩. Condon–Shortley phases.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from intertwine.errors import AccuracyError
from intertwine.representations.lie.weight_clebsch_gordan import TOLERANCE, WeightMaps
from intertwine.representations.lie.weight_module import IntArray, RealArray

LARGEST = 40  # twice the smaller spin; above it one J at a time is cheaper


@lru_cache(maxsize=256)
def spin_maps(a: int, b: int) -> dict[int, WeightMaps]:
    """{2J: the map V_J → V_j1 ⊗ V_j2} for a = 2 j1, b = 2 j2; raises AccuracyError beyond 1e-10."""
    if a < b:
        return {J: _exchanged(maps, (-1.0) ** ((a + b - J) // 2)) for J, maps in spin_maps(b, a).items()}
    lower_a, lower_b = _lowering(a), _lowering(b)
    top = a + b
    spins = list(range(top, abs(a - b) - 1, -2))
    columns: dict[int, dict[int, RealArray]] = {J: {} for J in spins}
    rows: dict[int, IntArray] = {}
    previous = np.zeros((0, 0))  # T of weight M + 1: one column a J, largest first
    for depth in range(top // 2 + 1):
        M = top - 2 * depth
        first = np.arange(max(0, depth - b), min(a, depth) + 1)  # i of |j1, j1 − i⟩ |j2, j2 − (depth − i)⟩
        rows[M] = first * (b + 1) + (depth - first)
        n = len(first)
        F = np.zeros((n, previous.shape[0]))  # lowering from weight M + 1
        if depth:
            above = np.arange(max(0, depth - 1 - b), min(a, depth - 1) + 1)
            start, stop = int(above[0] - first[0]), len(above)
            at = np.arange(stop)
            # (i, depth−1−i) goes to (i+1, …) by F ⊗ 1 and to (i, …+1) by 1 ⊗ F
            right, left = at + start, at + start + 1
            keep = right < n if first[-1] < above[-1] else at >= 0
            inside = depth - 1 - above < b
            F[right[inside & keep], at[inside & keep]] = lower_b[(depth - 1 - above)[inside & keep]]
            inside = above < a
            F[left[inside], at[inside]] = lower_a[above[inside]]
        open_spins = [J for J in spins if J >= M]
        old = [J for J in open_spins if J > M]
        T = np.zeros((n, len(open_spins)))
        if old:
            c2 = np.array([(J - M) / 2 * ((J + M) / 2 + 1) for J in old])  # J(J+1) − M(M+1)
            matrices = (F @ F.T)[None] + c2[:, None, None] * np.eye(n)
            lowered = 2 * np.sqrt(c2) * (F @ previous)
            T[:, : len(old)] = np.linalg.solve(matrices, lowered.T[:, :, None])[:, :, 0].T
            error = np.abs(F @ previous - T[:, : len(old)] * np.sqrt(c2)).max()
            error = max(error, np.abs(F.T @ T[:, : len(old)] - previous * np.sqrt(c2)).max())
        else:
            error = 0.0
        if len(old) < len(open_spins):
            T[:, -1] = _highest(first, depth, lower_a, lower_b)
            error = max(error, np.abs(F.T @ T[:, -1]).max(initial=0.0))
        scale = max(1.0, float(np.abs(F).max(initial=0.0)))
        error = max(error / scale, float(np.abs(T.T @ T - np.eye(T.shape[1])).max()))
        if not error <= TOLERANCE:
            raise AccuracyError(
                f"Clebsch–Gordan coefficients of {a}/2 x {b}/2 are not accurate enough", received=f"{error:.1e}"
            )
        for k, J in enumerate(open_spins):
            columns[J][M] = T[:, k]
        previous = T
    flip = (a + 1) * (b + 1) - 1
    result = {}
    for J in spins:
        sign = (-1.0) ** ((top - J) // 2)
        all_rows, blocks = [], []
        for M in range(J, -J - 1, -2):
            column = columns[J][M] if M >= 0 else sign * columns[J][-M][::-1]
            all_rows.append(rows[M] if M >= 0 else flip - rows[-M][::-1])
            blocks.append(column[:, None, None])
        result[J] = WeightMaps((a + 1, b + 1, J + 1), 1, [slice(k, k + 1) for k in range(J + 1)], all_rows, blocks)
    return result


def _exchanged(maps: WeightMaps, sign: float) -> WeightMaps:
    """⟨j2 m2 j1 m1 | J M⟩ = (−1)^(j1+j2−J) ⟨j1 m1 j2 m2 | J M⟩; rows stay ascending."""
    d_a, d_b, d = maps.dimensions
    rows = [(flat % d_b * d_a + flat // d_b)[::-1] for flat in maps.rows]
    return WeightMaps((d_b, d_a, d), 1, maps.spans, rows, [sign * block[::-1] for block in maps.blocks])


def _lowering(two_j: int) -> RealArray:
    """⟨j, m−1| J_− |j, m⟩ = √(j(j+1) − m(m−1)) for m = j … 1−j."""
    i = np.arange(two_j)
    root: RealArray = np.sqrt((i + 1.0) * (two_j - i))
    return root


def _highest(first: IntArray, depth: int, lower_a: RealArray, lower_b: RealArray) -> RealArray:
    """The vector that J_+ annihilates: successive ratios, the first (largest m1) positive."""
    vector = np.ones(len(first))
    for k in range(1, len(first)):
        i, j = int(first[k]), depth - int(first[k])
        # E on (i, j) and on (i − 1, j + 1) meet in (i − 1, j)
        vector[k] = -vector[k - 1] * lower_b[j] / lower_a[i - 1]
    normalised: RealArray = vector / np.linalg.norm(vector)
    return normalised
