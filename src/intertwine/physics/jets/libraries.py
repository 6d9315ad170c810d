"""The optional libraries of the extra `jets`, imported when they are needed."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from intertwine.optional_library import optional_library

library = partial(optional_library, extra="jets")


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
