"""The leading anti-k_T jet of an event (Cacciari, Salam, Soyez, 0802.1189), by FastJet."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from intertwine.physics.jets.libraries import library, silent_output

_BANNER_SHOWN = False


def leading_jet(momenta: NDArray[np.float64], radius: float, pt_min: float) -> tuple[NDArray[np.float64], Any] | None:
    """The hardest anti-k_T jet of particles [n, 4] (E, px, py, pz).

    Returns its momentum [4] and its particles' indices, hardest p_T first, or None if no jet is above pt_min.
    """
    global _BANNER_SHOWN  # FastJet's own state: it announces itself once a process
    fastjet = library("fastjet")
    particles = []
    for index, (energy, px, py, pz) in enumerate(momenta.tolist()):
        particle = fastjet.PseudoJet(px, py, pz, energy)
        particle.set_user_index(index)
        particles.append(particle)
    definition = fastjet.JetDefinition(fastjet.antikt_algorithm, radius)
    if _BANNER_SHOWN:
        sequence = fastjet.ClusterSequence(particles, definition)
    else:
        with silent_output():
            sequence = fastjet.ClusterSequence(particles, definition)
        _BANNER_SHOWN = True
    jets = fastjet.sorted_by_pt(sequence.inclusive_jets(pt_min))
    if not jets:
        return None
    hardest = jets[0]
    members = np.array([particle.user_index() for particle in hardest.constituents()], dtype=np.int64)
    order = np.argsort(-np.hypot(momenta[members, 1], momenta[members, 2]), kind="stable")
    momentum = np.array([hardest.e(), hardest.px(), hardest.py(), hardest.pz()])
    return momentum, members[order]
