"""The hadronically decaying top quarks of a Pythia event, as truth to match jets with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from intertwine.physics.jets.kinematics import angular_distance

TOP, W_BOSON, BOTTOM = 6, 24, 5


@dataclass(frozen=True)
class TopDecay:
    """A top quark, its W, and its three quarks (b, q, q̄'), each [4]: all just before they decay or radiate on."""

    top: NDArray[np.float64]
    w: NDArray[np.float64]
    quarks: NDArray[np.float64]

    def inside(self, jet: NDArray[np.float64], radius: float) -> bool:
        """Whether the top and each of its three quarks lie within ΔR < radius of the jet's axis."""
        everything = np.concatenate([self.top[None], self.quarks])
        return bool((angular_distance(everything, jet) < radius).all())


def top_decays(event: Any) -> list[TopDecay]:
    """Every t → W b → q q̄' b of a Pythia event record; leptonic decays are left out."""
    found = []
    for index in range(event.size()):
        particle = event[index]
        if particle.idAbs() != TOP or particle.iBotCopyId() != index:
            continue
        daughters = {abs(event[one].id()): one for one in particle.daughterList()}
        boson = daughters.pop(W_BOSON, None)
        if boson is None or len(daughters) != 1:
            continue
        last = event[boson].iBotCopyId()
        partons = [one for one in event[last].daughterList() if event[one].idAbs() <= BOTTOM]
        if len(partons) != 2:
            continue
        quarks = [*daughters.values(), *partons]
        found.append(
            TopDecay(
                four_momentum(particle), four_momentum(event[last]), np.stack([four_momentum(event[q]) for q in quarks])
            )
        )
    return found


def four_momentum(particle: Any) -> NDArray[np.float64]:
    """(E, px, py, pz) of a Pythia particle."""
    return np.array([particle.e(), particle.px(), particle.py(), particle.pz()])
