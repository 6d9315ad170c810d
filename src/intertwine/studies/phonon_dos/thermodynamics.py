"""Heat capacities from predicted and from true spectra."""

from __future__ import annotations

import numpy as np

from intertwine.physics.crystals import heat_capacity
from intertwine.studies.phonon_dos.results import Array, Predictions, Results

TEMPERATURES: Array = np.concatenate([np.arange(20.0, 200.0, 10.0), np.arange(200.0, 1001.0, 25.0)])
"""K. Bins are 20 cm⁻¹ wide, that is 29 K: below, C_V is a property of the first bins' shape."""


def capacities(results: Results, spectra: Array, temperatures: Array = TEMPERATURES) -> Array:
    """C_V an atom in units of k_B, [crystals, temperatures]; NaN where a spectrum is zero everywhere."""
    found = np.full((len(spectra), len(temperatures)), np.nan)
    bright = spectra.max(axis=1) > 0
    if bright.any():
        found[bright] = heat_capacity(results.frequencies, spectra[bright], temperatures)
    return found


def relative_errors(results: Results, tested: Predictions, temperatures: Array = TEMPERATURES) -> Array:
    """C_V from the predicted spectrum over C_V from the true one, minus 1: [crystals, temperatures]."""
    ratio: Array = capacities(results, tested.found, temperatures) / capacities(results, tested.true, temperatures)
    return ratio - 1
