"""The ratios of weights that the kernels look up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from intertwine.errors import AccuracyError
from intertwine.physics.flux.weights import RealArray, SiteWeights

# Fields are int16; tables are extended long before a field could overflow.
LARGEST_SIZE = 1 << 14
FIRST_SIZE = 64


@dataclass(frozen=True)
class RatioTables:
    """Ratios of weights for f and |k| + l below `size`; row 1 is for a growing argument, row 0 for a shrinking one.

    hop: 1/(n+1) and n, the link factor 1/n! with n = |k| + l; inverse: 1/(l+1) and l; site_step: W(f±1)/W(f);
    site_double: W(f±2)/W(f); all flattened [2·size]. moments [2, size]: W(f+2)/W(f), W(f+4)/W(f).
    """

    size: int
    hop: RealArray
    inverse: RealArray
    site_step: RealArray
    site_double: RealArray
    moments: RealArray

    @classmethod
    def build(cls, weights: SiteWeights, size: int = FIRST_SIZE) -> RatioTables:
        """Tables of a given size; every entry is the same whatever the size. Raises AccuracyError past 2¹⁴."""
        if size > LARGEST_SIZE:
            raise AccuracyError(
                "f grew beyond what 16-bit fields can hold",
                received=f"f ≥ {size // 2} at η={weights.eta}, λ={weights.lam}",
                expected=f"f < {LARGEST_SIZE}",
                fix="these couplings describe a field of very large modulus; rescale φ or raise η or λ",
            )
        n = np.arange(size, dtype=np.float64)
        hop = np.concatenate([n, 1.0 / (n + 1.0)])
        return cls(
            size,
            hop,
            hop.copy(),
            weights.ratios(size, 1).ravel(),
            weights.ratios(size, 2).ravel(),
            weights.moments(size),
        )


def neighbour_table(shape: tuple[int, ...]) -> NDArray[np.uint32]:
    """[2d·N] flat: row 2ν is each site's neighbour x − ν̂, row 2ν + 1 is x + ν̂, on the periodic lattice."""
    sites = np.arange(int(np.prod(shape)), dtype=np.uint32).reshape(shape)
    rows = [np.roll(sites, -step, axis=axis) for axis in range(len(shape)) for step in (-1, 1)]
    return np.ascontiguousarray(np.stack([row.ravel() for row in rows]).ravel())


def local_f(k: NDArray[np.int16], l: NDArray[np.int16], shape: tuple[int, ...]) -> NDArray[np.int16]:  # noqa: E741
    """f_x [N] of flat fields [d·N]: Σ_ν (|k_{x,ν}| + |k_{x−ν̂,ν}| + 2(l_{x,ν} + l_{x−ν̂,ν}))."""
    d = len(shape)
    links = np.abs(k.astype(np.int64)).reshape(d, *shape) + 2 * l.astype(np.int64).reshape(d, *shape)
    f = links.sum(axis=0) + sum(np.roll(links[axis], 1, axis=axis) for axis in range(d))
    return np.ascontiguousarray(f.ravel().astype(np.int16))


def chemical_factors(d: int, mu: float) -> RealArray:
    """[2d]: the factor of a step in each direction, e^{−μ}, e^{μ} for time (direction 0), 1 elsewhere."""
    factors = np.ones(2 * d, dtype=np.float64)
    factors[0], factors[1] = np.exp(-mu), np.exp(mu)
    return factors


def divergence(k: NDArray[np.int16]) -> NDArray[np.int8]:
    """[n, *shape] int8: Σ_ν (k_{x,ν} − k_{x−ν̂,ν}) of k [n, d, *shape]; zero where flux is conserved."""
    total = np.zeros((k.shape[0], *k.shape[2:]), dtype=np.int32)
    for axis in range(k.shape[1]):
        total += k[:, axis]
        total -= np.roll(k[:, axis], 1, axis=1 + axis)
    return total.astype(np.int8)
