"""How the kernels are compiled: no GIL, no bounds checks, machine code kept in Numba's cache.

Numba keeps compiled code in `__pycache__` beside the kernels or, where the installation is read-only, in the user's
cache folder (or the folder that the environment variable NUMBA_CACHE_DIR names). Where neither can be written the
kernels are compiled in memory, which costs some seconds in each new process, and the log says so.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, TypeVar

import numba

Function = TypeVar("Function", bound=Callable[..., Any])
log = logging.getLogger(__name__)


def compiled(*, inline: str = "never") -> Callable[[Function], Any]:
    """Decorator: compile a kernel on its first call, for each set of argument types."""

    def decorate(function: Function) -> Any:
        options: dict[str, Any] = {"nogil": True, "error_model": "numpy", "boundscheck": False, "inline": inline}
        try:
            return numba.njit(cache=True, **options)(function)
        except RuntimeError as error:
            if "cannot cache function" not in str(error):
                raise
            log.info("%s: no folder for compiled code can be written, compiling in memory", function.__name__)
            return numba.njit(cache=False, **options)(function)

    return decorate
