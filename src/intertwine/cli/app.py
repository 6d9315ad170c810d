"""The typer application, the list of its commands, and what becomes of an error."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Annotated

import typer

from intertwine.cli.console import errors
from intertwine.errors import IntertwineError

# Each module has `register(app)`, which adds its commands; the order is that of the help page.
COMMAND_MODULES: tuple[str, ...] = (
    "run",
    "studies",
    "report",
    "generate",
    "irreps",
    "decompose",
    "branch",
    "cg",
    "cache",
)

EXIT_ERROR = 2
EXIT_INTERRUPTED = 130


def build_app() -> typer.Typer:
    """The application with every command of `COMMAND_MODULES`."""
    app = typer.Typer(
        name="intertwine",
        help="Neural networks that commute with a symmetry, for physics.",
        no_args_is_help=True,
        add_completion=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )

    @app.callback()
    def options(
        version: Annotated[
            bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and leave.")
        ] = False,
        debug: Annotated[
            bool, typer.Option("--debug", help="Show the traceback of an error; accepted anywhere on the line.")
        ] = False,
    ) -> None:
        pass

    for name in COMMAND_MODULES:
        import_module(f"intertwine.cli.{name}").register(app)
    return app


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code.

    0 for success, 2 for an error of the package or a wrong option, 130 for Ctrl-C. An `IntertwineError` is printed as
    one message; `--debug`, anywhere on the line, lets it through with its traceback.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in words
    words = [word for word in words if word != "--debug"]
    try:
        build_app()(args=words, prog_name="intertwine")
    except SystemExit as exit_:
        return exit_.code if isinstance(exit_.code, int) else (0 if exit_.code is None else EXIT_ERROR)
    except IntertwineError as error:
        if debug:
            raise
        _print_error(error)
        return EXIT_ERROR
    return 0


def _print_version(wanted: bool) -> None:
    if wanted:
        from intertwine import __version__

        typer.echo(f"intertwine {__version__}")
        raise typer.Exit


def _print_error(error: IntertwineError) -> None:
    """The problem on its own line, then what was received, what was expected and the fix."""
    from rich.text import Text

    text = Text.assemble(("error: ", "bold red"), error.problem)
    for label, value in (("received", error.received), ("expected", error.expected), ("fix", error.fix)):
        if value is not None:
            text.append(f"\n  {label}: ", style="bold")
            text.append(str(value))
    errors().print(text, soft_wrap=True)
