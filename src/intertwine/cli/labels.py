"""How the calculator writes irreps: their labels, their types, coefficients as square roots of fractions."""

from __future__ import annotations

from collections.abc import Hashable
from enum import StrEnum
from fractions import Fraction
from typing import Annotated, Any

import typer

TYPES = {1: "real", 0: "complex", -1: "quaternionic"}


class Basis(StrEnum):
    """weight: complex irreps and their weight bases; real: the real irreps that features are made of."""

    weight = "weight"
    real = "real"


BasisOption = Annotated[
    Basis, typer.Option("--basis", help="Complex irreps (weight), or the real irreps that features are made of (real).")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
GroupArgument = Annotated[
    str, typer.Argument(help='A group, such as "SU(3)", "SO(1,3)", "E8", "Oh" or "SU(3)xSU(2)xU(1)".')
]


def label_text(label: Hashable) -> str:
    """A label as one would write it: Dynkin labels and charges in brackets, fractions as fractions."""
    if isinstance(label, tuple):
        parts = [label_text(part) for part in label]
        # Dynkin labels with no charges, or charges alone
        kept = [text for part, text in zip(label, parts, strict=True) if part != ()] if () in label else parts
        return kept[0] if len(kept) == 1 and () in label else f"({','.join(kept)})"
    return str(label)


def json_label(label: Hashable) -> Any:
    """A label for JSON: nested lists without the empty parts, [1, 1] for an octet."""
    if isinstance(label, tuple):
        if () in label:
            kept = [part for part in label if part != ()]
            return json_label(kept[0]) if len(kept) == 1 else [json_label(part) for part in kept]
        return [json_label(part) for part in label]
    return json_value(label)


def json_value(value: Any) -> Any:
    """What JSON has no type for, as text or lists: fractions, tuples, enumerations."""
    if isinstance(value, Fraction):
        return int(value) if value.denominator == 1 else str(value)
    if isinstance(value, tuple | list):
        return [json_value(part) for part in value]
    if isinstance(value, dict):
        return {str(key): json_value(part) for key, part in value.items()}
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return str(value)


def print_json(value: Any) -> None:
    """One JSON document on standard output."""
    import json

    typer.echo(json.dumps(json_value(value), ensure_ascii=False, indent=2))


def root_text(value: float, largest: int = 100_000) -> str:
    """±√(p/q) where the square is such a fraction to 1e-12, else the number to twelve digits."""
    if value == 0.0:
        return "0"
    square = Fraction(value * value).limit_denominator(largest)
    if square == 0 or abs(float(square) - value * value) > 1e-12 * max(1.0, value * value):
        return f"{value:.12g}"
    sign = "-" if value < 0 else ""
    root = Fraction(_exact_root(square.numerator) or 0, _exact_root(square.denominator) or 1)
    if root and root * root == square:
        return f"{sign}{root}"
    return f"{sign}√({square})" if square.denominator > 1 else f"{sign}√{square}"


def _exact_root(number: int) -> int | None:
    from math import isqrt

    root = isqrt(number)
    return root if root * root == number else None
