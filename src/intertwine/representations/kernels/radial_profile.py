"""The radial part of a steerable kernel: Gaussian rings, each with the highest harmonic that it can carry."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np

from intertwine.errors import ConfigurationError
from intertwine.groups.theory import RealArray


@dataclass(frozen=True)
class RadialProfile:
    """exp(−(r − r_i)²/(2 σ_i²)) for every ring i, with harmonics up to degree max_degrees[i].

    A ring of radius r has about 2πr pixels, so that harmonics above a degree ∝ r alias; the outermost one is cut off
    by the square. Radii, widths and degrees of `default` are those of Weiler and Cesa (1911.08251, and the escnn
    library's defaults), for planes and volumes.

    Raises ConfigurationError for lists of different lengths, negative radii, widths that are not positive.
    """

    radii: tuple[float, ...]
    widths: tuple[float, ...]
    max_degrees: tuple[int, ...]

    def __post_init__(self) -> None:
        if not len(self.radii) == len(self.widths) == len(self.max_degrees) or not self.radii:
            raise ConfigurationError(
                "a ring has a radius, a width and a degree",
                received=f"{len(self.radii)}, {len(self.widths)} and {len(self.max_degrees)} of them",
            )
        if min(self.radii) < 0 or min(self.widths) <= 0 or min(self.max_degrees) < 0:
            raise ConfigurationError("radii and degrees ≥ 0, widths > 0", received=repr(self))

    @classmethod
    def default(cls, kernel: int, dimension: int, max_degree: int | None = None) -> RadialProfile:
        """⌈k/2⌉ rings; degree 0 in the centre. `max_degree` lowers every ring's degree to at most that."""
        if kernel < 1:
            raise ConfigurationError("a kernel has a positive size", received=kernel)
        n, outermost = ceil(kernel / 2), (kernel - 1) // 2
        radii = np.linspace(0, outermost, n)
        widths = [0.6] * (n - 1) + [0.4]
        widths[0] = 0.005 if radii[0] == 0 else widths[0]
        degree = _plane_degree if dimension == 2 else _volume_degree
        degrees = [int(degree(float(r), kernel // 2)) for r in radii]
        if max_degree is not None:
            degrees = [min(d, max_degree) for d in degrees]
        return cls(tuple(radii.tolist()), tuple(widths), tuple(degrees))

    def __call__(self, r: RealArray) -> RealArray:
        """[rings, points] at the distances r [points]."""
        distance = (r[None] - np.array(self.radii)[:, None]) / np.array(self.widths)[:, None]
        return np.asarray(np.exp(-0.5 * distance**2))


def _plane_degree(r: float, outermost: int) -> float:
    if r == 0:
        return 0
    return min(2 * r, 2 if r == outermost else 2 * r - (r + 1) % 2)


def _volume_degree(r: float, outermost: int) -> float:
    return min(2 * r, outermost - r + 2)
