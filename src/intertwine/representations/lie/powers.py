"""Symmetric and antisymmetric powers of representations, by Newton's identities among Adams operations.

With ψ^i the Adams operation (every weight times i), k h_k = Σ_{i=1}^k ψ^i h_{k−i} and
k e_k = Σ_{i=1}^k (−1)^{i−1} ψ^i e_{k−i} (Macdonald, Symmetric functions and Hall polynomials, I.2). Each product is one
vectorised Racah–Speiser sum, so nothing of size dim^k appears.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from intertwine.errors import RepresentationError
from intertwine.groups.cartan import IntArray
from intertwine.groups.root_system import RootSystem
from intertwine.representations.lie.racah_speiser import multiply, require_positive, sort_by_dimension
from intertwine.representations.lie.weights import Weight, weight_system


def symmetric_power(root_system: RootSystem, dynkin: Sequence[int], degree: int) -> dict[Weight, int]:
    """Sym^k V_λ as {highest weight: multiplicity}; degree 0 is the trivial irrep."""
    return power(root_system, *weight_system(root_system, dynkin), degree)


def antisymmetric_power(root_system: RootSystem, dynkin: Sequence[int], degree: int) -> dict[Weight, int]:
    """Λ^k V_λ as {highest weight: multiplicity}; empty above the dimension."""
    return power(root_system, *weight_system(root_system, dynkin), degree, antisymmetric=True)


def power(
    root_system: RootSystem, weights: IntArray, counts: IntArray, degree: int, *, antisymmetric: bool = False
) -> dict[Weight, int]:
    """Sym^k or Λ^k of a representation given by its weights [n, rank + extra] with multiplicities [n]."""
    if degree < 0 or degree != int(degree):
        raise RepresentationError("a power has a non-negative integer degree", received=degree)
    powers: list[Mapping[Weight, int]] = [{(0,) * weights.shape[1]: 1}]
    for k in range(1, degree + 1):
        if antisymmetric and k > int(counts.sum()):
            return {}
        total: dict[Weight, int] = {}
        for i in range(1, k + 1):
            sign = -1 if antisymmetric and i % 2 == 0 else 1
            for label, m in multiply(root_system, i * weights, counts, powers[k - i]).items():
                total[label] = total.get(label, 0) + sign * m
        indivisible = {label: m for label, m in total.items() if m % k}
        if indivisible:
            raise RepresentationError("these weights are not those of a representation", received=indivisible)
        powers.append(require_positive({label: m // k for label, m in total.items() if m}))
    return sort_by_dimension(root_system, powers[degree])


def character(weights: IntArray, counts: IntArray, points: NDArray[np.float64]) -> NDArray[np.complex128]:
    """χ(exp(i Σ_j θ_j H_j)) = Σ_μ m_μ exp(i μ·θ) for torus points θ [..., rank + extra]; complex [...]."""
    phases = np.asarray(points, dtype=np.float64) @ weights.T
    values: NDArray[np.complex128] = np.exp(1j * phases) @ counts
    return values
