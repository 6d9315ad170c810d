"""The symmetry itself: Cartan matrices, real forms, finite groups, products, elements. numpy and scipy only.

`group(name)` is the way in; `Group` the base of every group.
"""

from intertwine.groups.group import Group
from intertwine.groups.names import group

__all__ = ["Group", "group"]
