"""Names of irreps of simple algebras by dimension, with bars and primes as in Slansky's tables (Phys. Rep. 79, 1).

Irreps of one dimension are primed in order of their index ("77", "77'"). Of a conjugate pair the one of the smaller
congruency class is unbarred; at equal class the lexically larger label (SU(3): 10 = (3,0)), in the D series the one
with more of the last spinor node (SO(10): 16 = (0,0,0,0,1), 126 in 16 ⊗ 16). SU(3)'s 6 is (2,0) by custom. SO(8) has
8v, 8s, 8c.
"""

from __future__ import annotations

import re
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from intertwine.errors import RepresentationError
from intertwine.groups.cartan import cartan_matrix
from intertwine.groups.root_system import RootSystem
from intertwine.representations.lie.irrep_enumeration import irreps_of_exactly
from intertwine.representations.lie.weights import Weight, weyl_dimension

if TYPE_CHECKING:
    from collections.abc import Mapping

NAME = re.compile(r"(?P<dimension>\d+)(?P<bar>bar|\*|\u0305)?(?P<letters>[vsc]{0,2})(?P<primes>['′]*)(?P<after>bar)?")

_SUFFIXES = ("", "v", "s", "c", "b")  # first letters, in naming order; b is bar


def quadratic_casimir(root_system: RootSystem, dynkin: Weight) -> int:
    """(λ, λ + 2ρ) in units of 1/`root_system.index`, each summand's shortest root having squared length 2."""
    label = np.array(dynkin, dtype=np.int64)
    return int(label @ root_system.scaled_metric @ (label + 2))


def congruency(letter: str, dynkin: Weight) -> int:
    """The congruency class, which tells an irrep of A_n, D_odd or E6 from its dual (0 elsewhere); Slansky, table 9."""
    n = len(dynkin)
    if letter == "A":
        return sum((i + 1) * x for i, x in enumerate(dynkin)) % (n + 1)
    if letter == "D":
        return (2 * sum(dynkin[: n - 2 : 2]) + (n - 2) * dynkin[-2] + n * dynkin[-1]) % 4
    if letter == "E" and n == 6:
        return (dynkin[0] - dynkin[2] + dynkin[4] - dynkin[5]) % 3
    return 0


@lru_cache(maxsize=64)
def _standard(letter: str, rank: int) -> RootSystem:
    return RootSystem(cartan_matrix(letter, rank))


@lru_cache(maxsize=16384)
def _names(letter: str, rank: int, dimension: int) -> Mapping[str, Weight] | None:
    """{name: Dynkin labels} of all irreps of one dimension, in naming order; Bourbaki's numbering. None if too many."""
    root_system = _standard(letter, rank)
    labels = irreps_of_exactly(root_system, dimension)
    if labels is None:
        return None
    families: dict[Weight, list[tuple[str, Weight]]] = {}
    for label in labels:
        head, suffix = _family(letter, label)
        families.setdefault(head, []).append((suffix, label))
    ascending = -1 if letter == "D" else 1

    def order(head: Weight) -> tuple[int, tuple[int, ...]]:
        return quadratic_casimir(root_system, head), tuple(-ascending * x for x in head)

    names = {}
    for primes, head in enumerate(sorted(families, key=order)):
        for suffix, label in sorted(families[head], key=lambda member: _SUFFIXES.index(member[0][:1])):
            names[f"{dimension}{suffix}{chr(39) * primes}"] = label
    return MappingProxyType(names)


def _family(letter: str, label: Weight) -> tuple[Weight, str]:
    """The irrep that gives the family its place (the unbarred one, one of a triality orbit), and the label's suffix."""
    rank = len(label)
    if letter == "D" and rank == 4:
        outer = {"v": label[0], "s": label[3], "c": label[2]}
        head = (max(outer.values()), label[1], *sorted(outer.values())[:2])
        values = sorted(outer.values())
        if values[0] == values[2]:
            return head, ""
        if len(set(values)) == 2:  # the letter of the odd one out: 8v, 35s, 56c
            odd = next(x for x in values if values.count(x) == 1)
            return head, next(k for k in outer if outer[k] == odd)
        return head, "".join(sorted(outer, key=lambda k: -outer[k])[:2])
    dual = _standard(letter, rank).longest_element(label)
    if dual == label:
        return label, ""
    if letter == "A" and rank == 2 and sorted(label) == [0, 2]:
        return (2, 0), "" if label == (2, 0) else "bar"
    key = min if letter == "D" else max
    classes = congruency(letter, label), congruency(letter, dual)
    unbarred = key(label, dual) if classes[0] == classes[1] else (label if classes[0] < classes[1] else dual)
    return unbarred, "" if label == unbarred else "bar"


def simple_name(root_system: RootSystem, dynkin: Weight) -> str | None:
    """The name of an irrep of a simple algebra; None where its dimension has too many neighbours to count primes."""
    (component,) = root_system.components
    label = tuple(dynkin[i] for i in component.nodes)
    names = _names(component.letter, component.rank, weyl_dimension(root_system, dynkin))
    return None if names is None else next(name for name, known in names.items() if known == label)


def irreps_of_dimension(root_system: RootSystem, dimension: int) -> dict[str, Weight]:
    """{name: Dynkin labels} of the irreps of one dimension of a simple algebra, in naming order.

    Raises RepresentationError beyond 50 000 smaller irreps.
    """
    (component,) = root_system.components
    back = np.argsort(component.nodes).tolist()
    names = _names(component.letter, component.rank, dimension)
    if names is None:
        raise RepresentationError(
            f"too many irreps of {root_system.type_name} below dimension {dimension} to count primes",
            received=dimension,
            fix='give Dynkin labels, "[1,0,2]"',
        )
    return {name: tuple(label[i] for i in back) for name, label in names.items()}


def normalise(text: str) -> tuple[int, str] | None:
    """(dimension, canonical spelling) of a dimension name in any accepted spelling ("10*", "10'bar"), or None."""
    match = NAME.fullmatch(text.strip().replace(" ", ""))
    if match is None or (match["bar"] and match["after"]) or (match["letters"] and (match["bar"] or match["after"])):
        return None
    bar = "bar" if match["bar"] or match["after"] else ""
    dimension = int(match["dimension"])
    return dimension, f"{dimension}{bar}{match['letters']}{chr(39) * len(match['primes'])}"
