"""What layers on fields need to know of a representation's units: where they are, and of what kind."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from intertwine.errors import RepresentationError
from intertwine.representations import Rep


class FieldUnit(NamedTuple):
    """Channels [start, stop) of a field are [unit.dim, copies]."""

    start: int
    stop: int
    copies: int
    unit: Rep


def field_units(rep: Rep) -> tuple[FieldUnit, ...]:
    """The units of a representation with their channels."""
    found, start = [], 0
    for copies, unit in rep.units:
        found.append(FieldUnit(start, start + copies * unit.dim, copies, unit))
        start = found[-1].stop
    return tuple(found)


def permutes(unit: Rep) -> bool:
    """Whether the group only permutes the features of a unit: regular, quotient and trivial ones."""
    if unit.group.n_algebra and np.abs(unit.generators).max(initial=0.0) > 1e-10:
        return False
    R = unit.discrete_generators
    binary = np.minimum(np.abs(R), np.abs(R - 1)).max(initial=0.0) < 1e-9
    return bool(binary and np.abs(R.sum(-1) - 1).max(initial=0.0) < 1e-9)


def require_permuted(rep: Rep, layer: str) -> None:
    """Raises RepresentationError unless the group only permutes the features."""
    for _, unit in rep.units:
        if not permutes(unit):
            raise RepresentationError(
                f"{layer} does not commute with the group on these features",
                received=repr(unit),
                expected="features that the group permutes: invariants, regular and quotient fields",
                fix="use FieldGate, FieldNormActivation or FourierActivation",
            )


def require_irreps(rep: Rep, layer: str) -> None:
    """Raises RepresentationError unless the features are by irreps."""
    if not rep.is_by_irreps:
        raise RepresentationError(f"{layer} takes features by irreps", received=repr(rep), fix="rep.by_irreps()")
