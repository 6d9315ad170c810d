"""`intertwine cache`: what the disk cache holds, and emptying it."""

from __future__ import annotations

from typing import Annotated

import typer

from intertwine.cli.console import output
from intertwine.cli.labels import JsonOption, print_json


def register(app: typer.Typer) -> None:
    """Add the command with its sub-commands to the application."""
    group = typer.Typer(help="Show or clear the disk cache of representation tables.", invoke_without_command=True)
    group.callback()(_default)
    group.command("show")(show)
    group.command("clear")(clear)
    app.add_typer(group, name="cache")


def _default(context: typer.Context, as_json: JsonOption = False) -> None:
    """Show the disk cache, or clear it."""
    if context.invoked_subcommand is None:
        show(as_json)


def show(as_json: JsonOption = False) -> None:
    """Folder, namespaces, files and sizes."""
    from intertwine import cache
    from intertwine.cli.table import print_table

    place, usage = cache.folder(), cache.listing()
    if as_json:
        print_json(
            {
                "folder": None if place is None else str(place),
                "bytes": sum(use.size for use in usage),
                "namespaces": [{"namespace": use.namespace, "files": use.files, "bytes": use.size} for use in usage],
            }
        )
        return
    if place is None:
        output().print("The cache is off (INTERTWINE_CACHE=off).")
        return
    output().print(f"{place}: {size_text(sum(use.size for use in usage))}", soft_wrap=True, markup=False)
    print_table(
        output(),
        [{"namespace": use.namespace, "files": str(use.files), "size": size_text(use.size)} for use in usage],
    )


def clear(
    namespace: Annotated[str | None, typer.Argument(help="One namespace; everything by default.")] = None,
) -> None:
    """Delete cached tables; they are computed again when next needed."""
    from intertwine import cache

    freed = cache.clear(namespace)
    output().print(f"cleared {namespace or 'the cache'}: {size_text(freed)} freed")


def size_text(size: int) -> str:
    """Bytes in the largest unit that leaves a number ≥ 1."""
    value = float(size)
    for unit in ("B", "kB", "MB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} GB"
