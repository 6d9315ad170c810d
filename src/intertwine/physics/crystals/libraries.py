"""The optional libraries of the extra `atoms`, imported when they are needed."""

from __future__ import annotations

from functools import partial

from intertwine.optional_library import optional_library

library = partial(optional_library, extra="atoms")
