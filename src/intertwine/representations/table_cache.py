"""Clebsch–Gordan tables on disk: a pack of small ones for each named group, a file for each large one.

Groups that a user made by generators are not cached: their name says nothing. The key names the engine's own source,
so that no table outlives the conventions it was made with.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from intertwine.cache import Pack, cached, folder
from intertwine.errors import GroupError
from intertwine.groups.group import Group
from intertwine.groups.theory import RealArray
from intertwine.source_digest import source_digest

NAMESPACE = "clebsch-gordan"
ALGORITHM = 1
_TINY = 8  # entries of one map: a fifth of a millisecond, and a process that needs no others opens no pack
_WORTH_STORING = 0.1  # seconds: below it a large table is computed anew, which costs no more than reading it


def small_table(group: Group, key: tuple[Hashable, ...], size: int, build: Callable[[], RealArray]) -> RealArray:
    """The table of the key from the group's pack, or built and put there; tiny ones always built."""
    pack = _pack(group) if size > _TINY else None
    if pack is None:
        return build()
    table: RealArray = pack.get(repr(key), build)
    return table


def large_table(
    group: Group, key: tuple[Hashable, ...], build: Callable[[], dict[str, NDArray[np.generic]]]
) -> dict[str, NDArray[np.generic]]:
    """The arrays of the key from a file of their own, or built and, where that took long, stored."""
    if folder() is None or not is_named(group):
        return build()
    return cached(NAMESPACE, engine_version, (group.name, *key), build, min_seconds=_WORTH_STORING)


def _pack(group: Group) -> Pack | None:
    derived = group.theory.derived
    if "pack" not in derived:
        usable = folder() is not None and is_named(group)
        derived["pack"] = Pack(NAMESPACE, engine_version, group.name) if usable else None
    found: Pack | None = derived["pack"]
    return found


def is_named(group: Group) -> bool:
    """Whether the name alone says which group it is."""
    from intertwine.groups.names import group as parse_group

    try:
        return parse_group(group.name) == group
    except GroupError:
        return False


@cache
def engine_version() -> str:
    """The algorithm's number and a digest of the engine's source: labels, matrices and bases all enter the tables."""
    here = Path(__file__).parent
    return f"{ALGORITHM}-{source_digest(here.parent / 'groups', here)}"
