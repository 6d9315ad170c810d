"""Polynomial maps as coefficient arrays, in the monomials that are orthonormal for Fischer's inner product.

A homogeneous polynomial map R^n → R^d of degree l is an array [n_monomials, d] over e_α = x^α / √α!, for which
⟨e_α, e_β⟩ = δ_αβ is Fischer's product ⟨p, q⟩ = p(∂) q: invariant under orthogonal maps, with x_i adjoint to ∂_i, so
that the complement of the multiples of |x|² are the harmonic polynomials (Fischer 1917; Stein & Weiss, ch. IV §2).
"""

from __future__ import annotations

from functools import cache
from math import comb, factorial

import numpy as np
from numpy.typing import NDArray

RealArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


def n_monomials(n: int, degree: int) -> int:
    """Number of monomials of the degree in n variables."""
    return comb(n + degree - 1, degree)


@cache
def exponents(n: int, degree: int) -> IntArray:
    """[n_monomials, n]: the exponents, powers of the first variable first."""
    if n == 1:
        return np.array([[degree]])
    blocks = []
    for first in range(degree, -1, -1):
        rest = exponents(n - 1, degree - first)
        blocks.append(np.concatenate([np.full((len(rest), 1), first), rest], axis=1))
    found = np.concatenate(blocks)
    found.setflags(write=False)
    return found


def position(alpha: IntArray) -> IntArray:
    """Where exponents [..., n] stand in `exponents(n, degree)`, degree being their sum."""
    n = alpha.shape[-1]
    # what is left for variables i, i+1, …, after those before i
    left = np.flip(np.cumsum(np.flip(alpha, -1), -1), -1)
    below = left - alpha - 1  # every larger exponent of variable i comes first
    table = _binomials(n + int(left.max(initial=0)))
    later = np.arange(n - 1, -1, -1)
    counts: IntArray = np.where(below >= 0, table[np.maximum(below, 0) + later, later], 0)
    total: IntArray = counts.sum(-1)
    return total


@cache
def _binomials(size: int) -> IntArray:
    return np.array([[comb(a, b) for b in range(size + 1)] for a in range(size + 1)], dtype=np.int64)


@cache
def raising(n: int, degree: int) -> tuple[IntArray, RealArray]:
    """x_i e_α = weight[i, α] e_target[i, α]: target and weight, both [n, n_monomials(n, degree)]."""
    alpha = exponents(n, degree)
    unit = np.eye(n, dtype=np.int64)
    return position(alpha[None] + unit[:, None]), np.sqrt(alpha.T + 1.0)


def last_step(n: int, degree: int) -> tuple[IntArray, IntArray, RealArray]:
    """axis, parent, factor [n_monomials] with e_α = factor · x_axis · e_parent, the parent of one degree less."""
    alpha = exponents(n, degree)
    axis = np.argmax(alpha > 0, axis=1)
    rows = np.arange(len(alpha))
    below = alpha.copy()
    below[rows, axis] -= 1
    parent = position(below) if degree > 1 else np.zeros(len(alpha), dtype=np.int64)
    return axis.astype(np.int64), parent.astype(np.int64), 1 / np.sqrt(alpha[rows, axis])


def couple(table: RealArray, polynomial: RealArray, variables: slice, n: int, degree: int) -> RealArray:
    """The polynomial map Σ_ij C_ijk x_i p_j(x), of degree + 1.

    Parameters
    ----------
    table: C [n_i, n_j, n_k]; polynomial: p [n_monomials(n, degree), n_j]; variables: which x_i are meant.
    """
    target, weight = raising(n, degree)
    found = np.zeros((n_monomials(n, degree + 1), table.shape[2]))
    for i, row in enumerate(range(*variables.indices(n))):
        if table[i].any():
            found[target[row]] += weight[row][:, None] * (polynomial @ table[i])
    return found


def multiply(scalar: RealArray, scalar_degree: int, polynomial: RealArray, degree: int, n: int) -> RealArray:
    """q p for an invariant q [n_monomials(n, scalar_degree)] and a map p [n_monomials(n, degree), d]."""
    first, second = exponents(n, scalar_degree), exponents(n, degree)
    factorials = np.array([float(factorial(i)) for i in range(scalar_degree + degree + 1)])
    found = np.zeros((n_monomials(n, scalar_degree + degree), polynomial.shape[1]))
    for alpha, coefficient in zip(first, scalar, strict=True):
        if coefficient != 0.0:
            total = alpha + second
            ratio = factorials[total] / (factorials[alpha] * factorials[second])
            found[position(total)] += (coefficient * np.sqrt(ratio.prod(-1)))[:, None] * polynomial
    return found


def evaluate(polynomial: RealArray, degree: int, x: RealArray) -> RealArray:
    """[N, d]: the map at points x [N, n]; for tests and for matching bases, recursions being faster and safer."""
    n = x.shape[1]
    powers = np.ones((degree + 1, *x.shape))
    for k in range(1, degree + 1):
        powers[k] = powers[k - 1] * x / np.sqrt(k)
    alpha = exponents(n, degree)
    values = np.ones((len(x), len(alpha)))
    for i in range(n):
        values *= powers[alpha[:, i], :, i].T
    return values @ polynomial


def leading_sign(polynomial: RealArray, n: int) -> float:
    """The sign of the first coefficient that is not small: high powers of the last variable first, then components.

    With two variables high powers of the first come first. So the spherical harmonics of SO(3) have the common signs,
    with Y_l0 > 0 on the z axis, and the circular ones are Re, Im (x + iy)^l.
    """
    flat = (polynomial if n == 2 else polynomial[::-1]).reshape(-1)
    return float(np.sign(flat[np.abs(flat) > 1e-6 * np.abs(flat).max()][0]))


def sphere_mean_square(polynomial: RealArray, degree: int, n: int) -> float:
    """The mean of |p(x)|² over the unit sphere.

    Over a standard normal x it is Σ_k ‖Δ^k p / (2^k k!)‖², Fischer's norm (Wick's theorem), and E|x|^2l relates the
    two.
    """
    total, term, k = 0.0, polynomial, 0
    while True:
        total += float((term**2).sum())
        if degree - 2 * k < 2:
            break
        term = _laplacian(term, degree - 2 * k, n) / (2.0 * (k + 1))
        k += 1
    return total / float(np.prod([n + 2.0 * i for i in range(degree)]))


def _laplacian(polynomial: RealArray, degree: int, n: int) -> RealArray:
    low_target, low_weight = raising(n, degree - 2)
    high_target, high_weight = raising(n, degree - 1)
    found = np.zeros((n_monomials(n, degree - 2), polynomial.shape[1]))
    for i in range(n):  # ∂_i² is the adjoint of x_i²
        middle = low_target[i]
        weight = low_weight[i] * high_weight[i][middle]
        found += weight[:, None] * polynomial[high_target[i][middle]]
    return found
