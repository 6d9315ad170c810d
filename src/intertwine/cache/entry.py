"""One cached result, one file: read it, or build and store it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from time import process_time
from typing import Any, Literal

from numpy.typing import NDArray

from intertwine.cache.files import Arrays, DamagedEntryError, file_name, holds_entries, key_text, logger, read, write
from intertwine.cache.folder import namespace_folder

Status = Literal["read", "built", "rebuilt", "unsaved"]


@dataclass(frozen=True)
class Entry:
    """Arrays and where they came from.

    `status` is "read" (from disk), "built" (and stored), "rebuilt" (the stored file was damaged and has been replaced)
    or "unsaved" (built, but not stored: the cache is off, the disk refused, or it was cheaper than `min_seconds`).
    """

    arrays: Arrays
    status: Status


def fetch(
    namespace: str,
    version: object,
    key_parts: tuple[object, ...],
    build: Callable[[], Mapping[str, NDArray[Any]]],
    *,
    min_seconds: float = 0.0,
) -> Entry:
    """The arrays of a key with their status: read from disk, else built by `build()` and stored.

    Parameters
    ----------
    namespace:
        A folder of the cache, such as "clebsch-gordan"; shown by `intertwine cache`.
    version:
        Version of the algorithm behind `build`; raise it whenever the result may change. A function that returns it is
        called only where files are read or written.
    key_parts:
        Every input that the result depends on, as values whose `repr` is exact (str, int, float, Fraction, tuples).
    build:
        Computes the arrays by name (no object arrays: nothing is pickled).
    min_seconds:
        Results that were built in less processor time are not stored; reading a file costs about 0.3 ms.
    """
    place = namespace_folder(namespace)
    key = cache(lambda: key_text(version, key_parts))
    status: Status = "built"
    if place is not None and holds_entries(place):
        try:
            arrays = read(place / file_name(key()), key())
        except DamagedEntryError as damage:
            logger.warning("damaged cache entry %s/%s (%s): rebuilding it", namespace, file_name(key()), damage)
            status = "rebuilt"
        else:
            if arrays is not None:
                return Entry(arrays, "read")
    start = process_time()
    built = dict(build())
    worth_storing = status == "rebuilt" or process_time() - start >= min_seconds
    if place is None or not worth_storing or not write(place / file_name(key()), key(), built):
        status = "unsaved"
    return Entry(built, status)


def cached(
    namespace: str,
    version: object,
    key_parts: tuple[object, ...],
    build: Callable[[], Mapping[str, NDArray[Any]]],
    *,
    min_seconds: float = 0.0,
) -> Arrays:
    """The arrays of a key: `fetch` without the status."""
    return fetch(namespace, version, key_parts, build, min_seconds=min_seconds).arrays
