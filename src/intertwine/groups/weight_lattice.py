"""Which weights belong to a group that is given by one faithful representation: the lattice that its weights span."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import lcm

import numpy as np
from numpy.typing import NDArray

from intertwine.groups.lie_spec import Congruence

MAX_DENOMINATOR = 60


def lattice_basis(rows: Sequence[Sequence[int]]) -> list[list[int]]:
    """A basis in Hermite form of the lattice that integer rows span."""
    pending = [list(map(int, row)) for row in rows if any(row)]
    basis: list[list[int]] = []
    for column in range(len(rows[0]) if rows else 0):
        while True:
            live = [row for row in pending if row[column]]
            if len(live) <= 1:
                break
            pivot = min(live, key=lambda row: abs(row[column]))
            for row in live:
                if row is not pivot:
                    times = row[column] // pivot[column]
                    for k in range(len(row)):
                        row[k] -= times * pivot[k]
        if live:
            pivot = live[0]
            pending.remove(pivot)
            basis.append(pivot if pivot[column] > 0 else [-x for x in pivot])
        pending = [row for row in pending if any(row)]
    return basis


def lattice_congruences(rows: Sequence[Sequence[int]], rank: int, hint: str) -> tuple[Congruence, ...]:
    """v is in the full-rank lattice that the rows (Dynkin labels, then charges) span exactly if all of these hold."""
    basis = lattice_basis(rows)
    inverse = _inverse(basis)
    out = []
    for k in range(len(basis)):
        column = [inverse[i][k] for i in range(len(basis))]
        modulus = lcm(1, *(x.denominator for x in column))
        numbers = [int(x * modulus) for x in column]
        # Dynkin labels are integers anyway; charges may be any fraction, so their coefficients are kept.
        dynkin = tuple(x % modulus for x in numbers[:rank])
        charges = tuple(numbers[rank:])
        if any(dynkin) or any(charges):
            out.append(Congruence(dynkin, charges, modulus, hint))
    return tuple(out)


def _inverse(matrix: list[list[int]]) -> list[list[Fraction]]:
    n = len(matrix)
    rows = [[Fraction(x) for x in row] + [Fraction(int(i == k)) for k in range(n)] for i, row in enumerate(matrix)]
    for i in range(n):
        pivot = next(r for r in range(i, n) if rows[r][i])
        rows[i], rows[pivot] = rows[pivot], rows[i]
        rows[i] = [x / rows[i][i] for x in rows[i]]
        for r in range(n):
            if r != i and rows[r][i]:
                factor = rows[r][i]
                rows[r] = [x - factor * y for x, y in zip(rows[r], rows[i], strict=True)]
    return [row[n:] for row in rows]


def charge_lattice(charges: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.int64]] | None:
    """(L [m, m], integers [k, m]) with charges [k, m] = integers @ L, or None if they span no lattice of rank m.

    Ratios of charges must be fractions with denominators up to 60.
    """
    m = charges.shape[1]
    chosen: list[int] = []
    for i in range(len(charges)):
        if np.linalg.matrix_rank(charges[[*chosen, i]], tol=1e-8) == len(chosen) + 1:
            chosen.append(i)
    if len(chosen) != m:
        return None
    frame = charges[chosen]
    coordinates = charges @ np.linalg.inv(frame)
    exact = [[Fraction(float(x)).limit_denominator(MAX_DENOMINATOR) for x in row] for row in coordinates]
    if np.abs(np.array([[float(x) for x in row] for row in exact]) - coordinates).max(initial=0.0) > 1e-7:
        return None
    unit = lcm(1, *(x.denominator for row in exact for x in row))
    whole = [[int(x * unit) for x in row] for row in exact]
    basis = lattice_basis(whole)
    lattice = np.array(basis, dtype=np.float64) @ frame / unit
    if m == 1 and lattice[0, 0] < 0:
        lattice = -lattice
    integers = np.rint(charges @ np.linalg.inv(lattice)).astype(np.int64)
    return lattice, integers
