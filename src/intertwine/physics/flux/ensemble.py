"""A set of flux configurations with their observables and errors."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from intertwine.errors import DataError
from intertwine.physics.flux import estimates
from intertwine.physics.flux.chain import Chain
from intertwine.physics.flux.estimates import Estimate
from intertwine.physics.flux.schedule import Schedule

RealArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class FluxEnsemble:
    """Configurations of the complex φ⁴ field's flux representation; chain after chain, in Markov order within a chain.

    shape: (N_t, N_1, …); k, l: int16 [n, d, *shape], direction 0 is time; n, phi2, phi4: float64 [n], the
    particle number density (1/N)Σ k_t, |φ|² = (1/N)Σ W(f+2)/W(f) and |φ|⁴ = (1/N)Σ W(f+4)/W(f); contact: float64 [n],
    (1/N)Σ [W(f+4)/W(f) − (W(f+2)/W(f))²]; violations: int8 [n, *shape], the divergence Σ_ν (k_{x,ν} − k_{x−ν̂,ν}), zero
    everywhere unless worms were left open. chain_lengths: how many configurations each chain gave.
    """

    shape: tuple[int, ...]
    eta: float
    lam: float
    mu: float
    open_worms: int
    k: NDArray[np.int16]
    l: NDArray[np.int16]  # noqa: E741
    n: RealArray
    phi2: RealArray
    phi4: RealArray
    contact: RealArray
    violations: NDArray[np.int8]
    chain_lengths: tuple[int, ...]
    schedule: Schedule
    acceptance: dict[str, float]
    seed: tuple[int, ...]
    final: tuple[Chain, ...]

    def __len__(self) -> int:
        return int(self.n.shape[0])

    @property
    def sites(self) -> int:
        return int(np.prod(self.shape))

    @cached_property
    def winding(self) -> NDArray[np.int64]:
        """[n, d]: the net flux through a slice, Σ_x k_{x,ν} / N_ν (direction 0: the particle number), int64.

        An integer only where flux is conserved: raises DataError for open worms.
        """
        if self.open_worms:
            raise DataError("open worms have no winding number", received=f"open_worms={self.open_worms}", expected=0)
        totals: NDArray[np.int64] = self.k.sum(axis=tuple(range(2, self.k.ndim)), dtype=np.int64)
        return totals // np.array(self.shape, dtype=np.int64)

    def replicas(self, series: RealArray) -> list[RealArray]:
        """A per-configuration series [n] cut into its chains."""
        return np.split(series, np.cumsum(self.chain_lengths)[:-1])

    @cached_property
    def estimates(self) -> dict[str, Estimate]:
        """n, phi2, phi4 and the susceptibilities chi_n = ∂⟨n⟩/∂μ and chi_phi2 = −∂⟨|φ|²⟩/∂η, by the Γ-method.

        chi_n = N (⟨n²⟩ − ⟨n⟩²); chi_phi2 = N (⟨(|φ|²)²⟩ − ⟨|φ|²⟩²) + ⟨contact⟩. tau_int is in units of configurations.
        Raises DataError with fewer than five configurations a chain.
        """
        n, phi2, phi4, contact = (self.replicas(a) for a in (self.n, self.phi2, self.phi4, self.contact))
        return {
            "n": estimates.estimate(n),
            "phi2": estimates.estimate(phi2),
            "phi4": estimates.estimate(phi4),
            "chi_n": estimates.variance(n, self.sites),
            "chi_phi2": estimates.variance(phi2, self.sites, contact),
        }

    @property
    def errors(self) -> dict[str, float]:
        """Statistical error of each observable (one standard deviation)."""
        return {name: value.error for name, value in self.estimates.items()}

    @property
    def tau_int(self) -> dict[str, float]:
        """Integrated autocorrelation time of each observable, in units of configurations; 0.5 is independent."""
        return {name: value.tau_int for name, value in self.estimates.items()}


def features(ensemble: FluxEnsemble, dtype: type[np.floating] = np.float64) -> NDArray[np.floating]:
    """[n, 2d, *shape]: the channels k_t, k_1, …, l_t, l_1, … that a network sees (Bulusu et al., arXiv:2103.14686)."""
    return np.concatenate([ensemble.k, ensemble.l], axis=1).astype(dtype)


def targets(ensemble: FluxEnsemble) -> RealArray:
    """[n, 2] float64: n and |φ|² of each configuration."""
    return np.stack([ensemble.n, ensemble.phi2], axis=1)
