"""`intertwine generate`: data from the simulators, streamed to files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from intertwine.cli.console import errors, output
from intertwine.cli.generate_jets import jets
from intertwine.cli.generate_phonons import phonons

EXIT_INTERRUPTED = 130


def register(app: typer.Typer) -> None:
    """Add the group of commands, one a system."""
    systems = typer.Typer(no_args_is_help=True, help="Sample configurations of a physical system to a file.")
    systems.callback()(_systems)
    systems.command("flux")(flux)
    systems.command("jets")(jets)
    systems.command("phonons")(phonons)
    app.add_typer(systems, name="generate")


def _systems() -> None:
    """Sample configurations of a physical system to a file."""


def flux(
    file: Annotated[Path, typer.Argument(help="HDF5 file to write; the same file resumes.")],
    shape: Annotated[
        list[str] | None, typer.Option(help="Lattice N_t x N_1 x …, as 60x4; give it several times for several.")
    ] = None,
    mu: Annotated[
        list[str] | None, typer.Option(help="Chemical potential, or FIRST:LAST:STEP, both ends included; repeatable.")
    ] = None,
    eta: Annotated[float, typer.Option(help="η = 2d + m².")] = 4.01,
    lam: Annotated[float, typer.Option(help="Quartic coupling λ ≥ 0.")] = 1.0,
    configurations: Annotated[int, typer.Option("--configurations", "-n", help="For each lattice and μ.")] = 100,
    open_worms: Annotated[int, typer.Option(help="Worms left open in every configuration.")] = 0,
    chains: Annotated[int, typer.Option(help="Independent Markov chains.")] = 2,
    seed: Annotated[int, typer.Option(help="Seed of every random number.")] = 0,
    workers: Annotated[int | None, typer.Option(help="Threads; no influence on the numbers.")] = None,
) -> None:
    """Complex φ⁴ theory with chemical potential in its flux representation.

    Without --shape and --mu: the Silver Blaze set, five lattices at 29 chemical potentials.
    """
    from intertwine.physics import flux as physics
    from intertwine.physics.flux.points import SILVER_BLAZE_MU, SILVER_BLAZE_SHAPES

    shapes = [parse_shape(text) for text in shape] if shape else list(SILVER_BLAZE_SHAPES)
    mus = [value for text in mu for value in parse_range(text)] if mu else list(SILVER_BLAZE_MU)
    points = physics.grid(shapes, (eta,), (lam,), mus, configurations, (open_worms,))
    count = f"{len(points)} ensemble{'s' if len(points) > 1 else ''} of {configurations} configurations"
    errors().print(f"{count} to {file}", soft_wrap=True)
    try:
        path = physics.generate(file, points, chains=chains, seed=seed, workers=workers, progress=output().is_terminal)
    except KeyboardInterrupt:
        errors().print("Stopped. The pieces are kept; the same command goes on from there.", soft_wrap=True)
        raise typer.Exit(EXIT_INTERRUPTED) from None
    output().print(str(path), soft_wrap=True)


def parse_shape(text: str) -> tuple[int, ...]:
    """60x4 as (60, 4). Raises ConfigurationError."""
    from intertwine.errors import ConfigurationError

    words = text.replace("×", "x").split("x")
    if not all(word.strip().isdecimal() and int(word) > 0 for word in words):
        raise ConfigurationError("not a lattice", received=repr(text), expected="extents joined by x, as 60x4")
    return tuple(int(word) for word in words)


def parse_range(text: str) -> list[float]:
    """0.91:1.05:0.005 as 29 numbers, rounded to the digits of the step; a single number as itself.

    Raises ConfigurationError.
    """
    from intertwine.errors import ConfigurationError

    expected = "a number, or FIRST:LAST:STEP with STEP > 0 and FIRST ≤ LAST"
    try:
        numbers = [float(word) for word in text.split(":")]
    except ValueError as error:
        raise ConfigurationError("not chemical potentials", received=repr(text), expected=expected) from error
    if len(numbers) == 1:
        return numbers
    if len(numbers) != 3 or not numbers[2] > 0 or not numbers[0] <= numbers[1]:
        raise ConfigurationError("not chemical potentials", received=repr(text), expected=expected)
    first, last, step = numbers
    return [round(first + step * index, 10) for index in range(int((last - first) / step + 1e-9) + 1)]
