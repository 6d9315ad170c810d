"""The optional libraries of the extra `jets`, imported when they are needed."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import Any

from intertwine.errors import MissingDependencyError


def library(name: str) -> Any:
    """The module of that name. Raises MissingDependencyError that names the extra."""
    loaded: ModuleType | None = sys.modules.get(name)
    if loaded is not None:
        return loaded
    try:
        # FastJet announces itself on standard output when it first clusters; importing it is silent.
        return import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name.split(".")[0]:
            raise
        raise MissingDependencyError(
            "an optional library is not installed", received=name, fix="pip install intertwine[jets]"
        ) from error


@contextmanager
def silent_output() -> Iterator[None]:
    """Standard output of compiled code goes nowhere: for banners that cannot be switched off."""
    sys.stdout.flush()
    kept, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)
