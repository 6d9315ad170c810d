"""Particle jets: generation with Pythia and FastJet, readers of public data, checks, decays of known truth.

`generate` writes top and QCD jets to a file; every reader gives `Jets`, padded float64 arrays with masks. Four-momenta
are (E, px, py, pz) in GeV. What needs Pythia, FastJet, awkward, vector, uproot or pyarrow is loaded on first use
(extra `jets`).
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

# public name -> module that defines it
_PUBLIC = {
    "JetProblems": "examination",
    "JetSettings": "settings",
    "Jets": "padded",
    "RaggedJets": "ragged",
    "examine": "examination",
    "generate": "generation",
    "read_jets": "jet_file",
    "towers": "tower_grid",
}

__all__ = sorted(_PUBLIC)


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'intertwine.physics.jets' has no attribute {name!r}")
    value = getattr(import_module(f"intertwine.physics.jets.{_PUBLIC[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
