"""`intertwine generate jets`: top and QCD jets from Pythia and FastJet."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from intertwine.cli.console import errors, output

EXIT_INTERRUPTED = 130


def jets(
    file: Annotated[Path, typer.Argument(help="File to write, .h5 or .parquet; the same file resumes.")],
    jets: Annotated[int, typer.Option("--jets", "-n", help="Jets of each class.")] = 10_000,
    pt: Annotated[tuple[float, float], typer.Option(help="Window of the leading jet's p_T, GeV.")] = (550.0, 650.0),
    eta: Annotated[float, typer.Option(help="|η| of the jet is below.")] = 2.0,
    radius: Annotated[float, typer.Option(help="R of the anti-k_T algorithm.")] = 0.8,
    energy: Annotated[float, typer.Option(help="Of the collision, GeV.")] = 14000.0,
    towers: Annotated[float | None, typer.Option(help="Size of calorimeter cells in η and φ, as 0.05.")] = None,
    minimal_pt: Annotated[float, typer.Option(help="Softer constituents are lost, GeV.")] = 0.0,
    massive: Annotated[bool, typer.Option("--massive", help="Hadrons keep their masses.")] = False,
    constituents: Annotated[int, typer.Option(help="Kept of each jet, the hardest.")] = 200,
    mpi: Annotated[bool, typer.Option("--mpi", help="Multiparton interactions.")] = False,
    pthat_min: Annotated[float, typer.Option(help="Events are drawn from this p̂_T on, GeV.")] = 250.0,
    bias: Annotated[float, typer.Option(help="Events are drawn with p̂_T to this power more often.")] = 4.0,
    seed: Annotated[int, typer.Option(help="Seed of every random number.")] = 0,
    workers: Annotated[int | None, typer.Option(help="Processes; no influence on the jets.")] = None,
) -> None:
    """Top jets (hadronic tt̄, matched to their quarks) and QCD dijets, as many of each.

    The defaults follow the public top-tagging reference set at the level of hadrons; --towers 0.05 --minimal-pt 0.5
    resemble its detector.
    """
    from intertwine.physics import jets as physics

    settings = physics.JetSettings.checked(
        energy=energy, radius=radius, pt_window=pt, eta_max=eta, multiparton=mpi, towers=towers, minimal_pt=minimal_pt,
        massless=not massive, constituents=constituents, pthat_min=pthat_min, bias=bias,
    )  # fmt: skip
    errors().print(f"{jets} top jets and {jets} QCD jets to {file}", soft_wrap=True)
    try:
        path = physics.generate(file, jets, settings, seed=seed, workers=workers, progress=output().is_terminal)
    except KeyboardInterrupt:
        errors().print("Stopped. The pieces are kept; the same command goes on from there.", soft_wrap=True)
        raise typer.Exit(EXIT_INTERRUPTED) from None
    output().print(str(path), soft_wrap=True)
