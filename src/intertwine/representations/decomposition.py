"""Tensor products of complex irreps at label level: `decompose("SU(3)", "8 x 8")` prints 1 + 2x8 + 10 + 10bar + 27."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Mapping
from typing import Any

from intertwine.errors import RepresentationError
from intertwine.groups.group import Group
from intertwine.groups.names import group as parse_group

_SEPARATOR = re.compile(r"\s+[x×]\s+|\s*⊗\s*")


class Decomposition(Mapping[str, int]):
    """Complex irreps with multiplicities: a mapping from names to multiplicities that prints as Rep syntax."""

    def __init__(self, group: Group, counts: Mapping[Hashable, int]) -> None:
        theory = group.theory
        self.group = group
        order = sorted(
            (label for label, n in counts.items() if n),
            key=lambda label: (theory.dimension(label), len(theory.name(label)), theory.name(label)),
        )
        self.counts: dict[Any, int] = {label: counts[label] for label in order}
        self._by_name = {theory.name(label): n for label, n in self.counts.items()}

    @property
    def dim(self) -> int:
        """Total complex dimension."""
        return sum(n * self.group.theory.dimension(label) for label, n in self.counts.items())

    def __getitem__(self, name: str) -> int:
        return self.counts[self.group.theory.parse(name)]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_name)

    def __len__(self) -> int:
        return len(self.counts)

    def __str__(self) -> str:
        return " + ".join(name if n == 1 else f"{n}x{name}" for name, n in self._by_name.items())

    def __repr__(self) -> str:
        return f"{self.group.name}: {self}"


def decompose(group: Group | str, product: str) -> Decomposition:
    """The irreps of a tensor product such as "8 x 8" or "3 ⊗ 3 ⊗ 3", exactly and without matrices.

    Each factor is one irrep.
    Raises RepresentationError for a name that is no irrep, and for "8x8", which in `Rep` means eight octets.
    """
    G = parse_group(group)
    theory = G.theory
    counts: dict[Any, int] = {theory.trivial: 1}
    for factor in _SEPARATOR.split(product.strip()):
        label = theory.parse(_checked(G, factor.strip(), product))
        total: dict[Any, int] = {}
        for known, n in counts.items():
            for found, m in theory.decompose(known, label).items():
                total[found] = total.get(found, 0) + n * m
        counts = total
    return Decomposition(G, counts)


def _checked(group: Group, factor: str, product: str) -> str:
    if not factor:
        raise RepresentationError(
            "an empty factor", received=repr(product), expected='factors joined by " x ", as in "8 x 8"'
        )
    ambiguous = re.fullmatch(r"(\S*\d\S*)[x×](\S+)", factor)
    if ambiguous:
        left, right = ambiguous[1], ambiguous[2]
        raise RepresentationError(
            "an ambiguous product",
            received=repr(product),
            fix=f'write "{left} x {right}" with spaces for the tensor product; '
            f'{left} copies of {right} are Rep("{group.name}", "{factor}")',
        )
    return factor
