"""`intertwine irreps`: the irreps of a group up to a dimension."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from intertwine.cli.console import output
from intertwine.cli.labels import (
    TYPES,
    Basis,
    BasisOption,
    GroupArgument,
    JsonOption,
    json_label,
    label_text,
    print_json,
)


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("irreps")(irreps)


def irreps(
    group: GroupArgument,
    up_to: Annotated[int, typer.Option("--up-to", min=1, help="Largest complex dimension.")] = 30,
    basis: BasisOption = Basis.weight,
    as_json: JsonOption = False,
) -> None:
    """List the irreps of a group up to a dimension, with label, conjugate and type."""
    from intertwine.cli.table import print_table
    from intertwine.groups import group as parse_group

    G = parse_group(group)
    rows = _real(G, up_to) if basis is Basis.real else _complex(G, up_to)
    if as_json:
        listed = [{**row, "label": json_label(row["label"])} for row in rows]
        print_json({"group": G.name, "basis": basis.value, "irreps": listed})
        return
    kind = "Real irreps" if basis is Basis.real else "Irreps"
    if not rows:
        output().print(f"{G.name} has no irreps of dimension ≤ {up_to}.")
        return
    shown = [{key: label_text(value) if key == "label" else str(value) for key, value in row.items()} for row in rows]
    print_table(output(), shown, title=f"{kind} of {G.name} of dimension ≤ {up_to}")


def _complex(group: Any, up_to: int) -> list[dict[str, Any]]:
    theory = group.theory
    return [
        {
            "irrep": theory.name(label),
            "dimension": theory.dimension(label),
            "label": label,
            "conjugate": theory.name(theory.conjugate(label)),
            "type": TYPES[theory.indicator(label)],
        }
        for label in theory.labels(up_to)
    ]


def _real(group: Any, up_to: int) -> list[dict[str, Any]]:
    return [
        {
            "irrep": irrep.name,
            "real dimension": irrep.real_dim,
            "label": irrep.label,
            "complex dimension": irrep.dim,
            "type": irrep.type,
            "commutant": irrep.commutant_dim,
        }
        for irrep in group.irreps(up_to)
    ]
