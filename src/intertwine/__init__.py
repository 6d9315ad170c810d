"""Neural networks that commute with a symmetry, for physics.

Everything public loads on first use, so that `import intertwine` costs little more than numpy.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

# public name -> module that defines it
_PUBLIC = {
    "group": "intertwine.groups",
    "user_group": "intertwine.groups.user_group",
    "Irrep": "intertwine.representations",
    "Rep": "intertwine.representations",
    "clebsch_gordan": "intertwine.representations",
    "decompose": "intertwine.representations",
    "branch": "intertwine.representations",
    "intertwiners": "intertwine.representations",
    "harmonics": "intertwine.representations.harmonics",
    "quotient": "intertwine.representations",
    "regular": "intertwine.representations",
    "IntertwineError": "intertwine.errors",
}
_MODULES = (
    "discovery", "errors", "evaluation", "geometry", "groups", "interfaces", "models", "nn", "physics", "report",
    "representations", "studies", "testing", "training",
)  # fmt: skip

__all__ = ["__version__", *_PUBLIC, *_MODULES]


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        value = getattr(import_module(_PUBLIC[name]), name)
    elif name in _MODULES:
        value = import_module(f"intertwine.{name}")
    else:
        raise AttributeError(f"module 'intertwine' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
