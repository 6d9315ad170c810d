"""Branching of irreps to subgroups on the level of labels: exact at any size, never a matrix."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import prod
from typing import Any

from intertwine.errors import GroupError, RepresentationError
from intertwine.groups.extended_group import ExtendedGroup
from intertwine.groups.group import Group
from intertwine.groups.lie_catalogue import lookup
from intertwine.groups.lie_group import LieGroup
from intertwine.groups.lie_spec import LieSpec
from intertwine.groups.product import ProductGroup
from intertwine.representations.branching.embedding import Embedding, Labels
from intertwine.representations.branching.embedding_catalogue import known_embedding
from intertwine.representations.extended.labels import ExtendedLabels
from intertwine.representations.lie import labels as lie_labels
from intertwine.representations.lie import names as lie_names


@dataclass(frozen=True)
class Branching(Mapping[str, int]):
    """The irreps of a subgroup in a representation: names to multiplicities; `str` joins them by " + ".

    Attributes
    ----------
    group, subgroup: names; SO(n) in the subgroup becomes Spin(n) where spinors occur.
    labels: {one (Dynkin labels, charges) for each factor of the subgroup: multiplicity}, by dimension.
    embedding: how the weights project.
    """

    group: str
    subgroup: str
    labels: Mapping[Labels, int]
    embedding: Embedding

    def name(self, labels: Labels) -> str:
        """The name of an irrep of the subgroup, "(3,2,1/6)"."""
        specs = self.embedding.subgroup
        if len(specs) == 1:
            return lie_names.name(specs[0], labels[0])
        return "(" + ",".join(lie_names.entry_name(spec, x) for spec, x in zip(specs, labels, strict=True)) + ")"

    def dimension(self, labels: Labels) -> int:
        """Complex dimension of an irrep of the subgroup."""
        return prod(lie_labels.dimension(s, x) for s, x in zip(self.embedding.subgroup, labels, strict=True))

    @property
    def total_dimension(self) -> int:
        """The dimension of the representation."""
        return sum(m * self.dimension(labels) for labels, m in self.labels.items())

    def __getitem__(self, name: str) -> int:
        return {self.name(labels): m for labels, m in self.labels.items()}[name]

    def __iter__(self) -> Iterator[str]:
        return (self.name(labels) for labels in self.labels)

    def __len__(self) -> int:
        return len(self.labels)

    def __str__(self) -> str:
        return " + ".join(f"{m}x{name}" if m > 1 else name for name, m in self.items())


def branch(
    group: str | Group,
    subgroup: str | Group,
    reps: object,
    projection: Sequence[Sequence[Fraction | int | str]] | None = None,
) -> Branching:
    """The irreps of H ⊂ G in a representation of G.

    Parameters
    ----------
    group, subgroup: names ("SU(5)", "SU(3)xSU(2)xU(1)") or groups. SO(n) as a subgroup stands for its cover.
    reps: "5bar + 10", "2x8 + (3,2,1/6)", Dynkin labels of one irrep (0, 1, 0, 0), or a list of any of these.
    projection: rational matrix [columns of H, columns of G] from weights of G to weights of H, where a product's
        columns are, factor by factor, its Dynkin labels and then its charges; default: the built-in embedding.

    Raises GroupError for groups without a built-in embedding (the message lists what is known) and for a projection
    that is singular or no embedding; RepresentationError for irreps that G does not have.

    branch("SU(5)", "SU(3)xSU(2)xU(1)", "10") is (1,1,1) + (3bar,1,-2/3) + (3,2,1/6). In products SU(2)'s
    irreps are named by dimension.
    """
    source, target = _specs(group), _specs(subgroup)
    if projection is None:
        embedding = known_embedding(source, target)
    else:
        rows = tuple(tuple(Fraction(x) for x in row) for row in projection)
        embedding = Embedding(source, target, rows)
        embedding.check()
    wanted = _representation(group, source, reps)
    total = embedding.branch_all(wanted)
    # SO(n) unless spinors occur, which only its cover has
    shown = [
        spec if all(spec.allows(labels[k]) for labels in total) else embedding.subgroup[k]
        for k, spec in enumerate(target)
    ]
    names = ["x".join(spec.name for spec in specs) for specs in (source, shown)]
    result = Branching(names[0], names[1], total, embedding)
    ordered = sorted(
        total, key=lambda labels: (result.dimension(labels), tuple((tuple(-x for x in d), c) for d, c in labels))
    )
    return Branching(names[0], names[1], {labels: total[labels] for labels in ordered}, embedding)


def _specs(group: str | Group) -> tuple[LieSpec, ...]:
    if isinstance(group, ProductGroup):
        return tuple(spec for factor in group.factors for spec in _specs(factor))
    if isinstance(group, LieGroup):
        return (group.spec,)
    if isinstance(group, ExtendedGroup):
        return (group.connected.spec,)
    if isinstance(group, str):
        found = []
        for name in _split(re.sub(r"\s+", "", group).replace("×", "x"), "x"):
            spec = lookup(name)
            if spec is None:
                raise _not_lie(name)
            connected = lookup(spec.connected) if spec.connected else spec
            if connected is None:
                raise _not_lie(name)
            found.append(connected)
        return tuple(found)
    raise _not_lie(getattr(group, "name", repr(group)))


def _not_lie(name: object) -> GroupError:
    return GroupError(
        "branching of labels needs Lie groups",
        received=repr(name),
        expected='names such as "SU(5)" and "SU(3)xSU(2)xU(1)"',
        fix="for finite subgroups and matrices use rep.restrict",
    )


def _representation(group: str | Group, source: tuple[LieSpec, ...], reps: object) -> dict[Labels, int]:
    total: dict[Labels, int] = {}
    for m, one in _terms(reps):
        for labels in _irreps(group, source, one):
            total[labels] = total.get(labels, 0) + m
    return total


def _terms(reps: object) -> Iterator[tuple[int, object]]:
    if isinstance(reps, str):
        for term in _split(reps, "+"):
            match = re.fullmatch(r"\s*(\d+)\s*[x×]\s*(.+)", term)
            yield (int(match[1]), match[2].strip()) if match else (1, term.strip())
    elif isinstance(reps, list):
        for one in reps:
            yield from _terms(one)
    else:
        yield 1, reps


def _irreps(group: str | Group, source: tuple[LieSpec, ...], one: object) -> list[Labels]:
    """The irreps of the identity component that one term names (two for some irreps of O(2n), O(p,q))."""
    outer = lookup(re.sub(r"\s+", "", group)) if isinstance(group, str) else None
    name = outer.name if outer is not None and outer.connected else getattr(group, "name", "")
    if isinstance(group, ExtendedGroup) or (outer is not None and outer.connected):
        exact = ExtendedLabels(name, source[0])
        return [(part,) for part in exact.parts(exact.parse(one))]
    if len(source) == 1:
        return [(lie_names.parse(source[0], one),)]
    entries: Any = one
    if isinstance(one, str):
        text = one.strip()
        entries = _split(text[1:-1], ",") if text.startswith("(") and text.endswith(")") else [text]
    if not isinstance(entries, list | tuple) or len(entries) != len(source):
        raise RepresentationError(
            "an irrep of a product has one entry for each factor",
            received=repr(one),
            expected=f"{len(source)} entries, one for each of {', '.join(spec.name for spec in source)}",
        )
    return [tuple(lie_names.parse_entry(spec, entry) for spec, entry in zip(source, entries, strict=True))]


def _split(text: str, separator: str) -> list[str]:
    """Parts of a text at a separator outside parentheses."""
    parts, depth, start = [], 0, 0
    for i, character in enumerate(text):
        depth += (character in "([") - (character in ")]")
        if character == separator and depth == 0:
            parts.append(text[start:i])
            start = i + 1
    return [*parts, text[start:]]
