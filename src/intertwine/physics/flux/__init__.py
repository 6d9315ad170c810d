"""Complex φ⁴ theory with chemical potential in its dual flux representation: simulation, data files, observables.

`sample` gives a FluxEnsemble; `features` and `targets` turn it into what a network trains on. Numba loads on first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

# public name -> module that defines it
_PUBLIC = {
    "EnsembleFile": "ensemble_file",
    "FluxPoint": "points",
    "FluxEnsemble": "ensemble",
    "Model": "model",
    "features": "ensemble",
    "generate": "generation",
    "grid": "points",
    "log_weight": "weights",
    "read_ensembles": "ensemble_file",
    "read_published": "published",
    "sample": "sampling",
    "silver_blaze": "points",
    "targets": "ensemble",
}

__all__ = sorted(_PUBLIC)


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'intertwine.physics.flux' has no attribute {name!r}")
    value = getattr(import_module(f"intertwine.physics.flux.{_PUBLIC[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
