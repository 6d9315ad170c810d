"""Solid harmonics of a vector in R^n or of a four-vector, by a stable three-term recursion.

The basis is Gelfand–Tsetlin's, one variable added at a time: a harmonic of degree l in n variables is a harmonic of
degree l' ≤ l in the first n − 1 times an orthonormal Gegenbauer polynomial of the last one, made homogeneous with s =
Σ x_i²,

    Y_{l, l', …}(x) = p_{l−l'}(x_n, s) Y_{l', …}(x_1 … x_{n−1}),    λ = l' + (n − 2)/2,
    α_k p_k = t p_{k−1} − α_{k−1} s p_{k−2},    α_k² = k (k + 2λ − 1) / (4 (k + λ)(k + λ − 1)),

and two variables start it with Re, Im (x + iy)^m. For n = 3 these are the real spherical harmonics. A time-like last
variable is t → it: the same recursion with s = Σ x_i² − t² and the sign of its last term turned round, which solves
the wave equation instead of Laplace's. (Szegő, Orthogonal Polynomials, §4.7; Vilenkin, Special Functions, ch. IX.)
"""

from __future__ import annotations

from functools import cache
from math import exp, lgamma, pi, sqrt

import numpy as np
from numpy.typing import NDArray

RealArray = NDArray[np.float64]


def solid_harmonics(x: RealArray, max_degree: int, *, time_like: bool = False) -> list[RealArray]:
    """Orthonormal harmonic polynomials of degree 0 … max_degree at the points x, variables first.

    Parameters
    ----------
    x: [n, N] with n ≥ 2: N points, one contiguous row a variable.
    time_like: the last variable enters with the opposite sign; orthonormality is then that of its continuation t → it.

    Returns
    -------
    One array [d_l, N] a degree, d_l the number of harmonics of that degree; ∫ Y_a Y_b = δ_ab over the unit sphere.
    """
    harmonics = _circular(x[:2], max_degree)
    s = x[0] ** 2 + x[1] ** 2
    for variable in range(2, len(x)):
        flip = time_like and variable == len(x) - 1
        s = s - x[variable] ** 2 if flip else s + x[variable] ** 2
        harmonics = _with_variable(harmonics, x[variable], s, variable + 1, -1.0 if flip else 1.0)
    return harmonics


def solid_dimension(n: int, degree: int) -> int:
    """Number of harmonics of the degree in n ≥ 2 variables."""
    from math import comb

    return comb(n + degree - 1, degree) - (comb(n + degree - 3, degree - 2) if degree >= 2 else 0)


def _circular(x: RealArray, max_degree: int) -> list[RealArray]:
    """Re, Im (x + iy)^m, orthonormal on the circle."""
    found = [np.full((1, x.shape[1]), 1 / sqrt(2 * pi))]
    power = np.stack([np.full(x.shape[1], 1 / sqrt(pi)), np.zeros(x.shape[1])])
    for _ in range(max_degree):
        power = np.stack([power[0] * x[0] - power[1] * x[1], power[0] * x[1] + power[1] * x[0]])
        found.append(power)
    return found


def _with_variable(lower: list[RealArray], t: RealArray, s: RealArray, n: int, sign: float) -> list[RealArray]:
    """The harmonics in n variables from those in n − 1; the recursion in k runs for every l' at once."""
    max_degree = len(lower) - 1
    start, alpha = _recursion(n, max_degree)
    radial = np.empty((max_degree + 1, max_degree + 1, len(t)))  # [k, l']: only l' + k ≤ max_degree is used
    radial[0] = start[:, None]
    if max_degree:
        radial[1, :-1] = t * (start[:-1] / alpha[1, :-1])[:, None]
    for k in range(2, max_degree + 1):
        rows = slice(0, max_degree + 1 - k)
        np.multiply(radial[k - 1, rows], t, out=radial[k, rows])
        radial[k, rows] -= (sign * alpha[k - 1, rows])[:, None] * s * radial[k - 2, rows]
        radial[k, rows] /= alpha[k, rows, None]
    return [
        np.concatenate([radial[degree - inner, inner] * lower[inner] for inner in range(degree + 1)])
        for degree in range(max_degree + 1)
    ]


@cache
def _recursion(n: int, max_degree: int) -> tuple[RealArray, RealArray]:
    """p_0 for every l' [L + 1], and α_k for every k and l' [L + 1, L + 1]."""
    index = np.arange(max_degree + 1)
    weight = index + (n - 2) / 2
    start = np.array([sqrt(exp(lgamma(w + 1) - lgamma(w + 0.5)) / sqrt(pi)) for w in weight])
    k = index[:, None].astype(float)
    k[0] = 1.0  # α_0 is never used
    alpha = 0.5 * np.sqrt(k * (k + 2 * weight - 1) / ((k + weight) * (k + weight - 1)))
    start.flags.writeable = alpha.flags.writeable = False
    return start, alpha
