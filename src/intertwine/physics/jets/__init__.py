"""Particle jets: generation with Pythia and FastJet, readers of public data, checks, decays of known truth.

`generate` writes top and QCD jets to a file; every reader gives `Jets`, padded float64 arrays with masks. Four-momenta
are (E, px, py, pz) in GeV. What needs Pythia, FastJet, awkward, vector, uproot or pyarrow is loaded on first use
(extra `jets`).
"""

from __future__ import annotations

from intertwine.lazy_names import lazy_names

# public name -> module that defines it
_PUBLIC = {
    "JetProblems": "examination",
    "JetSettings": "settings",
    "Jets": "padded",
    "RaggedJets": "ragged",
    "Sample": "sample",
    "decay": "many_body",
    "examine": "examination",
    "generate": "generation",
    "massless_phase_space": "many_body",
    "phase_space": "many_body",
    "read_energyflow": "energyflow",
    "read_jetclass": "jetclass",
    "read_jets": "jet_file",
    "read_pmu": "pmu_file",
    "read_root": "root_tree",
    "read_spanet": "spanet",
    "read_top_tagging": "top_tagging",
    "without": "examination",
    "write_pmu": "pmu_file",
    "to_awkward": "awkward_jets",
    "from_awkward": "awkward_jets",
    "towers": "tower_grid",
}

__all__ = sorted(_PUBLIC)
__getattr__, __dir__ = lazy_names(__name__, _PUBLIC)
