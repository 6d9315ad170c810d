"""Open and closed configurations that cannot be told apart by their totals, and the control that shows it.

A worm left open adds links of flux, so that Σ|k| and Σl shift where there is little flux: a classifier could look at
these totals instead of the violations. From a surplus of both kinds those pairs are kept whose totals agree best.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from intertwine.studies.step import Step, StepContext, StepResult
from intertwine.studies.worms.configuration import WormsConfiguration
from intertwine.studies.worms.sampling import sample_step

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]


def match_step(role: str, extent: int) -> str:
    """Name of the step that matches open with closed configurations."""
    return f"match/{role}/{extent}"


def matching_steps(configuration: WormsConfiguration) -> list[Step]:
    """One step for training, for validation, and for each lattice of the test."""
    first = configuration.extents[0]
    jobs = [("training", first, configuration.n_training), ("validation", first, configuration.n_validation)]
    jobs += [("test", extent, configuration.n_test) for extent in configuration.extents]
    return [
        Step(
            match_step(role, extent), match(role, extent, count),
            needs=(sample_step(role, extent, 0), sample_step(role, extent, 1)), seconds=3.0,
        )
        for role, extent, count in jobs
    ]  # fmt: skip


def match(role: str, extent: int, count: int) -> Callable[[StepContext], StepResult]:
    """A step that stores ``chosen`` [point, closed/open, count], and the control's accuracy before and after."""

    def run(context: StepContext) -> StepResult:
        import numpy as np

        pools = [
            [totals(rows) for rows in context.results.arrays(sample_step(role, extent, number))["features"]]
            for number in (0, 1)
        ]
        chosen = np.stack([pairs(closed, opened, count) for closed, opened in zip(*pools, strict=True)])
        before = control_accuracy(*pools)
        kept = [
            [rows[index] for rows, index in zip(pool, chosen[:, kind], strict=True)] for kind, pool in enumerate(pools)
        ]
        n_before, n_after = 2 * sum(map(len, pools[0])), 2 * count * len(chosen)
        values = {
            "before": before, "before_error": 0.5 / n_before**0.5, "after": control_accuracy(*kept),
            "after_error": 0.5 / n_after**0.5, "configurations": n_after,
        }  # fmt: skip
        return StepResult(values, {"chosen": chosen})

    return run


def totals(features: Array) -> Array:
    """Σ|k|, Σl and the net flux through the first slice in each direction: [n, 2 + d].

    Where flux is conserved the net flux through any slice is the winding number. Σk_ν / N_ν would not do: it is an
    integer for every closed configuration and for few open ones, which is the conservation law itself.
    """
    import numpy as np

    d = features.shape[1] // 2
    k, occupation = features[:, :d].astype(np.int64), features[:, d:]
    sites = tuple(range(2, features.ndim))
    slices = [np.take(k[:, axis], 0, axis=1 + axis).reshape(len(k), -1).sum(1) for axis in range(d)]
    return np.stack([np.abs(k).sum(axis=(1, *sites)), occupation.sum(axis=(1, *sites)), *slices], axis=1).astype(float)


def pairs(closed: Array, opened: Array, count: int) -> Array:
    """The `count` closest pairs, each row in one pair at most: rows [closed/open, count].

    Closest first, in units of the standard deviations. An assignment of all rows to each other would not do: where the
    two kinds differ by a shift it keeps the shift in every pair.
    """
    import numpy as np

    scale = np.concatenate([closed, opened]).std(axis=0)
    scale[scale == 0] = 1.0
    distance = np.zeros((len(closed), len(opened)))
    for column in range(closed.shape[1]):
        distance += ((closed[:, column, None] - opened[None, :, column]) / scale[column]) ** 2
    free = [np.ones(len(closed), dtype=bool), np.ones(len(opened), dtype=bool)]
    chosen: list[tuple[int, int]] = []
    for place in np.argsort(distance, axis=None, kind="stable"):
        left, right = divmod(int(place), len(opened))
        if free[0][left] and free[1][right]:
            free[0][left] = free[1][right] = False
            chosen.append((left, right))
            if len(chosen) == count:
                break
    return np.array(sorted(chosen)).T


def control_accuracy(closed: list[Array], opened: list[Array]) -> float:
    """Accuracy of a logistic classifier of the totals and their products, on configurations that it has not seen.

    closed, opened: totals [n, features] at every (η, μ). Totals are standardised at each point; a pair of rows is
    always in the same half, of which one trains and the other tests, in turn.
    """
    import numpy as np

    rows, labels, halves = [], [], []
    for pair in zip(closed, opened, strict=True):
        together = np.concatenate(pair)
        scale = together.std(axis=0)
        x = (together - together.mean(axis=0)) / np.where(scale > 0, scale, 1.0)
        upper = np.triu_indices(x.shape[1])
        rows.append(np.hstack([np.ones((len(x), 1)), x, (x[:, :, None] * x[:, None, :])[:, upper[0], upper[1]]]))
        labels.append(np.repeat([0.0, 1.0], [len(part) for part in pair]))
        halves.append(np.concatenate([np.arange(len(part)) % 2 for part in pair]))
    x, y, half = np.concatenate(rows), np.concatenate(labels), np.concatenate(halves)
    right = 0
    for part in (0, 1):
        weights = _logistic(x[half != part], y[half != part])
        right += int(((x[half == part] @ weights > 0) == (y[half == part] > 0.5)).sum())
    return right / len(y)


def _logistic(x: Array, y: Array, ridge: float = 1.0, iterations: int = 30) -> Array:
    """Logistic regression by Newton's method."""
    import numpy as np

    weights = np.zeros(x.shape[1])
    for _ in range(iterations):
        p = 1 / (1 + np.exp(-np.clip(x @ weights, -30, 30)))
        hessian = (x * (p * (1 - p))[:, None]).T @ x + ridge * np.eye(len(weights))
        weights = weights - np.linalg.solve(hessian, x.T @ (p - y) + ridge * weights)
    return weights
