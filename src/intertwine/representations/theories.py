"""Which class knows the representation theory of which family of groups; it loads with the family's first group."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from intertwine.groups.theory import Theory, register_theory

# family of groups -> (module, class) of its theory
_THEORIES = {
    "intertwine.groups.product.ProductGroup": ("product_theory", "ProductTheory"),
    "intertwine.groups.lie_group.LieGroup": ("lie.theory", "LieTheory"),
    "intertwine.groups.extended_group.ExtendedGroup": ("extended.theory", "ExtendedTheory"),
    "intertwine.groups.finite_group.FiniteGroup": ("finite.theory", "FiniteTheory"),
    "intertwine.groups.symmetric_group.SymmetricGroup": ("finite.symmetric_theory", "SymmetricTheory"),
}


def register_all() -> None:
    """Register every family of this package."""
    for family, (module, name) in _THEORIES.items():

        def build(group: Any, module: str = module, name: str = name) -> Theory[Any]:
            theory: Theory[Any] = getattr(import_module(f"intertwine.representations.{module}"), name)(group)
            return theory

        register_theory(family, build)
