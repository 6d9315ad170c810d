"""Crystals with their phonon densities of states: readers, and the heat capacity that follows."""

from __future__ import annotations

from intertwine.physics.crystals.heat_capacity import heat_capacity
from intertwine.physics.crystals.phonon_files import read_phonon_csv, read_phonon_json

__all__ = ["heat_capacity", "read_phonon_csv", "read_phonon_json"]
