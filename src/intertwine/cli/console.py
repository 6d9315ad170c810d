"""Where the commands print: results to standard output, everything about the run to standard error."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console


def output() -> Console:
    """The console for results, which may be piped elsewhere."""
    from rich.console import Console

    return Console(highlight=False)


def errors() -> Console:
    """The console for errors, estimates and progress."""
    from rich.console import Console

    return Console(stderr=True, highlight=False)
