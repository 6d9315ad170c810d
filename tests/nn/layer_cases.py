"""The groups and features that every layer is tested on: one of each kind from the one list of groups."""

from __future__ import annotations

import pytest
import torch

from groups_list import CASES, Case, rng_for
from intertwine.representations import Rep

# compact of types R, C and H; finite; indefinite forms (real and complex); antisymmetric form only; none; a product
NAMES = (
    "SO(3)", "O(3)", "SU(2)", "SU(3)", "S4", "Oh", "Q8", "SO(1,3)", "SU(2,1)", "Sp(4,R)", "SL(3,R)", "SU(3)xSU(2)xU(1)",
)  # fmt: skip
LAYER_CASES = [case for case in CASES if case.name in NAMES]
NON_COMPACT = ("SO(1,3)", "SU(2,1)", "Sp(4,R)", "SL(3,R)")


def layer_groups(*names: str) -> pytest.MarkDecorator:
    """Parametrise a test by `case` over the representative groups, or those named."""
    cases = [case for case in LAYER_CASES if not names or case.name in names]
    return pytest.mark.parametrize("case", cases, ids=str)


def features(case: Case, *, channels: int = 2, scalars: int = 3, largest: int = 12) -> Rep:
    """`scalars` trivial channels and `channels` of each other irrep of the case up to a real dimension."""
    irreps = [irrep for irrep in case.irreps if not irrep.is_trivial and irrep.real_dim <= largest]
    return Rep(case.group, [(scalars, case.group.trivial), *((channels, irrep) for irrep in irreps)])


def random_features(case: Case, *shape: int, dtype: torch.dtype = torch.float64) -> torch.Tensor:
    """Standard normal numbers, seeded by the group."""
    return torch.from_numpy(rng_for(case).standard_normal(shape)).to(dtype)
