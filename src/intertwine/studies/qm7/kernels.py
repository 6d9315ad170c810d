"""Kernel ridge regression of Coulomb matrices, with the width and the ridge chosen on molecules held back."""

from __future__ import annotations

from collections.abc import Callable
from time import process_time
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from intertwine.studies.qm7.configuration import QM7Configuration
from intertwine.studies.qm7.data import DATA, split, stored
from intertwine.studies.step import Step, StepContext, StepResult

Array = NDArray[np.float64]
Metric = Literal["sqeuclidean", "cityblock"]
WIDTHS = tuple(2.0**k for k in range(-3, 8))
"""In units of the median distance of training molecules."""
RIDGES = tuple(10.0**-k for k in range(2, 13, 2))
_KINDS: dict[str, tuple[str, Metric]] = {
    "spectrum, Gaussian": ("spectrum", "sqeuclidean"),
    "sorted matrix, Laplacian": ("sorted", "cityblock"),
}


def kernel_step(kernel: str, size: int, fold: int) -> str:
    """Name of a step."""
    return f"kernel/{kernel.replace(', ', '-').replace(' ', '-')}/{size}/{fold}"


def kernel_steps(configuration: QM7Configuration, seed: int) -> list[Step]:
    """One for each kernel, number of molecules and fold."""
    c = configuration
    return [
        Step(
            kernel_step(kernel, size, fold), regress(c, kernel, size, fold, seed), (DATA,),
            2 + 2e-6 * min(size, c.kernel_choice) ** 2 + 1.5e-6 * size**2,
        )
        for kernel in _KINDS
        for size in c.sizes
        for fold in c.folds
    ]  # fmt: skip


def regress(
    configuration: QM7Configuration, kernel: str, size: int, fold: int, seed: int
) -> Callable[[StepContext], StepResult]:
    """A step with `test`, the mean absolute error in kcal/mol, `rmse`, and the width and ridge that were chosen."""

    def run(context: StepContext) -> StepResult:
        began = process_time()
        arrays = stored(context.results)[1]
        name, metric = _KINDS[kernel]
        x, y = arrays[name], arrays["energies"]
        training, choice, test = split(y, fold, size, seed)
        few = training[: configuration.kernel_choice]
        width, ridge = choose(x[few], y[few], x[choice], y[choice], metric)
        context.progress(0.4)
        every = np.concatenate([training, choice])
        found = predict(x[every], y[every], x[test], metric, width, ridge)
        wrong = np.abs(found - y[test])
        values = {
            "test": float(wrong.mean()), "rmse": float(np.sqrt(np.mean(wrong**2))), "width": width, "ridge": ridge,
            "seconds": process_time() - began,
        }  # fmt: skip
        return StepResult(values)

    return run


def choose(x: Array, y: Array, seen: Array, seen_y: Array, metric: Metric) -> tuple[float, float]:
    """The width and ridge of the least mean absolute error on (seen, seen_y); one eigendecomposition a width."""
    inside, across = _distances(x, x, metric), _distances(seen, x, metric)
    unit = float(np.median(inside))
    best, found = np.inf, (unit, RIDGES[0])
    for factor in WIDTHS:
        values, vectors = np.linalg.eigh(np.exp(-inside / (factor * unit)))
        K, projected = np.exp(-across / (factor * unit)) @ vectors, vectors.T @ (y - y.mean())
        for ridge in RIDGES:
            error = float(np.abs(y.mean() + K @ (projected / (np.maximum(values, 0.0) + ridge)) - seen_y).mean())
            if error < best:
                best, found = error, (factor * unit, ridge)
    return found


def predict(x: Array, y: Array, new: Array, metric: Metric, width: float, ridge: float) -> Array:
    """Kernel ridge regression of y − mean, exp(−distance / width)."""
    from scipy.linalg import cho_factor, cho_solve

    K = np.exp(-_distances(x, x, metric) / width)
    K[np.diag_indices_from(K)] += ridge
    weights = cho_solve(cho_factor(K, overwrite_a=True), y - y.mean())
    found: Array = y.mean() + np.exp(-_distances(new, x, metric) / width) @ weights
    return found


def _distances(a: Array, b: Array, metric: Metric) -> Array:
    from scipy.spatial.distance import cdist

    found: Array = cdist(a, b, metric)
    return found
