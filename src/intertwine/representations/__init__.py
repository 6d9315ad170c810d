"""Irreps, representations, Clebsch–Gordan maps, intertwiners, branching and harmonics. numpy and scipy only.

`Irrep` and `Rep` are real feature spaces of any group; `theories` says which class knows the complex irreps of which
family of groups. Everything public here loads on first use.
"""

from __future__ import annotations

from intertwine.lazy_names import lazy_names
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
__getattr__, __dir__ = lazy_names(__name__, _PUBLIC)
