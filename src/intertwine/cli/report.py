"""`intertwine report DIR`: write the report of a run again, or its page of results in Markdown."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from intertwine.cli.console import output


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("report")(report)


def report(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The --out of a finished run.")],
    markdown: Annotated[
        Path | None, typer.Option(help="Also write the results as a Markdown page to this file, figures beside it.")
    ] = None,
) -> None:
    """Write DIR/report.html with its figures and data anew from the results in DIR."""
    from intertwine.report.build import build_markdown, build_report

    path = build_report(folder)
    output().print(f"Report: {path}", soft_wrap=True)
    if markdown is not None:
        build_markdown(folder, markdown)
        output().print(f"Results page: {markdown}", soft_wrap=True)
