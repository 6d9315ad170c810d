"""Which representation "the vector" of a group is when none is named."""

from __future__ import annotations

import re

from intertwine.errors import RepresentationError
from intertwine.groups.group import Group
from intertwine.representations.irrep import Irrep

# groups whose vector is not simply the irrep named by its dimension
_NAMED = {"SO(2)": "1", "O(2)": "1", "SO(3)": "1", "O(3)": "1o", "U(1)": "1", "SU(2)": "1/2", "SO(8)": "8v"}
_DIMENSIONS = {"G2": "7", "F4": "26", "E6": "27", "E7": "56", "E8": "248"}
_CLASSICAL = re.compile(r"(?P<family>SO|O|SU|SL|Sp)\((?P<p>\d+)(?:,(?P<q>\d+|R))?\)")


def default_vector(group: Group) -> Irrep:
    """The defining representation: (x, y, …) of SO(n) and O(n), (E, px, …) of SO(1,n), C^n of SU(n), the 7 of G2, …

    Raises RepresentationError for groups that have no such irrep, or none that is unique (products, finite groups).
    """
    name = _NAMED.get(group.name) or _DIMENSIONS.get(group.name)
    if name is not None:
        return Irrep.parse(group, name)
    match = _CLASSICAL.fullmatch(group.name)
    if match is not None:
        n = int(match["p"]) + (int(match["q"]) if (match["q"] or "").isdigit() else 0)
        orthogonal = match["family"] in ("SO", "O")
        found = _defining(group, n, orthogonal)
        if found is not None:
            return found
    raise RepresentationError(
        f"{group.name} has no vector that goes without saying", fix='name one: harmonics(group, degree, vector="...")'
    )


def _defining(group: Group, n: int, orthogonal: bool) -> Irrep | None:
    """The irrep of dimension n in whose basis the group is the group of matrices it is named for."""
    theory = group.theory
    for label in theory.labels(n):
        if theory.dimension(label) != n:
            continue
        irrep = Irrep(group, label)
        if irrep.is_trivial or (orthogonal and irrep.real_dim != n):
            continue
        return irrep
    return None
