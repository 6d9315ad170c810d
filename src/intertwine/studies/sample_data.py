"""`sample_file`: where a study finds a file of published data that the project does not contain."""

from __future__ import annotations

import os
from pathlib import Path

from intertwine.errors import DataError

VARIABLE = "INTERTWINE_DATA"


def sample_file(name: str, source: str) -> Path:
    """The file of that name, as "molecules/qm7.npz", in the folder that INTERTWINE_DATA names.

    source: where the file is to be had, for the message.

    Raises
    ------
    DataError
        Where the variable is not set or there is no such file.
    """
    root = os.environ.get(VARIABLE, "")
    path = Path(root) / name
    if not root or not path.is_file():
        raise DataError(
            f"the data of this study are not here: no {path.name}",
            received=f"{VARIABLE}={root!r}" if root else f"{VARIABLE} is not set",
            expected=f"a folder that holds {name}",
            fix=f"get the file from {source}, and set {VARIABLE} to the folder above {Path(name).parent}",
        )
    return path
