"""Names of irreps of Lie groups, both ways: `parse(spec, name(spec, label)) == label` for every label."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction

from intertwine.errors import RepresentationError
from intertwine.groups.lie_spec import LieLabel, LieSpec
from intertwine.groups.root_system import RootSystem
from intertwine.representations.lie.dimension_names import irreps_of_dimension, normalise, simple_name
from intertwine.representations.lie.nearest_irreps import no_such_dimension
from intertwine.representations.lie.weights import Weight

_NUMBER = re.compile(r"[+-]?\d+(?:/\d+|\.\d+)?")


def name(spec: LieSpec, label: LieLabel) -> str:
    """The physicist's name of an irrep.

    Spins for A1 ("1/2"), pairs of spins for A1×A1 ("(1/2,1/2)"), charges for U(1) ("-1/3"), dimensions with bars and
    primes for simple groups ("10bar", "77'", "8s"), "(dimension,charge)" for U(n), tuples of dimensions for SL(n,C).
    Beyond 50 000 smaller irreps the primes are not counted and the name is the Dynkin label, "[1,0,7]".
    """
    dynkin, charges = label
    if spec.naming == "charge":
        return str(charges[0])
    if spec.naming == "spin":
        return str(Fraction(dynkin[0], 2))
    if spec.naming == "pair":
        return f"({Fraction(dynkin[0], 2)},{Fraction(dynkin[1], 2)})"
    parts = [_part_name(system, part) for system, part in _summands(spec.root_system, dynkin)]
    if spec.naming == "dimension":
        return parts[0]
    return "(" + ",".join([*parts, *map(str, charges)]) + ")"


def entry_name(spec: LieSpec, label: LieLabel) -> str:
    """The name of a factor's irrep inside a product: SU(2) by dimension, "(3,2,1/6)", all others as alone."""
    return str(label[0][0] + 1) if (spec.series, spec.naming) == ("SU", "spin") else name(spec, label)


def parse_entry(spec: LieSpec, entry: object) -> LieLabel:
    """The irrep of a factor named inside a product: an integer for SU(2) is a dimension, a fraction a spin."""
    if (spec.series, spec.naming) == ("SU", "spin") and re.fullmatch(r"\s*[1-9]\d*\s*", str(entry)):
        return (int(str(entry)) - 1,), ()
    return parse(spec, entry)


def _summands(root_system: RootSystem, dynkin: Weight) -> list[tuple[RootSystem, Weight]]:
    return [
        (RootSystem(root_system.cartan[list(nodes)][:, list(nodes)]), tuple(dynkin[i] for i in nodes))
        for nodes in (sorted(component.nodes) for component in root_system.components)
    ]


def _part_name(root_system: RootSystem, dynkin: Weight) -> str:
    found = simple_name(root_system, dynkin)
    return found if found is not None else "[" + ",".join(map(str, dynkin)) + "]"


def parse(spec: LieSpec, *label: object) -> LieLabel:
    """The irrep that was meant: one name, Dynkin labels (then charges) as numbers or one tuple, or a label.

    A single number is a name (a spin, a dimension, a charge); Dynkin labels of rank-one groups are a tuple, (2,), or
    the string "[2]". Raises RepresentationError that names the nearest irreps, or the covering group that has this one.
    """
    if len(label) == 1 and isinstance(label[0], tuple | list):
        inner = label[0]
        if len(inner) == 2 and all(isinstance(part, tuple | list) for part in inner):
            return spec.label(tuple(inner[0]), tuple(inner[1]))
        return _from_numbers(spec, tuple(inner))
    if len(label) != 1:
        return _from_numbers(spec, label)
    if isinstance(label[0], str | int | float | Fraction) and not isinstance(label[0], bool):
        found = _from_text(spec, str(label[0]).strip())
        spec.check(found)
        return found
    raise _unreadable(spec, label[0])


def _from_numbers(spec: LieSpec, numbers: Sequence[object]) -> LieLabel:
    rank = spec.root_system.rank
    if len(numbers) != rank + spec.torus_rank or not all(isinstance(x, int | float | Fraction | str) for x in numbers):
        raise _unreadable(spec, tuple(numbers))
    exact = [_fraction(spec, str(x)) for x in numbers]
    if any(x.denominator != 1 for x in exact[:rank]):
        raise _unreadable(spec, tuple(numbers))
    return spec.label([int(x) for x in exact[:rank]], exact[rank:])


def _from_text(spec: LieSpec, text: str) -> LieLabel:
    if text.startswith("[") and text.endswith("]"):
        return _from_numbers(spec, text[1:-1].split(","))
    if spec.naming == "charge":
        return (), (_fraction(spec, text),)
    if spec.naming == "spin":
        return (_spin(spec, text),), ()
    if spec.naming == "dimension":
        return _dimension(spec, spec.root_system, text), ()
    entries = _entries(spec, text)
    if spec.naming == "pair":
        if len(entries) != 2:
            raise _unreadable(spec, text)
        return tuple(_spin(spec, entry) for entry in entries), ()
    summands = _summands(spec.root_system, (0,) * spec.root_system.rank)
    if len(entries) != len(summands) + spec.torus_rank:
        raise _unreadable(spec, text)
    dynkin: Weight = ()
    for (system, _), entry in zip(summands, entries, strict=False):
        dynkin += _dimension(spec, system, entry)
    return dynkin, tuple(_fraction(spec, entry) for entry in entries[len(summands) :])


def _entries(spec: LieSpec, text: str) -> list[str]:
    if not (text.startswith("(") and text.endswith(")")):
        raise _unreadable(spec, text)
    # commas inside the brackets of Dynkin labels do not separate entries
    return [entry.strip() for entry in re.split(r",(?![^\[]*\])", text[1:-1])]


def _dimension(spec: LieSpec, root_system: RootSystem, text: str) -> Weight:
    if text.startswith("[") and text.endswith("]"):
        numbers = text[1:-1].split(",")
        if len(numbers) != root_system.rank or not all(re.fullmatch(r"\s*\d+\s*", x) for x in numbers):
            raise _unreadable(spec, text)
        return tuple(int(x) for x in numbers)
    if text.startswith("(") and text.endswith(")"):
        return _dimension(spec, root_system, f"[{text[1:-1]}]")
    read = normalise(text)
    if read is None:
        raise _unreadable(spec, text)
    dimension, canonical = read
    names = irreps_of_dimension(root_system, dimension)
    if canonical not in names:
        raise no_such_dimension(spec, root_system, dimension, text, names)
    return names[canonical]


def _spin(spec: LieSpec, text: str) -> int:
    twice = 2 * _fraction(spec, text)
    if twice < 0 or twice.denominator != 1:
        below = max(0, int(twice))
        nearest = ", ".join(str(Fraction(x, 2)) for x in (below, below + 1))
        raise RepresentationError(
            f"{spec.name} has no irrep of spin {text}; nearest: {nearest}", expected="0, 1/2, 1, 3/2, …"
        )
    return int(twice)


def _fraction(spec: LieSpec, text: str) -> Fraction:
    if _NUMBER.fullmatch(text.strip()) is None:
        raise _unreadable(spec, text)
    return Fraction(text.strip())


def _unreadable(spec: LieSpec, received: object) -> RepresentationError:
    rank, torus = spec.root_system.rank, spec.torus_rank
    labels = f"{rank} Dynkin labels" if rank else ""
    charges = f"{torus} charge" if torus else ""
    style = {
        "spin": '"0", "1/2", "1", …',
        "pair": '"(1/2,1/2)", two spins',
        "charge": '"1", "-1/3", …, a fraction',
        "dimension": 'a dimension such as "8", "10bar", "77\'"',
        "dimension and charge": '"(3,1)", a dimension and a charge',
        "tuple": '"(3,3bar)", a dimension for each summand',
    }[spec.naming]
    also = " and ".join(part for part in (labels, charges) if part)
    return RepresentationError(
        f"not the name of an irrep of {spec.name}", received=repr(received), expected=f"{style}, or {also} as numbers"
    )
