"""Irreps, representations, Clebsch–Gordan maps, intertwiners, branching and harmonics. numpy and scipy only.

`Irrep` and `Rep` are real feature spaces of any group; `theories` says which class knows the complex irreps of which
family of groups. Everything public here loads on first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from intertwine.representations.irrep import Irrep, irreps
from intertwine.representations.theories import register_all

_PUBLIC = {
    "Block": "rep",
    "Decomposition": "decomposition",
    "IntertwinerSpace": "intertwiner_space",
    "Rep": "rep",
    "branch": "branching.branch",
    "SparseMaps": "real_clebsch_gordan",
    "clebsch_gordan": "real_clebsch_gordan",
    "decompose": "decomposition",
    "intertwiners": "intertwiner_space",
    "invariant_form": "metric",
    "product_irreps": "tensor_product",
    "product_maps": "tensor_product",
    "real_multiplicity": "real_clebsch_gordan",
    "square_maps": "tensor_product",
    "quotient": "permutation_reps",
    "regular": "permutation_reps",
    "restrict_fields": "units",
    "tensor_coordinates": "cartesian_tensor",
}

__all__ = ["Irrep", "irreps", *_PUBLIC]

register_all()


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'intertwine.representations' has no attribute {name!r}")
    value = getattr(import_module(f"intertwine.representations.{_PUBLIC[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
