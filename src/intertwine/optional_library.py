"""`optional_library`: a library that only some uses need, imported when it is needed."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

from intertwine.errors import MissingDependencyError


def optional_library(name: str, extra: str) -> Any:
    """The module of that name, of a library that `pip install 'intertwine[extra]'` brings.

    Raises MissingDependencyError that names the library and the extra; errors inside of the library pass.
    """
    if (loaded := sys.modules.get(name)) is not None:
        return loaded
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        top = name.split(".")[0]
        if error.name != top:
            raise
        raise MissingDependencyError(
            f"{top} is needed for this", received="it is not installed", fix=f"pip install 'intertwine[{extra}]'"
        ) from error
