"""Groups by name: `group("SU(3)xSU(2)xU(1)")`; every family parses its own names, products and errors are here."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from functools import lru_cache
from importlib import import_module
from typing import Any

import numpy as np

from intertwine.errors import GroupError
from intertwine.groups.group import Group
from intertwine.groups.product import ProductGroup

# Each family: a module with a function from a name to a group, or None where the name is not of that family.
_FAMILIES = (
    ("intertwine.groups.lie_group", "lie_group"),
    ("intertwine.groups.extended_group", "extended_group"),
    ("intertwine.groups.finite_names", "finite_group"),
)

# fmt: off
EXAMPLES = (
    *(f"SO({n})" for n in range(2, 11)), *(f"O({n})" for n in range(1, 7)), *(f"Spin({n})" for n in range(3, 11)),
    *(f"SU({n})" for n in range(2, 9)), *(f"U({n})" for n in range(1, 6)), *(f"Sp({n})" for n in (2, 4, 6, 8)),
    "Sp(2,R)", "Sp(4,R)", "Sp(6,R)", "SL(2,R)", "SL(3,R)", "SL(4,R)", "SL(2,C)", "SO(1,2)", "SO(1,3)",
    "SO(1,4)", "SO(3,2)", "SO(4,2)", "SO(1,9)", "O(1,3)", "SU(1,1)", "SU(2,1)", "SU(2,2)", "Sp(1,1)",
    "G2", "F4", "E6", "E7", "E8",
    *(f"C{n}" for n in range(1, 9)), *(f"D{n}" for n in range(2, 9)), *(f"S{n}" for n in range(2, 8)),
    *(f"A{n}" for n in range(3, 8)),
    "Q8", "T", "Td", "Th", "O", "Oh", "I", "Ih", "Ci", "Cs", "C2v", "C3v", "C4v", "C6v", "C2h", "C3h", "C4h", "C6h",
    "D2h", "D3h", "D4h", "D6h", "D2d", "D3d", "C3i", "-4", *(f"Hyperoctahedral({d})" for d in range(1, 6)),
)
# fmt: on


def group(
    name: str | Group | Sequence[Any] | np.ndarray | None = None, *, discrete: Sequence[Any] | np.ndarray | None = None
) -> Group:
    """The group of a name; equal names give the same instance, and a Group is returned as it is.

    Examples: "SU(3)", "SO(1,3)", "O(3)", "Sp(4,R)", "E8", "D4" (order 8), "S5", "Oh", "Hyperoctahedral(4)",
    "SU(3)xSU(2)xU(1)", "SO(3)xS4". In place of a name a user's own generators in one faithful representation: Lie
    algebra matrices [n, d, d], discrete matrices `discrete` [k, d, d], both, or permutations [k, points]; what they
    give is said by `user_group`.

    Raises GroupError that names the closest groups, or says why generators are not those of a group.
    """
    if discrete is not None or isinstance(name, list | tuple | np.ndarray):
        return _of_generators(name, discrete)
    if isinstance(name, Group):
        return name
    if not isinstance(name, str):
        raise GroupError(
            "a group is given by its name or by generators",
            received=repr(name)[:80],
            expected='"SU(3)" or matrices [n, d, d]',
        )
    return _named("".join(name.split()).replace("×", "x").replace("⊗", "x"))


def _of_generators(generators: Any, discrete: Any) -> Group:
    from intertwine.groups.user_group import user_group

    if isinstance(generators, str | Group):
        raise GroupError(
            "a named group has its own discrete generators",
            received=f"{generators} and discrete generators",
            fix="give all generators as matrices, or name a group such as O(3)",
        )
    if discrete is not None:
        return user_group(generators, discrete)
    array = np.asarray(generators)
    if array.ndim == 2 and array.dtype.kind in "iu":
        return user_group(permutations=array)
    return user_group(array)


@lru_cache(maxsize=1024)
def _named(name: str) -> Group:
    found = _simple(name)
    if found is not None:
        return found
    factors = _factors(name)
    if len(factors) == 1 or not all(factors):
        raise _unknown(name)
    return ProductGroup([_named(factor) for factor in factors])


def _simple(name: str) -> Group | None:
    for module, function in _FAMILIES:
        found: Group | None = getattr(import_module(module), function)(name)
        if found is not None:
            return found
    return None


def _factors(name: str) -> list[str]:
    parts, depth, start = [], 0, 0
    for position, character in enumerate(name):
        depth += (character == "(") - (character == ")")
        if character == "x" and depth == 0:
            parts.append(name[start:position])
            start = position + 1
    return [*parts, name[start:]]


def _unknown(name: str) -> GroupError:
    folded = {example.casefold(): example for example in EXAMPLES}
    close = [folded[match] for match in get_close_matches(name.casefold(), folded, n=3, cutoff=0.5)]
    return GroupError(
        "not the name of a group",
        received=repr(name),
        expected='a name such as "SU(3)", "SO(1,3)", "O(3)", "E8", "D4", "S5", "Oh" or a product "SU(3)xU(1)"',
        fix=f"did you mean {' or '.join(close)}?" if close else None,
    )
