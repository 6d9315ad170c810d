"""`source_digest`: whether code has changed since something was made with it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from pathlib import Path


@cache
def source_digest(*places: Path) -> str:
    """16 hexadecimal digits of the names and contents of every Python file below these folders, in their order."""
    digest = sha256()
    for place in places:
        for path in _sources(place):
            digest.update(path.removeprefix(str(place)).encode())
            with open(path, "rb", buffering=0) as source:
                digest.update(source.read())
    return digest.hexdigest()[:16]


def _sources(place: Path) -> Iterator[str]:
    """Every Python file below, in an order of its own; a third of pathlib's time, which each process spends once."""
    for folder, inner, names in os.walk(place):
        inner.sort()
        yield from (os.path.join(folder, name) for name in sorted(names) if name.endswith(".py"))
