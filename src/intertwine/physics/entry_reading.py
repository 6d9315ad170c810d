"""`read_entries`: entries of a file one after the other; the bad ones are counted, and none of them is used."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

from intertwine.errors import DataError, IntertwineError
from intertwine.physics.structure import Structure, StructureSet

Entry = TypeVar("Entry")


def read_entries(
    path: Path, entries: Iterable[tuple[str, Entry]], read: Callable[[str, Entry], Structure], skip_bad: bool
) -> StructureSet:
    """Read (where, entry) pairs. skip_bad: leave bad entries out, with a line for each in `skipped`.

    Raises DataError that counts the bad entries and tells the first, and for a file without good ones.
    """
    good, bad = [], []
    for where, entry in entries:
        try:
            good.append(read(where, entry))
        except (IntertwineError, ValueError, KeyError, TypeError, SyntaxError) as error:
            bad.append(
                f"{where}: {type(error).__name__ + ': ' if not isinstance(error, IntertwineError) else ''}{error}"
            )
    if bad and not skip_bad:
        raise DataError(
            f"{len(bad)} of {len(good) + len(bad)} entries of {path.name} cannot be read",
            received=bad[0],
            fix="mend the file, or leave them out with skip_bad=True",
        )
    if not good:
        raise DataError(f"{path.name} has nothing to read", received=bad[0] if bad else "no entries")
    return StructureSet(tuple(good), tuple(bad))


def existing(path: str | Path) -> Path:
    """The path of a file that is there. Raises DataError."""
    found = Path(path)
    if not found.is_file():
        raise DataError("no such file", received=str(path))
    return found
