"""What the results say: how exact the tensor is, with how many samples, and where the perceptrons are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from intertwine.report.content import Content, Fact, Section, Table
from intertwine.studies.inertia_tensor.configuration import NETWORKS, InertiaTensorConfiguration
from intertwine.studies.inertia_tensor.figures import errors, learning_curves, other_numbers
from intertwine.studies.inertia_tensor.training import train_step

if TYPE_CHECKING:
    from intertwine.studies.store import Store

GOAL = 1e-6
_COLUMNS = ("network", "samples", "parameters", "as trained", "turned", "on its training set", "after Adam", "seconds")


def summary_rows(c: InertiaTensorConfiguration, results: Store) -> list[dict[str, str]]:
    """A row a network and number of samples: median relative errors, processor seconds of a training."""
    return [dict(zip(_COLUMNS, map(_word, row), strict=True)) for row in _rows(c, results)]


def tell(c: InertiaTensorConfiguration, results: Store) -> Content:
    """The report."""
    found = np.median(errors(c, results, "equivariant", "turned"), axis=1)
    exact = [size for size, error in zip(c.sizes, found, strict=True) if error <= GOAL]
    best = {name: float(np.median(errors(c, results, name, "turned")[-1])) for name in NETWORKS}
    other = min(best[name] for name in NETWORKS[1:])
    reached = (
        f"From {exact[0]} samples on, the equivariant network is exact to {GOAL:g} on turned clouds."
        if exact
        else f"The equivariant network does not reach {GOAL:g}: its best error on turned clouds is {found.min():.1e}."
    )
    words = (
        f"{reached} With {c.sizes[-1]} samples its error there is {best['equivariant']:.1e}, that of the better "
        f"perceptron {other:.1e}."
    )
    facts = [
        Fact(f"{best['equivariant']:.1e}", f"relative error on turned clouds, {c.sizes[-1]} training samples"),
        Fact(f"{other:.1e}", "of the better perceptron"),
        Fact(str(exact[0]) if exact else "–", f"samples for {GOAL:g}"),
    ]
    data = (
        f"A sample is {c.points[0]} to {c.points[1]} point masses in a flat box along the axes and a point about which "
        "the moment of inertia is asked. Adam, then Levenberg–Marquardt for the equivariant network; a perceptron "
        "has too many parameters for its Jacobian; what Adam leaves on its own training set is in the table."
    )
    table = Table(
        "errors", "Medians over the instances; processor seconds of one training.", _COLUMNS, _rows(c, results)
    )
    return Content(
        "Point masses to moments of inertia", "after Thomas et al., arXiv:1802.08219, section 5.2", facts, [words],
        [
            Section("Few samples", [data], [learning_curves(c, results)], [table]),
            Section("Other numbers of points", [_points(c, results)], [other_numbers(c, results)]),
        ],
    )  # fmt: skip


def _points(c: InertiaTensorConfiguration, results: Store) -> str:
    most = max(c.tested_points)
    error = float(np.median(errors(c, results, "equivariant", f"{most} points")[-1]))
    return (
        f"On clouds of {most} points the equivariant network's error is {error:.1e}: the sum over points is built in, "
        "and what is learnt is functions of the distance."
    )


def _rows(c: InertiaTensorConfiguration, results: Store) -> list[tuple[str | int | float, ...]]:
    rows: list[tuple[str | int | float, ...]] = []
    for name in NETWORKS:
        for place, size in enumerate(c.sizes):
            values = results.values(train_step(name, size))
            rows.append(
                (
                    name, size, values["parameters"],
                    *(float(np.median(errors(c, results, name, kind)[place])) for kind in ("as trained", "turned")),
                    *(float(np.median(values[key])) for key in ("training_error", "adam_error")),
                    round(float(np.median(values["seconds"])), 1),
                )
            )  # fmt: skip
    return rows


def _word(value: str | int | float) -> str:
    return f"{value:.1e}" if isinstance(value, float) and value < 0.1 else str(value)
