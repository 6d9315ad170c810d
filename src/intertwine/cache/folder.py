"""Where the cache lives, what is in it, how to empty it."""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from intertwine.errors import ConfigurationError

ENVIRONMENT = "INTERTWINE_CACHE"
OFF = "off"
_NAMESPACE = re.compile(r"[a-z0-9][a-z0-9_-]*")


def folder() -> Path | None:
    """The cache's folder: INTERTWINE_CACHE if set, else the user's cache folder; None where it is set to "off"."""
    chosen = os.environ.get(ENVIRONMENT, "").strip()
    if chosen.lower() == OFF:
        return None
    if chosen:
        return Path(chosen).expanduser()
    import platformdirs

    return Path(platformdirs.user_cache_dir("intertwine", appauthor=False))


def namespace_folder(namespace: str) -> Path | None:
    """The folder of one namespace (not created here).

    Raises ConfigurationError for a name that is not a plain lower-case word: it becomes a folder's name.
    """
    if not _NAMESPACE.fullmatch(namespace):
        raise ConfigurationError(
            "not a cache namespace", received=repr(namespace), expected="lower-case letters, digits, '-' and '_'"
        )
    root = folder()
    return None if root is None else root / namespace


@dataclass(frozen=True)
class NamespaceUsage:
    """What one namespace holds: number of files and their size in bytes."""

    namespace: str
    files: int
    size: int


def listing() -> list[NamespaceUsage]:
    """Every namespace of the cache with its number of entries and bytes, by name. Empty where there is no cache."""
    root = folder()
    if root is None or not root.is_dir():
        return []
    found = []
    for place in sorted(path for path in root.iterdir() if path.is_dir() and _NAMESPACE.fullmatch(path.name)):
        entries = [*place.glob("*.npz"), *place.glob("*.so")]  # tables and compiled kernels
        sizes = [size for path in entries if (size := _size(path)) is not None]
        if sizes:
            found.append(NamespaceUsage(place.name, len(sizes), sum(sizes)))
    return found


def clear(namespace: str | None = None) -> int:
    """Delete one namespace, or all of them; returns the bytes freed.

    Only namespaces' folders are touched, and a process that writes at the same time loses nothing but its entry.
    """
    root = folder()
    if root is None or not root.is_dir():
        return 0
    usage = listing()
    if namespace is not None:
        place = namespace_folder(namespace)
        names = [use.namespace for use in usage]
        if namespace not in names:
            if place is not None and place.is_dir():
                shutil.rmtree(place, ignore_errors=True)
                return 0
            raise ConfigurationError(
                "the cache has no such namespace",
                received=repr(namespace),
                expected=", ".join(names) or "an empty cache",
            )
        usage = [use for use in usage if use.namespace == namespace]
    for use in usage:
        shutil.rmtree(root / use.namespace, ignore_errors=True)
    return sum(use.size for use in usage)


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except FileNotFoundError:  # another process replaced or cleared it meanwhile
        return None
