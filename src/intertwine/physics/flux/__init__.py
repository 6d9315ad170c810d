"""Complex φ⁴ theory with chemical potential in its dual flux representation: simulation, data files, observables.

`sample` gives a FluxEnsemble; `features` and `targets` turn it into what a network trains on. Numba loads on first use.
"""

from __future__ import annotations

from intertwine.lazy_names import lazy_names

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
__getattr__, __dir__ = lazy_names(__name__, _PUBLIC)
