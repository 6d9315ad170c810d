"""Readers of molecules: extended xyz, response tensors of water, the Zundel cation, ethanol, QM7."""

from __future__ import annotations

from intertwine.physics.molecules.extended_xyz import read_extended_xyz
from intertwine.physics.molecules.published import read_ethanol, read_water_tensors, read_zundel
from intertwine.physics.molecules.qm7 import read_qm7

__all__ = ["read_ethanol", "read_extended_xyz", "read_qm7", "read_water_tensors", "read_zundel"]
