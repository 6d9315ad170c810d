"""`intertwine cg`: Clebsch–Gordan coefficients of three irreps, printed and written to a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from intertwine.cli.console import errors, output
from intertwine.cli.labels import Basis, BasisOption, GroupArgument, JsonOption, print_json, root_text

CONVENTION = {
    Basis.weight: "coefficients[m,i,j,k]: V_c -> V_a x V_b, |k> = sum_ij C |i>|j>, complex irreps in weight bases",
    Basis.real: "coefficients[m,i,j,k]: bilinear maps W_a x W_b -> W_c, z_k = sum_ij C x_i y_j, real irreps",
}


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("cg", context_settings={"ignore_unknown_options": True})(cg)


def cg(
    group: GroupArgument,
    a: Annotated[str, typer.Argument(help="First factor, such as 8.")],
    b: Annotated[str, typer.Argument(help="Second factor.")],
    c: Annotated[str, typer.Argument(help="Irrep of the product.")],
    out: Annotated[
        Path | None, typer.Option("--out", help="Write coefficients, names and convention to this .npz.")
    ] = None,
    basis: BasisOption = Basis.weight,
    rows: Annotated[int, typer.Option("--rows", min=0, help="Print at most so many coefficients (0: all).")] = 40,
    as_json: JsonOption = False,
) -> None:
    """Clebsch–Gordan coefficients of c in a x b: as square roots of fractions where they are, and to a file."""
    import numpy as np

    import intertwine as tw

    G = tw.group(group)
    irreps = [G.irrep(name) for name in (a, b, c)]
    names = [_name(irrep, basis) for irrep in irreps]
    table = tw.clebsch_gordan(*irreps, basis=basis.value)
    convention = CONVENTION[basis]
    if len(table) == 0:
        from intertwine.errors import RepresentationError

        raise RepresentationError(
            f"{names[2]} does not occur in {names[0]} x {names[1]} of {G.name}",
            expected=f"one of {_product(G, irreps, basis)}",
        )
    if out is not None:
        path = out if out.suffix == ".npz" else out.with_name(out.name + ".npz")
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez(
            path,
            coefficients=table,
            group=G.name,
            a=names[0],
            b=names[1],
            c=names[2],
            basis=basis.value,
            convention=convention,
        )
        errors().print(f"wrote {path}: coefficients {list(table.shape)}", soft_wrap=True, markup=False)
    entries = [(tuple(int(i) for i in index), table[tuple(index)]) for index in np.argwhere(np.abs(table) > 1e-13)]
    if as_json:
        listed = [{"m": m, "i": i, "j": j, "k": k, **_number(value)} for (m, i, j, k), value in entries]
        print_json(
            {
                "group": G.name,
                "a": names[0],
                "b": names[1],
                "c": names[2],
                "basis": basis.value,
                "convention": convention,
                "shape": list(table.shape),
                "coefficients": listed,
            }
        )
        return
    _print(G, names, basis, table.shape, entries, rows)


def _print(group: Any, names: list[str], basis: Basis, shape: tuple[int, ...], entries: list[Any], rows: int) -> None:
    from intertwine.cli.table import print_table

    a, b, c = names
    output().print(
        f"{group.name}: {a} x {b} -> {c}, {shape[0]} {'map' if shape[0] == 1 else 'maps'}, {len(entries)} coefficients",
        soft_wrap=True,
        markup=False,
    )
    output().print(CONVENTION[basis], soft_wrap=True, markup=False)
    listed = entries if rows == 0 else entries[:rows]
    shown = [
        {"m": str(m), f"i ({a})": str(i), f"j ({b})": str(j), f"k ({c})": str(k), "coefficient": _text(value)}
        for (m, i, j, k), value in listed
    ]
    print_table(output(), shown)
    if len(listed) < len(entries):
        output().print(f"… and {len(entries) - len(listed)} more: --rows 0 prints all, --out FILE writes them")


def _name(irrep: Any, basis: Basis) -> str:
    """The complex irrep as it was spelled, or the real one."""
    name: str = irrep.name if basis is Basis.real else irrep.group.theory.name(irrep.spelled)
    return name


def _product(group: Any, irreps: list[Any], basis: Basis) -> str:
    from intertwine.representations import product_irreps

    a, b = irreps[:2]
    if basis is Basis.real:
        return ", ".join(irrep.name for irrep in product_irreps(a, b))
    theory = group.theory
    labels = sorted(
        theory.decompose(a.spelled, b.spelled), key=lambda label: (theory.dimension(label), theory.name(label))
    )
    return ", ".join(theory.name(label) for label in labels)


def _text(value: complex) -> str:
    real, imaginary = float(value.real), float(value.imag)
    if abs(imaginary) < 1e-13:
        return root_text(real)
    if abs(real) < 1e-13:
        return f"{root_text(imaginary)} i"
    return f"{root_text(real)} + {root_text(imaginary)} i"


def _number(value: complex) -> dict[str, Any]:
    number = {"value": float(value.real)}
    if abs(value.imag) > 1e-13:
        number["imaginary"] = float(value.imag)
    return {**number, "exact": _text(value)}
