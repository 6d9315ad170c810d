"""`intertwine generate phonons`: crystals of metals and alloys with phonon densities of states."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from intertwine.cli.console import errors, output

EXIT_INTERRUPTED = 130


def phonons(
    file: Annotated[Path, typer.Argument(help="File to write, .json; the same file resumes.")],
    crystals: Annotated[int, typer.Option("--crystals", "-n", help="Crystals with real frequencies only.")] = 300,
    strain: Annotated[float, typer.Option(help="Lengths differ from the relaxed ones by this share at most.")] = 0.03,
    seed: Annotated[int, typer.Option(help="Seed of every random number.")] = 0,
    workers: Annotated[int | None, typer.Option(help="Processes; no influence on the crystals.")] = None,
) -> None:
    """Phonon densities of states of Al, Ni, Cu, Pd, Ag, Pt, Au and their ordered alloys.

    Effective medium theory (ase), force constants by finite displacements (phonopy), 51 bins from 0 to 1000 cm⁻¹.
    """
    from intertwine.physics import crystals as physics

    errors().print(f"{crystals} crystals to {file}", soft_wrap=True)
    try:
        path = physics.generate(
            file, crystals, strain=strain, seed=seed, workers=workers, progress=output().is_terminal
        )
    except KeyboardInterrupt:
        errors().print("Stopped. The pieces are kept; the same command goes on from there.", soft_wrap=True)
        raise typer.Exit(EXIT_INTERRUPTED) from None
    rejected = physics.read_attributes(path)["rejected"]
    counts = ", ".join(f"{count} {reason}" for reason, count in rejected.items())
    errors().print(f"Drawn and rejected: {counts}.", soft_wrap=True)
    output().print(str(path), soft_wrap=True)
