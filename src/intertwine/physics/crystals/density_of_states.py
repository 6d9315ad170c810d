"""`density_of_states`: modes counted in bins, on the grid of the published set."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from intertwine.errors import DataError

PUBLISHED_GRID = np.linspace(0.0, 1000.0, 51)
"""Frequencies of Chen et al., arXiv:2009.05163: 51 from 0 to 1000 cm⁻¹."""


def density_of_states(
    frequencies: ArrayLike, weights: ArrayLike, grid: ArrayLike = PUBLISHED_GRID
) -> NDArray[np.float64]:
    """Modes a primitive cell in the bin around each frequency of the grid, [bins]; they sum to 3 × atoms.

    frequencies: [q, modes], in cm⁻¹; weights: [q]; grid: evenly spaced. Each mode counts in the nearest bin, the small
    negative rounding errors of acoustic modes at zero wave vector in the first.

    Raises DataError for frequencies off the grid by more than half a bin, NaN, shapes that do not fit.
    """
    nu, w, bins = (np.asarray(one, dtype=np.float64) for one in (frequencies, weights, grid))
    steps = np.diff(bins)
    if bins.ndim != 1 or len(bins) < 2 or not np.allclose(steps, steps[0]) or not steps[0] > 0:
        raise DataError("not a grid of frequencies", received=bins.shape, expected="evenly spaced, ascending")
    if nu.ndim != 2 or w.shape != nu.shape[:1] or not np.isfinite(nu).all() or not (w >= 0).all() or not w.sum() > 0:
        raise DataError("not modes", received=f"{nu.shape} frequencies, {w.shape} weights", expected="[q, modes], [q]")
    place = np.rint((nu - bins[0]) / steps[0]).astype(np.int64)
    if place.min() < 0 or place.max() >= len(bins):
        raise DataError(
            "frequencies off the grid", received=f"{nu.min():g} to {nu.max():g} cm⁻¹",
            expected=f"{bins[0]:g} to {bins[-1]:g}, half a bin more",
        )  # fmt: skip
    shares = np.repeat(w / w.sum(), nu.shape[1])
    return np.bincount(place.ravel(), weights=shares, minlength=len(bins)).astype(np.float64)
