"""Files of published data that the project does not contain, in the folder that INTERTWINE_DATA names."""

from __future__ import annotations

import os
from pathlib import Path

from intertwine.errors import DataError

VARIABLE = "INTERTWINE_DATA"


def find_sample(name: str) -> Path | None:
    """The file or folder of that name, as "molecules/qm7.npz"; None without it or the variable."""
    root = os.environ.get(VARIABLE, "")
    path = Path(root) / name
    return path if root and path.exists() else None


def sample_file(name: str, source: str) -> Path:
    """The file or folder of that name. source: where it is to be had, for the message.

    Raises
    ------
    DataError
        Where the variable is not set or there is no such file.
    """
    found = find_sample(name)
    if found is None:
        root = os.environ.get(VARIABLE, "")
        raise DataError(
            f"no {Path(name).name} here",
            received=f"{VARIABLE}={root!r}" if root else f"{VARIABLE} is not set",
            expected=f"a folder that holds {name}",
            fix=f"get it from {source}, and set the environment variable {VARIABLE} to the folder above {name}",
        )
    return found
