"""`intertwine decompose`: the irreps of a tensor product, from labels alone."""

from __future__ import annotations

import re
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

SEPARATOR = re.compile(r"\s+[x×]\s+|\s*⊗\s*")


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("decompose")(decompose)


def decompose(
    group: GroupArgument,
    product: Annotated[str, typer.Argument(help='Irreps joined by " x ", such as "8 x 8" or "3 x 3 x 3".')],
    basis: BasisOption = Basis.weight,
    as_json: JsonOption = False,
) -> None:
    """Decompose a tensor product into irreps, exactly and without matrices."""
    import intertwine as tw

    found = tw.decompose(group, product)
    counts = found.counts if basis is Basis.weight else _real_product(found.group, product)
    show_sum(
        found.group,
        counts,
        basis,
        as_json,
        title=f"{product.strip()} of {found.group.name}",
        asked={"product": product},
    )


def _real_product(group: Any, product: str) -> dict[Any, int]:
    """The real irreps in the product of the factors' real feature spaces."""
    from intertwine.representations import Irrep, product_irreps

    counts: dict[Any, int] = {group.trivial: 1}
    for factor in SEPARATOR.split(product.strip()):
        total: dict[Any, int] = {}
        for known, n in counts.items():
            for found, m in product_irreps(known, Irrep.parse(group, factor)).items():
                total[found] = total.get(found, 0) + n * m
        counts = total
    return counts


def show_sum(
    group: Any, counts: dict[Any, int], basis: Basis, as_json: bool, *, title: str, asked: dict[str, Any]
) -> None:
    """Print a direct sum: as one line in Rep syntax and as a table, or as JSON."""
    from intertwine.cli.table import print_table

    rows = [_row(group, key, n, basis) for key, n in counts.items()]
    rows.sort(key=lambda row: (row["dimension"], len(row["irrep"]), row["irrep"]))
    line = " + ".join(
        row["irrep"] if row["multiplicity"] == 1 else f"{row['multiplicity']}x{row['irrep']}" for row in rows
    )
    total = sum(row["multiplicity"] * row["dimension"] for row in rows)
    if as_json:
        listed = [{**row, "label": json_label(row["label"])} for row in rows]
        print_json(
            {"group": group.name, "basis": basis.value, **asked, "sum": line, "dimension": total, "irreps": listed}
        )
        return
    shown = [
        {
            key: label_text(value) if key == "label" else f"{value:,}" if isinstance(value, int) else value
            for key, value in row.items()
        }
        for row in rows
    ]
    output().print(line, soft_wrap=True, markup=False)
    print_table(output(), shown, title=f"{title}, dimension {total:,}")


def _row(group: Any, key: Any, n: int, basis: Basis) -> dict[str, Any]:
    if basis is Basis.real:
        return {
            "irrep": key.name,
            "multiplicity": n,
            "dimension": key.real_dim,
            "label": key.label,
            "type": key.type,
        }
    theory = group.theory
    return {
        "irrep": theory.name(key),
        "multiplicity": n,
        "dimension": theory.dimension(key),
        "label": key,
        "type": TYPES[theory.indicator(key)],
    }
