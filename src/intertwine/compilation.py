"""How the kernels are compiled: no GIL, no bounds checks, machine code kept in Numba's cache.

Numba keeps compiled code in `__pycache__` beside the kernels or, where the installation is read-only, in the user's
cache folder (or the folder that the environment variable NUMBA_CACHE_DIR names). Where neither can be written the
kernels are compiled in memory, which costs some seconds in each new process, and the log says so.

Numba takes compiled code as long as the kernel's own file is unchanged, whatever constants and kernels of other files
it was compiled with. Here all files of the kernel's folder count; kernels import from no other one.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numba

from intertwine.source_digest import source_digest

Function = TypeVar("Function", bound=Callable[..., Any])
log = logging.getLogger(__name__)


def compiled(*, inline: str = "never") -> Callable[[Function], Any]:
    """Decorator: compile a kernel on its first call, for each set of argument types."""

    def decorate(function: Function) -> Any:
        options: dict[str, Any] = {"nogil": True, "error_model": "numpy", "boundscheck": False, "inline": inline}
        try:
            kernel = numba.njit(cache=True, **options)(function)
        except RuntimeError as error:
            if "cannot cache function" not in str(error):
                raise
            log.info("%s: no folder for compiled code can be written, compiling in memory", function.__name__)
            return numba.njit(cache=False, **options)(function)
        if kernel is not function:  # as it is where NUMBA_DISABLE_JIT is set
            kernel._cache._cache_file._source_stamp = source_digest(Path(function.__code__.co_filename).parent)
        return kernel

    return decorate
