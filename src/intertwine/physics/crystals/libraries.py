"""The optional libraries of the extra `atoms`, imported when they are needed."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from intertwine.errors import MissingDependencyError


def library(name: str) -> Any:
    """The module of that name. Raises MissingDependencyError that names the extra."""
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name.split(".")[0]:
            raise
        raise MissingDependencyError(
            "an optional library is not installed", received=error.name, fix="pip install 'intertwine[atoms]'"
        ) from error
