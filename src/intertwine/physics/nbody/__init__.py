"""Charged particles in open space: the system of the EGNN paper (Satorras et al. 2102.09844), simulated anew.

`generate` gives trajectories, `prediction_set` the pairs (now, a time later) that networks learn, `published_set` those
of the published files; `invariants` the conserved quantities. Numba loads on first use.
"""

from __future__ import annotations

from intertwine.lazy_names import lazy_names

# public name -> module that defines it
_PUBLIC = {
    "ChargedSystem": "charged_system",
    "Invariants": "conservation",
    "Trajectories": "trajectories",
    "evolve": "trajectories",
    "generate": "trajectories",
    "invariants": "conservation",
    "prediction_set": "prediction",
    "published_set": "published",
}

__all__ = sorted(_PUBLIC)
__getattr__, __dir__ = lazy_names(__name__, _PUBLIC)
