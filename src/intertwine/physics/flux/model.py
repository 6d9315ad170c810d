"""The lattice and the couplings, with the tables that follow from them."""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence

from intertwine.errors import ConfigurationError
from intertwine.physics.flux import tables
from intertwine.physics.flux.weights import SiteWeights, check_couplings


class Model:
    """Complex φ⁴ theory with chemical potential on one periodic lattice.

    shape is (N_t, N_1, …), any d ≥ 1 and any extents ≥ 1; eta = 2d + m²; lam ≥ 0; mu is the chemical potential in
    lattice units. Raises ConfigurationError where the partition function does not exist.
    """

    def __init__(self, shape: Sequence[int], eta: float, lam: float, mu: float) -> None:
        self.shape = tuple(int(extent) for extent in shape)
        if not self.shape or min(self.shape) < 1 or any(a != b for a, b in zip(self.shape, shape, strict=True)):
            raise ConfigurationError(
                "not a lattice", received=f"shape={tuple(shape)}", expected="(N_t, N_1, …) with integers ≥ 1"
            )
        self.d = len(self.shape)
        self.sites = math.prod(self.shape)
        if self.d > 16 or self.sites >= 2**31:
            raise ConfigurationError(
                "too large a lattice", received=f"shape={self.shape}", expected="d ≤ 16, fewer than 2³¹ sites"
            )
        self.eta, self.lam, self.mu = float(eta), float(lam), float(mu)
        check_couplings(self.eta, self.lam)
        if not math.isfinite(self.mu) or abs(self.mu) > 300:
            raise ConfigurationError("μ out of range", received=f"μ={mu}", expected="|μ| ≤ 300")
        bound = 2 * (self.d - 1) + 2 * math.cosh(self.mu)
        if self.lam == 0 and self.eta <= bound:
            raise ConfigurationError(
                "the free field condenses without bound",
                received=f"λ=0, η={eta}, μ={mu}",
                expected=f"η > 2(d−1) + 2 cosh μ = {bound:.6g}",
                fix="take λ > 0, a larger η or a smaller μ",
            )
        self.neighbours = tables.neighbour_table(self.shape)
        self.chemical = tables.chemical_factors(self.d, self.mu)
        self.weights = SiteWeights(self.eta, self.lam)
        self._lock = threading.Lock()
        self._tables: tables.RatioTables | None = None

    def tables(self, size: int) -> tables.RatioTables:
        """Tables of at least this size (a power of two, kept until a larger one is asked for)."""
        with self._lock:
            if self._tables is None or self._tables.size < size:
                rounded = max(tables.FIRST_SIZE, 1 << (size - 1).bit_length())
                self._tables = tables.RatioTables.build(self.weights, rounded)
            return self._tables

    def __repr__(self) -> str:
        return f"Model(shape={self.shape}, eta={self.eta}, lam={self.lam}, mu={self.mu})"
