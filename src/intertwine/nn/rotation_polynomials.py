"""The rotations that take the z axis to a direction, in irreps of SO(3), in terms of the direction's components.

Of all rotations that take the axis to n the one without a twist, R(n), is smooth but for n = −z. With c = cos(β/2) =
√((1 + n_z)/2) and v = sin(β/2) e^{iα} = (n_x + i n_y)/(2c), its matrix elements between components of orders a and b
about the axis are

    D[r, s] = Re or Im of v^|a−b| · c^(a+b) · p(n_z) + Re or Im of v^(a+b) · c^|a−b| · q(n_z)

with p, q of degree l − max(a, b): d^l_ab(β) = cos(β/2)^|a+b| sin(β/2)^|a−b| P(cos β) (Varshalovich, Moskalev,
Khersonskii 1988, §4.3), and c² is linear in n_z. On the lower hemisphere n is first turned by π about x, which only
changes signs of components: two charts, no angles, no pole.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import product
from math import acos, hypot
from typing import NamedTuple

import numpy as np
from numpy.polynomial.chebyshev import chebmul, chebpow, chebvander
from scipy.linalg import expm

from intertwine.errors import AccuracyError
from intertwine.groups.theory import RealArray
from intertwine.representations import Irrep

_TOLERANCE = 1e-11


class RotationPolynomials(NamedTuple):
    """D[r, s](n) = Σ_two V[which[two, r, s]] c^odd[two, r, s] Σ_j T_j(2 n_z − 1) chebyshev[two, j, r, s] for n_z ≥ 0.

    V holds Re v^0 … Re v^2l, then Im v^0 … Im v^2l.
    """

    chebyshev: RealArray  # [2, l + 1, d, d]
    which: np.ndarray  # int64 [2, d, d]: the power of v, plus d for its imaginary part
    odd: np.ndarray  # int64 [2, d, d]: 0 or 1
    signs: RealArray  # [d]: the turn by π about x, a diagonal matrix
    orders: np.ndarray  # int64 [d]: |m| of the components


def turn_to(n: RealArray, generators: RealArray) -> RealArray:
    """R(n) by the exponential map, n ≠ −z, for generators of rotations about x, y, z."""
    sine = hypot(n[0], n[1])
    angle = acos(min(1.0, max(-1.0, float(n[2]))))
    turn: RealArray = expm((angle / sine if sine else 0.0) * (n[0] * generators[1] - n[1] * generators[0]))
    return turn


@lru_cache(maxsize=64)
def rotation_polynomials(irrep: Irrep) -> RotationPolynomials:
    """The polynomials of an irrep of SO(3) or O(3), fitted to matrices from its generators.

    Raises AccuracyError where they do not reproduce the matrices to 1e-11.
    """
    generators, d = irrep.generators, irrep.real_dim
    degree = (d - 1) // 2
    orders = np.rint(np.sqrt(np.maximum(-np.diag(generators[2] @ generators[2]), 0))).astype(np.int64)
    half_turn = expm(np.pi * generators[0])
    rng = np.random.default_rng(0)  # fixed points; what is fitted there does not depend on them
    n = rng.standard_normal((8 * degree + 20, 3))
    n[:, 2] = np.abs(n[:, 2])
    n /= np.linalg.norm(n, axis=1, keepdims=True)
    matrices = np.array([turn_to(one, generators) for one in n])
    T = chebvander(2 * n[:, 2] - 1, degree)
    c = np.sqrt((1 + n[:, 2]) / 2)
    powers = ((n[:, 0] + 1j * n[:, 1]) / (2 * c))[:, None] ** np.arange(d)
    V = np.concatenate([powers.real, powers.imag], axis=1)
    chebyshev = np.zeros((2, degree + 1, d, d))
    which, odd = np.zeros((2, d, d), dtype=np.int64), np.zeros((2, d, d), dtype=np.int64)
    for a, b in product(range(degree + 1), repeat=2):
        rows, columns = np.flatnonzero(orders == a), np.flatnonzero(orders == b)
        entries, m = np.ix_(rows, columns), degree - max(a, b) + 1
        kinds = [(abs(a - b), a + b), (a + b, abs(a - b))][: 2 if a * b else 1]  # powers of v and of c
        factors = [(e, f, two, part) for two, (e, f) in enumerate(kinds) for part in (0, 1) if e or not part]
        values = np.stack([V[:, e + part * d] * c**f for e, f, _, part in factors], axis=1)
        basis = (values[:, :, None] * T[:, None, :m]).reshape(len(n), -1)
        wanted = matrices[:, rows[:, None], columns].reshape(len(n), -1)
        found = np.linalg.lstsq(basis, wanted, rcond=None)[0].reshape(len(factors), m, -1)
        sizes = np.abs(np.einsum("nk,nj,kjs->nks", values, T[:, :m], found)).max(axis=0)
        for two, (e, f) in enumerate(kinds):
            mine = np.array([i for i, factor in enumerate(factors) if factor[2] == two])
            best = mine[sizes[mine].argmax(axis=0)]
            shape = (len(rows), len(columns))
            which[two][entries] = np.array([e + factors[i][3] * d for i in best]).reshape(shape)
            odd[two][entries] = f % 2
            even = chebpow([0.75, 0.25], f // 2)  # c² = (3 + t)/4, t = 2 n_z − 1
            table = np.stack([_padded(chebmul(even, found[i, :, k]), degree + 1) for k, i in enumerate(best)])
            for j in range(degree + 1):
                chebyshev[two, j][entries] = table[:, j].reshape(shape)
    again = sum(V[:, which[k]] * c[:, None, None] ** odd[k] * np.tensordot(T, chebyshev[k], 1) for k in (0, 1))
    error = max(np.abs(again - matrices).max(), np.abs(half_turn - np.diag(np.diag(half_turn))).max())
    if error > _TOLERANCE:
        raise AccuracyError(f"rotations of {irrep} are no such polynomials", received=f"{error:.1e}", expected="1e-11")
    return RotationPolynomials(chebyshev, which, odd, np.sign(np.diag(half_turn)), orders)


def _padded(values: RealArray, n: int) -> RealArray:
    return np.concatenate([values, np.zeros(n - len(values))])
