"""Which name was meant: the nearest of the names that exist."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from intertwine.errors import ConfigurationError


def choose(kind: str, name: str, known: Iterable[str]) -> str:
    """`name`, if it is one of `known`.

    Raises ConfigurationError otherwise; the message names the nearest known name, or all of them.
    """
    names = sorted(known)
    if name in names:
        return name
    nearest = get_close_matches(name.lower(), names, n=1, cutoff=0.5)
    fix = f"did you mean {nearest[0]!r}?" if nearest else f"choose one of {', '.join(names)}"
    raise ConfigurationError(f"unknown {kind}", received=repr(name), expected=f"one of {', '.join(names)}", fix=fix)
