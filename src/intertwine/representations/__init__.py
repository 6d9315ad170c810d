"""Irreps, representations, Clebsch–Gordan maps, intertwiners, branching and harmonics. numpy and scipy only.

`Irrep` and `Rep` are real feature spaces of any group; `theories` holds one implementation of `Theory` a family.
"""

from intertwine.representations.irrep import Irrep, irreps

__all__ = ["Irrep", "irreps"]
