"""`intertwine run STUDY`: simulate, train, evaluate, and write the report."""

from __future__ import annotations

import shlex
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from intertwine.cli.console import errors, output

if TYPE_CHECKING:
    from intertwine.studies.runner import Run

EXIT_INTERRUPTED = 130


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("run")(run)


def run(
    study: Annotated[str, typer.Argument(help="Name of the study; `intertwine studies` lists them.")],
    preset: Annotated[str, typer.Option(help="quick (minutes), standard (an hour) or paper (days).")] = "quick",
    out: Annotated[
        Path | None, typer.Option(help="Folder of the results; the same folder resumes. Default: runs/STUDY-PRESET.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of every random number.")] = 0,
    device: Annotated[str, typer.Option(help="cpu, cuda, cuda:1, mps …")] = "cpu",
    workers: Annotated[
        int | None, typer.Option(help="Processes. Default: one for each available processor core.")
    ] = None,
    storage: Annotated[
        str | None,
        typer.Option(
            help="URL of a database for the searches, to share them between machines. Default: a file in --out."
        ),
    ] = None,
) -> None:
    """Run a study and write its report.

    What is done is kept: Ctrl-C stops, and the same command goes on where it was.
    """
    from intertwine.studies.device import check_device
    from intertwine.studies.runner import Run

    check_device(device)
    job = Run(study, preset, out=out, seed=seed, device=device, workers=workers, storage=storage)
    _announce(job)
    _execute(job)
    _conclude(job)


def _announce(job: Run) -> None:
    from intertwine.studies.schedule import describe_seconds

    done, count = len(job.done), len(job.steps)
    console = errors()
    console.print(f"[bold]{job.study.name}[/] ({job.manifest.preset}): {job.study.title}", soft_wrap=True)
    if done == count:
        console.print(f"All {count} steps are done already in {job.out}.", soft_wrap=True)
        return
    resumed = f"{done} of {count} steps are done already, " if done else f"{count} steps, "
    plural = "es" if job.workers > 1 else ""
    console.print(
        f"{resumed}about {describe_seconds(job.expected_seconds())} to go with {job.workers} process{plural}; "
        f"results in {job.out}",
        soft_wrap=True,
    )


def _execute(job: Run) -> None:
    from intertwine.cli.progress import ProgressObserver

    # A scheduler's or a service's polite end is the same as Ctrl-C.
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with ProgressObserver(job, errors()) as observer:
            job.execute(observer)
    except KeyboardInterrupt:
        kept = f"Stopped. {len(job.done)} of {len(job.steps)} steps are done and kept in {job.out}. To go on:"
        errors().print(f"{kept}\n  {resume_command(job)}", soft_wrap=True)
        raise typer.Exit(EXIT_INTERRUPTED) from None
    finally:
        signal.signal(signal.SIGTERM, before)


def _conclude(job: Run) -> None:
    from intertwine.cli.table import print_table
    from intertwine.report.build import build_report

    path = build_report(job.out)
    print_table(output(), job.study.summary(job.configuration, job.store))
    output().print(f"Report: {path}", soft_wrap=True)


def resume_command(job: Run) -> str:
    """The command line that continues a run."""
    words = ["intertwine", "run", job.study.name, "--preset", job.manifest.preset, "--out", str(job.out)]
    if job.manifest.seed:
        words += ["--seed", str(job.manifest.seed)]
    if job.manifest.device != "cpu":
        words += ["--device", job.manifest.device]
    if job.storage:
        words += ["--storage", job.storage]
    return shlex.join(words)
