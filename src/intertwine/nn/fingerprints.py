"""Fingerprints: what a network's constants are, in a few numbers, so that weights never meet other bases.

Weights are coefficients in bases of irreps and of Clebsch–Gordan maps. Those are deterministic, but a change of the
engine may change them, and the same weights would then be another function. A fingerprint of a table T is its size and
a few inner products Σ_i cos(k i + k) T_i: unlike a hash it can be compared within rounding.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import sqrt

import numpy as np
from torch import nn

from intertwine.groups.theory import RealArray
from intertwine.nn.constant import Constant
from intertwine.nn.product_plan import ProductPlan
from intertwine.representations import Irrep, Rep

TOLERANCE = 1e-7  # relative; rounding is 1e-12, another basis of order 1
_FREQUENCIES = sqrt(2), sqrt(3), sqrt(5), sqrt(7)

Fingerprint = list[float]


def fingerprint(table: object) -> Fingerprint:
    """[number of entries, norm, four inner products] of an array."""
    flat = np.asarray(table, dtype=np.float64).ravel()
    index = np.arange(flat.size)
    products = [float(np.cos(k * index + k) @ flat) for k in _FREQUENCIES]
    return [float(flat.size), float(np.linalg.norm(flat)), *products]


def agree(one: Fingerprint, other: Fingerprint) -> bool:
    """Whether two fingerprints are those of one table, within rounding."""
    scale = max(one[1], other[1], 1.0)
    return len(one) == len(other) and one[0] == other[0] and bool(
        np.abs(np.subtract(one[1:], other[1:])).max() <= TOLERANCE * scale
    )  # fmt: skip


def fingerprints(module: nn.Module) -> dict[str, Fingerprint]:
    """Those of every basis and table that a network relies on, by name.

    The irreps of all representations that its layers carry (generators, discrete generators, commutant), changes of
    basis, the exact numbers of every `Constant`, the coefficients of every product's plan, and what a layer names in
    `exact_tables` instead of those.
    """
    found: dict[str, Fingerprint] = {}
    for path, part in module.named_modules():
        for name, value in list(vars(part).items()):
            for rep in _representations(value):
                for irrep in rep.irreps:
                    found.update(_of_irrep(irrep, found))
                if not rep.is_by_irreps:
                    found[f"{path}.{name}: change of basis"] = fingerprint(rep.change_of_basis.to_basis)
        for name, table in _tables(part):
            found[f"{path}.{name}".lstrip(".")] = fingerprint(table)
    return found


def _representations(value: object) -> Iterator[Rep]:
    if isinstance(value, Rep):
        yield value
    elif isinstance(value, list | tuple):
        yield from (one for one in value if isinstance(one, Rep))


def _of_irrep(irrep: Irrep, known: dict[str, Fingerprint]) -> dict[str, Fingerprint]:
    name = f"{irrep.group.name}: {irrep.name}"
    if name in known:
        return {}
    tables = (irrep.generators, irrep.discrete_generators, irrep.commutant)
    return {name: fingerprint(np.concatenate([np.ravel(table) for table in tables]))}


def _tables(part: nn.Module) -> Iterator[tuple[str, RealArray | np.ndarray]]:
    if isinstance(part, nn.ModuleList | nn.ModuleDict):
        return  # the layer that holds it says what is in it
    exact = getattr(part, "exact_tables", None)
    if isinstance(exact, dict):
        yield from exact.items()
        return
    for name, value in vars(part).items():
        if isinstance(value, ProductPlan):
            yield name, np.concatenate([value.words, value.coefficients])
    for name, child in part.named_children():
        if isinstance(child, Constant):
            yield name, child.exact
        elif isinstance(child, nn.ModuleList | nn.ModuleDict):
            yield from (
                (f"{name}.{key}", one.exact) for key, one in child.named_children() if isinstance(one, Constant)
            )
