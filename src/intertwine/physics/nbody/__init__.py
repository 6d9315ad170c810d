"""Charged particles in open space: the system of the EGNN paper (Satorras et al. 2102.09844), simulated anew.

`generate` gives trajectories, `prediction_set` the pairs (now, a time later) that networks learn; `invariants` the
conserved quantities. Numba loads on first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

# public name -> module that defines it
_PUBLIC = {
    "ChargedSystem": "charged_system",
    "Invariants": "conservation",
    "Trajectories": "trajectories",
    "evolve": "trajectories",
    "generate": "trajectories",
    "invariants": "conservation",
    "prediction_set": "prediction",
}

__all__ = sorted(_PUBLIC)


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'intertwine.physics.nbody' has no attribute {name!r}")
    value = getattr(import_module(f"intertwine.physics.nbody.{_PUBLIC[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
