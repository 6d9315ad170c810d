"""Crystals with their phonon densities of states: readers, a generator, and the heat capacity that follows."""

from __future__ import annotations

from intertwine.physics.crystals.density_of_states import PUBLISHED_GRID, density_of_states
from intertwine.physics.crystals.generation import generate
from intertwine.physics.crystals.heat_capacity import heat_capacity
from intertwine.physics.crystals.lattice_dynamics import Phonons, phonons
from intertwine.physics.crystals.phonon_files import (
    read_attributes,
    read_phonon_csv,
    read_phonon_json,
    read_phonons,
)
from intertwine.physics.crystals.species import mass_weighted_species

__all__ = [
    "PUBLISHED_GRID",
    "Phonons",
    "density_of_states",
    "generate",
    "heat_capacity",
    "mass_weighted_species",
    "phonons",
    "read_attributes",
    "read_phonon_csv",
    "read_phonon_json",
    "read_phonons",
]
