"""The intertwine command: one file a command, registered in `app`. Starting it imports neither torch nor scipy."""

from __future__ import annotations

from intertwine.cli.app import main

__all__ = ["main"]
