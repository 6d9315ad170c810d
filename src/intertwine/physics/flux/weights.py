"""The site weight W(f) = ∫_0^∞ r^{f+1} e^{−η r² − λ r⁴} dr, in log space.

With r = e^t the integrand e^{g(t)}, g(t) = (f+2) t − η e^{2t} − λ e^{4t}, is smooth, has one maximum and falls off at
least exponentially on both sides, so the trapezoidal rule converges faster than any power of its step (Trefethen &
Weideman, SIAM Rev. 56, 385 (2014)). Each f is an integral of its own: no recursion whose errors grow, no bound on f.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from intertwine.errors import ConfigurationError

RealArray = NDArray[np.float64]
# exp(−46) ≈ 1e-20 of the maximum is dropped on either side.
_DEPTH = 46.0


def log_weight(f: int, eta: float, lam: float) -> float:
    """log W(f) to about 1e-14 relative to W, for any integer f ≥ 0, any η for λ > 0, η > 0 for λ = 0.

    Raises ConfigurationError where the integral does not exist. Source: Bulusu et al. (arXiv:2103.14686), eq. (6);
    Gattringer & Kloiber (arXiv:1206.2954).
    """
    check_couplings(eta, lam)
    if f < 0:
        raise ConfigurationError("W(f) needs f ≥ 0", received=f, expected="an integer f ≥ 0")
    # Maximum: 4λ s² + 2η s − (f+2) = 0 with s = r², in the form free of cancellation for either sign of η.
    n = f + 2.0
    root = math.hypot(eta, 2.0 * math.sqrt(lam * n))
    s = n / (eta + root) if eta > 0 else (root - eta) / (4.0 * lam)
    width = 1.0 / math.sqrt(4.0 * eta * s + 16.0 * lam * s * s)
    step = min(1.0 / 32.0, width / 4.0)

    def exponent(x: RealArray) -> RealArray:
        return n * x - eta * s * np.expm1(2.0 * x) - lam * s * s * np.expm1(4.0 * x)

    left = right = 16 * width
    while exponent(np.array([-left]))[0] > -_DEPTH:
        left *= 1.25
    while exponent(np.array([right]))[0] > -_DEPTH:
        right *= 1.25
    x = step * np.arange(-math.ceil(left / step), math.ceil(right / step) + 1, dtype=np.float64)
    total = math.fsum(np.exp(exponent(x)))
    peak = 0.5 * n * math.log(s) - eta * s - lam * s * s
    return peak + math.log(step * total)


def check_couplings(eta: float, lam: float) -> None:
    """Raise ConfigurationError unless W(f) exists: λ > 0 and any η, or λ = 0 and η > 0."""
    if not (math.isfinite(eta) and math.isfinite(lam)):
        raise ConfigurationError("η and λ must be finite", received=f"η={eta}, λ={lam}", expected="finite numbers")
    if lam < 0 or (lam == 0 and eta <= 0):
        raise ConfigurationError(
            "the potential η|φ|² + λ|φ|⁴ is not bounded below",
            received=f"η={eta}, λ={lam}",
            expected="λ > 0 with any η, or λ = 0 with η > 0",
        )


class SiteWeights:
    """log W(0), log W(1), … for one (η, λ), computed once each and extended on demand."""

    def __init__(self, eta: float, lam: float) -> None:
        check_couplings(eta, lam)
        self.eta, self.lam = float(eta), float(lam)
        self._log: list[float] = []

    def log(self, size: int) -> RealArray:
        """log W(f) for f = 0 … size − 1, float64 [size]."""
        for f in range(len(self._log), size):
            self._log.append(log_weight(f, self.eta, self.lam))
        return np.array(self._log[:size], dtype=np.float64)

    def moments(self, size: int) -> RealArray:
        """[2, size]: W(f+2)/W(f) and W(f+4)/W(f), the means of r² and r⁴ at a site with f."""
        log = self.log(size + 4)
        return np.exp(np.stack([log[2 : size + 2] - log[:size], log[4 : size + 4] - log[:size]]))

    def ratios(self, size: int, step: int) -> RealArray:
        """[2, size]: row 1 is W(f+step)/W(f), row 0 W(f−step)/W(f) (zero where f < step, which cannot occur)."""
        log = self.log(size + step)
        rows = np.zeros((2, size), dtype=np.float64)
        rows[1] = np.exp(log[step:] - log[:size])
        rows[0, step:] = np.exp(log[: size - step] - log[step:size])
        return rows
